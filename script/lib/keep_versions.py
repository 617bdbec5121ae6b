"""Suspends versioning of the raw bucket, or creates the bucket again without versioning, with the same CORS rules."""

import os
import sys

import boto3

bucket = "uploads-raw"
store = boto3.client(
    "s3",
    endpoint_url=os.environ["STOWAGE_S3_URL"],
    region_name="us-east-1",
    aws_access_key_id=os.environ["STOWAGE_S3_ACCESS_KEY"],
    aws_secret_access_key=os.environ["STOWAGE_S3_SECRET_KEY"],
)
if sys.argv[1] == "suspended":
    store.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
else:
    rules = store.get_bucket_cors(Bucket=bucket)["CORSRules"]
    store.delete_bucket(Bucket=bucket)
    store.create_bucket(Bucket=bucket)
    store.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})
status = store.get_bucket_versioning(Bucket=bucket).get("Status", "never")
assert status.lower() == sys.argv[1], status
