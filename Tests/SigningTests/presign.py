"""Signs requests with botocore: reads them as JSON from standard input, with the time, and writes the results as JSON."""

import datetime
import json
import sys

import botocore.auth
import botocore.signers
import boto3
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

given = json.load(sys.stdin)
now = datetime.datetime.fromtimestamp(given["time"], datetime.timezone.utc)
botocore.auth.get_current_datetime = lambda *_: now.replace(tzinfo=None)
botocore.signers.get_current_datetime = lambda *_: now.replace(tzinfo=None)


def client(case):
    return boto3.client(
        "s3",
        endpoint_url=given["endpoint"],
        region_name="eu-central-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key=given["secret"],
        aws_session_token=case.get("token"),
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
        ),
    )


def presigned(case):
    parameters = {"Bucket": "uploads-raw", "Key": case["key"], **case.get("parameters", {})}
    return client(case).generate_presigned_url(case["operation"], parameters, ExpiresIn=case["expires"])


def form(case):
    fields = dict(case["fields"])
    conditions = [{name: value} for name, value in case["fields"]] + [["content-length-range", *case["sizes"]]]
    answer = client(case).generate_presigned_post("uploads-raw", case["key"], fields, conditions, case["expires"])
    return json.dumps([answer["url"], *(part for field in answer["fields"].items() for part in field)])


def authorization(case):
    request = AWSRequest(case["method"], given["endpoint"] + case["path"], dict(case["headers"]), case["body"])
    credentials = Credentials("AKIDEXAMPLE", given["secret"], case.get("token"))
    botocore.auth.S3SigV4Auth(credentials, "s3", "eu-central-1").add_auth(request)
    return request.headers["Authorization"]


def answer(case):
    if "sizes" in case:
        return form(case)
    return presigned(case) if "operation" in case else authorization(case)


json.dump([answer(case) for case in given["cases"]], sys.stdout)
