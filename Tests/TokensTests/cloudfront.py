"""Signs CloudFront's cookies with botocore, and verifies Stowage's cookies; JSON in, JSON out."""

import base64
import datetime
import json
import sys

from botocore.signers import CloudFrontSigner
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

HASHES = {"SHA1": hashes.SHA1, "SHA256": hashes.SHA256}


def at(seconds):
    return seconds and datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def answer(case):
    key = load_pem_private_key(case["pem"].encode(), None)
    algorithm = HASHES[case["hash"]]()
    parameters = (padding.PKCS1v15(), algorithm) if isinstance(key, rsa.RSAPrivateKey) else (ec.ECDSA(algorithm),)
    signer = CloudFrontSigner("PAIR", lambda message: key.sign(message, *parameters))
    policy = signer.build_policy(case["resource"], at(case["expires"]), at(case.get("begins")), case.get("address"))
    limit = {"date_less_than": at(case["expires"])} if case["canned"] else {"policy": policy}
    query = signer.generate_presigned_url(case["resource"], **limit).rsplit("?", 1)[1]
    signed = dict(pair.split("=", 1) for pair in query.split("&"))
    return {"text": policy, "cookies": {f"CloudFront-{name}": value for name, value in signed.items()},
            "holds": holds(key.public_key(), parameters, policy, case["theirs"])}


def holds(key, parameters, policy, signature):
    """Returns True if Stowage's signature is valid for the policy that botocore builds."""
    plain = base64.b64decode(signature.replace("-", "+").replace("_", "=").replace("~", "/"), validate=True)
    try:
        key.verify(plain, policy.encode(), *parameters)
    except InvalidSignature:
        return False
    return True


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
