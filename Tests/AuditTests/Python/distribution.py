"""Creates a CloudFront distribution in moto, right or wrong in one way, and prints its identifier: URL [WAY]."""

import sys

import boto3

url, way = sys.argv[1], (sys.argv[2:] or [""])[0]

ORIGIN = {
    "Id": "nginx",
    "DomainName": "files.example.com",
    "CustomOriginConfig": {
        "HTTPPort": 80,
        "HTTPSPort": 443,
        "OriginProtocolPolicy": "match-viewer" if way == "origin-http" else "https-only",
        "OriginSslProtocols": {"Quantity": 1, "Items": ["TLSv1" if way == "origin-tls" else "TLSv1.2"]},
    },
}
BUCKET = {
    "Id": "bucket",
    "DomainName": "uploads-processed.s3.us-east-1.amazonaws.com",
    "S3OriginConfig": {"OriginAccessIdentity": ""},
}


def behaviour(path, guarded):
    rules = {
        "TargetOriginId": "nginx",
        "ViewerProtocolPolicy": "allow-all" if way == f"plain {path}" else "redirect-to-https",
        "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    }
    if guarded and way != f"open {path}":
        rules["TrustedKeyGroups"] = {"Enabled": True, "Quantity": 1, "Items": ["group"]}
    return rules if path == "*" else {"PathPattern": path, **rules}


paths = [path for path in ["/private/*", "/premium/*"] if way != f"no {path}"]
origins = [ORIGIN] + ([BUCKET] if way == "bucket" else [])
errors = [
    {"ErrorCode": code, "ErrorCachingMinTTL": 60 if way == f"keeps {code}" else 0}
    for code in [403, 404]
    if way != f"default {code}"
]
certificate = {
    "CloudFrontDefaultCertificate": False,
    "ACMCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/any",
    "SSLSupportMethod": "sni-only",
    "MinimumProtocolVersion": "TLSv1.1_2016" if way == "old-tls" else "TLSv1.2_2021",
}
config = {
    "CallerReference": "audit-" + way,
    "Comment": "",
    "Enabled": way != "disabled",
    "Origins": {"Quantity": len(origins), "Items": origins},
    "DefaultCacheBehavior": behaviour("*", False),
    "CacheBehaviors": {"Quantity": len(paths), "Items": [behaviour(path, True) for path in paths]},
    "CustomErrorResponses": {"Quantity": len(errors), "Items": errors},
    "ViewerCertificate": {"CloudFrontDefaultCertificate": True} if way == "default-certificate" else certificate,
    "Logging": {"Enabled": True, "IncludeCookies": False, "Bucket": "logs.s3.amazonaws.com", "Prefix": ""},
    "WebACLId": "" if way == "no-firewall" else "arn:aws:wafv2:us-east-1:123456789012:global/webacl/any/1",
}
client = boto3.client(
    "cloudfront", endpoint_url=url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="any"
)
print(client.create_distribution(DistributionConfig=config)["Distribution"]["Id"])
