"""Counts what is in buckets, without Stowage's code: truth.py URL ACCESS SECRET BUCKET...

Prints JSON: by bucket the numbers and bytes of newest and older versions, markers and incomplete uploads, and by user those under
keys of uploads in the first bucket.
"""

import json
import re
import sys

import boto3
from botocore.config import Config

UPLOAD = re.compile(r"([A-Za-z0-9._@-]+)/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/original\.(jpg|bin)")


def main():
    url, access, secret, *buckets = sys.argv[1:]
    s3 = boto3.client(
        "s3", endpoint_url=url, aws_access_key_id=access, aws_secret_access_key=secret, region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}),
    )
    result = {"buckets": {}, "users": {}}

    def add(bucket, kind, key, size):
        places = [result["buckets"].setdefault(bucket, {}).setdefault(kind, [0, 0])]
        match = UPLOAD.fullmatch(key)
        if match and bucket == buckets[0]:
            places.append(result["users"].setdefault(match.group(1), [0, 0]))
        for place in places:
            place[0] += 1
            place[1] += size

    for bucket in buckets:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for version in page.get("Versions", []):
                kind = "newest" if version["IsLatest"] else "noncurrent"
                add(bucket, kind, version["Key"], version["Size"])
            for marker in page.get("DeleteMarkers", []):
                add(bucket, "marker", marker["Key"], 0)
        for upload in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
            parts = s3.list_parts(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"]).get("Parts", [])
            add(bucket, "multipart", upload["Key"], sum(part["Size"] for part in parts))
    print(json.dumps(result))


main()
