"""Writes the fields of a bucket's documents from botocore's model of S3: place, XML element, and * for a flat list."""

import botocore.session

KINDS = {
    "public-access-block": "PublicAccessBlockConfiguration",
    "ownership": "OwnershipControls",
    "versioning": "VersioningConfiguration",
    "encryption": "ServerSideEncryptionConfiguration",
    "lifecycle": "BucketLifecycleConfiguration",
    "cors": "CORSConfiguration",
    "logging": "BucketLoggingStatus",
    "notification": "NotificationConfiguration",
}

model = botocore.session.get_session().get_service_model("s3")


def walk(shape, place):
    for name, member in getattr(shape, "members", {}).items():
        path = f"{place}.{name}"
        is_flat = member.type_name == "list" and member.serialization.get("flattened", False)
        print(path, member.serialization.get("name", name) + ("*" if is_flat else ""))
        walk(member.member if member.type_name == "list" else member, path)


for kind, name in KINDS.items():
    walk(model.shape_for(name), kind)
