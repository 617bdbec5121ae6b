"""Schemathesis' hooks: put existing identifiers into most requests, and the service's token into requests that need a role.

STOWAGE_CONTRACT   JSON: {"files": […], "victims": […], "userId": […], "secret": […], "linkId": […],
                          "images": {"/images": [{"userId", "fileId", "v", "image"}], "/private": […], "/premium": […]},
                          "cookies": {"/private": "…", "/premium": "…"}, "token": "a user's", "service": "the application's",
                          "admin": "an administrator's"}

Victims are files that may be deleted, aborted or changed. The inserted value depends on the generated value alone, so that a run
with the same seed sends the same requests.
"""

import hashlib
import json
import os
import re

import schemathesis

GIVEN = json.loads(os.environ["STOWAGE_CONTRACT"])
FILE_ID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
CLAIMS = [{"contentType": "image/jpeg", "size": 1000}, {"contentType": "application/pdf", "size": 12 << 20}]
NUMBERS = [[1], [2, 1], [3]]
SPARED = ("GET", "HEAD")


def draw(values, seed):
    """Returns one of the values, or None in a quarter of the cases."""
    number = int.from_bytes(hashlib.sha256(repr(seed).encode()).digest()[:4], "big")
    return values[number // 4 % len(values)] if values and number % 4 else None


def beginning(operation):
    return "/" + operation.path.split("/")[1]


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if not path_parameters:
        return path_parameters
    parameters = dict(path_parameters)
    operation = context.operation
    if images := GIVEN["images"].get(beginning(operation)):
        parameters.update(draw(images, parameters) or {})
        return {name: value for name, value in parameters.items() if name in path_parameters}
    for name in ("fileId", "uploadId"):
        if FILE_ID.match(str(parameters.get(name))):
            files = GIVEN["files"] if operation.method.upper() in SPARED else GIVEN["victims"]
            parameters[name] = draw(files, parameters) or parameters[name]
    for name in ("userId", "secret", "linkId"):
        if name in parameters:
            parameters[name] = draw(GIVEN.get(name, []), parameters) or parameters[name]
    return parameters


def is_count(value, most):
    return type(value) is int and 1 <= value <= most


@schemathesis.hook
def map_body(context, body):
    """Puts existing values into a well-formed body; leaves a malformed body unchanged."""
    if not isinstance(body, dict):
        return body
    if isinstance(body.get("ids"), list) and 1 <= len(body["ids"]) <= 100 and all(type(i) is str for i in body["ids"]):
        return {**body, "ids": draw([GIVEN["victims"][:3], GIVEN["victims"][3:5]], body) or body["ids"]}
    if is_count(body.get("size"), (1 << 63) - 1) and isinstance(body.get("contentType"), str):
        return {**body, **(draw(CLAIMS, body) or {})}
    numbers = body.get("numbers")
    if isinstance(numbers, list) and 1 <= len(numbers) <= 100 and all(is_count(n, 10000) for n in numbers):
        if len(set(numbers)) == len(numbers):
            return {**body, "numbers": draw(NUMBERS, body) or numbers}
    return body


@schemathesis.auth(refresh_interval=None)
class Tokens:
    def get(self, case, context):
        if case.operation.path.startswith("/v1/admin"):
            return GIVEN["admin"]
        return GIVEN["service" if case.operation.path.startswith("/v1/users") else "token"]

    def set(self, case, data, context):
        cookies = GIVEN["cookies"].get(beginning(case.operation))
        own = {"Cookie": cookies} if cookies else {"Authorization": "Bearer " + data}
        case.headers = {**(case.headers or {}), **own}
