#!/usr/bin/env python3
"""Uploads one file to Stowage and waits until Stowage has checked it.

Needs Python 3.9 or newer and nothing else. The program does what every client does:

  1. POST /v1/uploads announces the file. The answer holds a URL of the store, or the size of the parts.
  2. PUT sends the bytes straight to the store, in one request or part by part.
  3. POST /v1/uploads/{fileId}/complete says that all bytes are there.
  4. GET /v1/files/{fileId} is repeated until the file is ready or rejected.
"""

import argparse
import hashlib
import http.client
import json
import mimetypes
import os
import re
import ssl
import sys
import time
import urllib.error
import urllib.request

EXAMPLES = """\
environment (`. .dev/env` sets all three for the server that script/server started):
  STOWAGE_URL    the address of Stowage, such as https://files.example.com
  STOWAGE_TOKEN  the user's bearer token
  STOWAGE_CA     a PEM file of certificate authorities; the system's own if unset

examples:
  web/upload.py photo.jpg
  web/upload.py --visibility public holiday.png
  web/upload.py --type application/pdf --name "Invoice 12.pdf" scan.bin
  web/upload.py --json report.docx > record.json

exit status: 0 the file is ready, 1 it was refused or could not be sent, 2 wrong usage
"""
ATTEMPTS = 4  # of each request that can be repeated
PARTS_AT_A_TIME = 10  # their URLs live 15 minutes
FINAL_STATES = ("ready", "rejected", "expired", "aborted", "deleted", "purging", "purged")


class Failure(Exception):
    """The upload cannot go on; the text says why."""


class Client:
    """Sends requests to Stowage and to the store."""

    def __init__(self, url, token, authorities):
        if not re.match(r"https?://[^/]", url):
            raise Failure(f"STOWAGE_URL={url}: expected an address such as https://files.example.com")
        if not re.fullmatch(r"[!-~]+", token):
            raise Failure("STOWAGE_TOKEN holds white space or other characters that no token has")
        self.api = url.rstrip("/") + "/v1"
        self.token = token
        try:
            self.trust = ssl.create_default_context(cafile=authorities)
        except OSError as error:
            raise Failure(f"STOWAGE_CA={authorities}: {error.strerror or error}") from None

    def call(self, method, path, body=None):
        """The JSON answer of the API; a problem document becomes a Failure."""
        headers = {"Authorization": f"Bearer {self.token}"}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        # A second claim would reserve room twice; every other request may be repeated.
        answer = self._send(method, self.api + path, data, headers, repeats=path != "/uploads")
        return json.loads(answer) if answer else None

    def put(self, url, bytes_to_send, headers):
        """Sends bytes to the store."""
        self._send("PUT", url, bytes_to_send, headers, repeats=True)

    def _send(self, method, url, data, headers, repeats):
        attempts = ATTEMPTS if repeats else 1
        host = "/".join(url.split("/")[:3])
        for attempt in range(1, attempts + 1):
            request = urllib.request.Request(url, data, headers, method=method)
            try:
                with urllib.request.urlopen(request, context=self.trust, timeout=60) as answer:
                    return answer.read()
            except urllib.error.HTTPError as error:
                text = error.read()
                if method == "PUT" and error.code == 412 and attempt > 1:
                    return b""  # An earlier attempt arrived, and its answer was lost.
                passes = error.code in (408, 429) or error.code >= 500
                if not passes or attempt == attempts:
                    raise Failure(explain(host, error.code, text)) from None
                delay = error.headers.get("Retry-After", "")
                time.sleep(min(int(delay), 30) if delay.isdigit() else 2 ** (attempt - 1))
            except (OSError, http.client.HTTPException) as error:
                reason = getattr(error, "reason", error)
                if isinstance(reason, ssl.SSLCertVerificationError):
                    raise Failure(f"{host}: {reason.verify_message}. STOWAGE_CA names the authorities to trust") from None
                if attempt == attempts:
                    raise Failure(f"{host} does not answer: {reason}") from None
                time.sleep(2 ** (attempt - 1))


def explain(host, status, text):
    """A refusal in words: Stowage answers a problem document, the store answers XML."""
    try:
        problem = json.loads(text)
        hint = " --type states another type." if problem["code"] == "type_not_allowed" else ""
        return f"{status} {problem['code']}: {problem.get('detail') or problem['title']}{hint}"
    except (ValueError, KeyError, TypeError):
        code = re.search(rb"<Code>(\w+)</Code>", text)
        if code:
            return f"the store refused the bytes: {status} {code[1].decode()}"
        return f"{host} answered {status}, and neither as Stowage nor as a store does. Is the address right, with https?"


def digest(path):
    """The SHA-256 of a file, in hexadecimal."""
    found = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            found.update(chunk)
    return found.hexdigest()


def send_parts(client, file_id, part_count, part_size, file):
    """Asks for the parts' URLs, some at a time, and sends each part."""
    for first in range(1, part_count + 1, PARTS_AT_A_TIME):
        numbers = list(range(first, min(first + PARTS_AT_A_TIME, part_count + 1)))
        for part in client.call("POST", f"/uploads/{file_id}/parts", {"numbers": numbers})["parts"]:
            file.seek((part["number"] - 1) * part_size)
            client.put(part["url"], file.read(part["size"]), part["headers"])
            say(f"part {part['number']} of {part_count} sent")


def await_verdict(client, file_id, seconds):
    """The file's record, once the file is ready or never will be."""
    end = time.monotonic() + seconds
    pause = 0.2
    while True:
        record = client.call("GET", f"/files/{file_id}")
        if record["state"] in FINAL_STATES:
            return record
        if time.monotonic() > end:
            raise Failure(f"{file_id} is still {record['state']} after {seconds} s; ask for it later")
        time.sleep(pause)
        pause = min(pause * 1.5, 5)


def upload(client, options):
    """Uploads the file and answers its record."""
    if not os.path.isfile(options.file):
        raise Failure(f"{options.file}: not a file" if os.path.exists(options.file) else f"{options.file}: no such file")
    name = options.name or os.path.basename(options.file)
    if os.path.getsize(options.file) == 0:
        raise Failure(f"{options.file}: the file is empty")
    if not name.isascii() and any("\ud800" <= letter <= "\udfff" for letter in name):
        raise Failure("the file's name is not UTF-8: --name gives it another")
    claim = {
        "filename": name,
        "size": os.path.getsize(options.file),
        # Stowage goes by the name's extension where the type is empty.
        "contentType": options.type or mimetypes.guess_type(name)[0] or "",
        "sha256": digest(options.file),
        "visibility": options.visibility,
    }
    ticket = client.call("POST", "/uploads", claim)
    file_id = ticket["fileId"]
    try:
        with open(options.file, "rb") as file:
            if "put" in ticket:
                client.put(ticket["put"]["url"], file.read(), ticket["put"]["headers"])
            else:
                parts = ticket["multipart"]
                send_parts(client, file_id, parts["partCount"], parts["partSize"], file)
        client.call("POST", f"/uploads/{file_id}/complete")
    except BaseException:
        try:
            client.call("DELETE", f"/uploads/{file_id}")  # The reserved room is free again.
        except Failure:
            pass
        raise
    say("all bytes are sent; Stowage checks the file")
    return await_verdict(client, file_id, options.wait)


def positive(text):
    """A number of seconds above 0."""
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text}: expected a whole number above 0")
    return int(text)


def say(text):
    print(f"upload.py: {text}", file=sys.stderr)


def arguments():
    parser = argparse.ArgumentParser(
        prog="web/upload.py",
        description="Uploads one file to Stowage, waits for the verdict, and prints where the file's images are.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", help="the file to upload")
    parser.add_argument("--visibility", choices=["private", "premium", "public"], default="private",
                        help="who may see the file's images: its owner (default), the owner and users on the premium plan, everybody")
    parser.add_argument("--name", help="the file's name in Stowage (default: its name here)")
    parser.add_argument("--type", help="the media type (default: by the name's extension)")
    parser.add_argument("--wait", type=positive, default=120, metavar="SECONDS", help="how long to wait for the verdict (default 120)")
    parser.add_argument("--json", action="store_true", help="print the file's record as JSON")
    return parser.parse_args()


def main():
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")
    options = arguments()
    missing = [name for name in ("STOWAGE_URL", "STOWAGE_TOKEN") if not os.environ.get(name)]
    if missing:
        say(f"{' and '.join(missing)} must be set in the environment: `. .dev/env` sets both")
        sys.exit(2)
    try:
        client = Client(os.environ["STOWAGE_URL"], os.environ["STOWAGE_TOKEN"], os.environ.get("STOWAGE_CA") or None)
        record = upload(client, options)
        if options.json:
            print(json.dumps(record, indent=2))
        if record["state"] != "ready":
            detail = record.get("reasonDetail", {}).get("text")
            reason = record.get("reason", "no reason given") + (f" ({detail})" if detail else "")
            raise Failure(f"{record['id']} is {record['state']}: {reason}")
    except Failure as failure:
        say(failure)
        sys.exit(1)
    except OSError as error:
        say(f"{options.file}: {error.strerror or error}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    if not options.json:
        print(f"ready     {record['id']}  {record['filename']}")
        for variant in record["variants"]:
            print(f"{variant['name']:<9} {variant['width']}x{variant['height']}  {variant['url']}")


if __name__ == "__main__":
    main()
