"""Checks an idle system from the outside: compares its database (read only) with its buckets, without any code of the product.

audit.py [--users A,B] [--expect FILE]   STOWAGE_CONFIG names the system
prints {"files": 3, "objects": 12, "violations": [{"kind": …, "subject": …, "detail": …}]}

--users   only these users' files and objects; without it everything, and every object must belong to a file
--expect  a JSON object: file identifier → state, or state:reason; those files must exist and be in these states
"""

import argparse
import hashlib
import json
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.client import Config
from botocore.exceptions import ClientError

VARIANTS = ("medium", "original", "thumb")
LEADING = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG", "image/webp": b"RIFF", "image/gif": b"GIF8"}
ON_THE_WAY = ("pending", "received")


class Buckets:
    """The two buckets with users' files."""

    def __init__(self, client, raw, processed):
        self.client, self.raw, self.processed = client, raw, processed

    @classmethod
    def of(cls, settings):
        client = boto3.client(
            "s3",
            endpoint_url=settings["STOWAGE_S3_URL"],
            region_name=settings["STOWAGE_S3_REGION"],
            aws_access_key_id=settings["STOWAGE_S3_ACCESS_KEY"],
            aws_secret_access_key=settings["STOWAGE_S3_SECRET_KEY"],
            config=Config(s3={"addressing_style": "path"}, max_pool_connections=8),
        )
        return cls(client, settings["STOWAGE_BUCKET_RAW"], settings["STOWAGE_BUCKET_PROCESSED"])

    def versions(self, bucket, prefixes):
        """Returns every version and every delete marker."""
        found = []
        for prefix in prefixes:
            for page in self.client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
                for entry in page.get("Versions", []):
                    found.append(dict(key=entry["Key"], version=entry["VersionId"], size=entry["Size"], marker=False,
                                      latest=entry["IsLatest"]))
                for entry in page.get("DeleteMarkers", []):
                    found.append(dict(key=entry["Key"], version=entry["VersionId"], size=0, marker=True,
                                      latest=entry["IsLatest"]))
        return found

    def multiparts(self, bucket):
        return [upload["Key"] for upload in self.client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])]

    def bytes(self, bucket, entry):
        """Returns the entry's bytes; None if the object was deleted since it was listed."""
        try:
            return self.client.get_object(Bucket=bucket, **named(entry))["Body"].read()
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise


class Audit:
    def __init__(self, database, buckets, users=None, expected=None):
        self.database, self.buckets = database, buckets
        self.users, self.expected = users, expected or {}
        self.violations = []

    def fail(self, kind, subject, detail=""):
        self.violations.append({"kind": kind, "subject": subject, "detail": str(detail)})

    def run(self):
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)
        connection.row_factory = sqlite3.Row
        connection.execute("BEGIN")
        for row in connection.execute("PRAGMA integrity_check"):
            if row[0] != "ok":
                self.fail("database_damaged", self.database, row[0])
        for row in connection.execute("PRAGMA foreign_key_check"):
            self.fail("database_damaged", self.database, tuple(row))
        rows = {name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")]
                for name in ("users", "files", "variants", "jobs")}
        connection.close()
        wanted = lambda user: self.users is None or user in self.users
        files = {row["id"]: row for row in rows["files"] if wanted(row["user_id"])}
        prefixes = [""] if self.users is None else [f"{user}/" for user in self.users]
        raw = self.buckets.versions(self.buckets.raw, prefixes)
        places = [f"{place}{prefix}" for prefix in prefixes for place in ("images/", "~guarded/", "")]
        processed = self.buckets.versions(self.buckets.processed, places if self.users is not None else prefixes)

        self.check_states(files)
        for job in rows["jobs"]:
            if job["file_id"] in files:
                self.fail("job_left", job["file_id"], f"{job['kind']} {job['state']} {job['last_error']}")
        raw_of, processed_of = self.by_file(raw, files, "raw"), self.by_file(processed, files, "processed")
        variants_of = {id: [] for id in files}
        for row in rows["variants"]:
            if row["file_id"] in files:
                variants_of[row["file_id"]].append(row)
        for id, file in files.items():
            self.check_raw(file, raw_of[id])
            self.check_variants(file, variants_of[id], processed_of[id])
        self.check_bytes(files, raw_of, variants_of, processed_of)
        for user in rows["users"]:
            if wanted(user["id"]):
                self.check_quota(user, files.values(), raw_of)
        for bucket in (self.buckets.raw, self.buckets.processed):
            for key in self.buckets.multiparts(bucket):
                if any(key.startswith(prefix) for prefix in prefixes):
                    self.fail("multipart_left", key, bucket)
        return {"files": len(files), "objects": len(raw) + len(processed), "violations": self.violations}

    def check_states(self, files):
        for id, wanted in self.expected.items():
            file = files.get(id)
            if file is None:
                self.fail("file_missing", id, wanted)
                continue
            state = file["state"] + (":" + file["reason"] if ":" in wanted and file["reason"] else "")
            if state != wanted:
                self.fail("wrong_state", id, f"{state}, not {wanted}")
        for id, file in files.items():
            if file["state"] in ("received", "purging") or file["state"] == "pending" and self.expected and id not in self.expected:
                self.fail("unsettled", id, file["state"])

    def by_file(self, entries, files, bucket):
        found = {id: [] for id in files}
        for entry in entries:
            parts = entry["key"].split("/")
            if bucket == "processed" and parts[0] in ("images", "~guarded") and len(parts) == 5:
                parts = parts[1:]
            file = files.get(parts[1]) if len(parts) >= 3 else None
            if file is None or file["user_id"] != parts[0]:
                self.fail("unknown_object", entry["key"], bucket)
            else:
                found[file["id"]].append(entry)
        return found

    def check_raw(self, file, entries):
        markers = [entry for entry in entries if entry["marker"]]
        if is_hidden(file) and file["version_id"] is not None:
            if [entry["latest"] for entry in markers] != [True]:
                self.fail("not_hidden", file["id"], markers)
        else:
            for entry in markers:
                self.fail("delete_marker", entry["key"], entry["version"])
        entries = [entry for entry in entries if not entry["marker"]]
        if not holds_bytes(file):
            for entry in entries:
                self.fail("leftover", entry["key"], f"{file['state']}, version {entry['version']}")
            return
        pinned = [entry for entry in entries if is_pinned(file, entry)]
        if not pinned:
            self.fail("pinned_missing", file["id"], [(entry["key"], entry["version"]) for entry in entries])
        for entry in entries:
            if not is_pinned(file, entry):
                self.fail("extra_version", entry["key"], entry["version"])
        if len(pinned) > 1:
            self.fail("doubled", pinned[0]["key"], len(pinned))
        for entry in pinned:
            if entry["size"] != file["size"]:
                self.fail("wrong_size", entry["key"], f"{entry['size']}, not {file['size']}")

    def check_variants(self, file, rows, entries):
        # A deleted file keeps its rows for a restore, but not its renderings. The last purge round deletes a purged
        # file's rows.
        if file["state"] == "purged" and rows:
            self.fail("variant_rows", file["id"], [row["name"] for row in rows])
        current = {} if is_hidden(file) else {where(file, row): row for row in rows if row["is_current"]}
        is_shown = file["state"] == "ready" and file["content_type"].startswith("image/")
        names = sorted(row["name"] for row in current.values())
        if names != (list(VARIANTS) if is_shown else []):
            self.fail("variant_rows", file["id"], names)
        there = {}
        for entry in entries:
            if entry["marker"]:
                self.fail("delete_marker", entry["key"], entry["version"])
            elif entry["key"] not in current:
                self.fail("variant_stray", entry["key"], file["state"])
            elif entry["key"] in there:
                self.fail("doubled", entry["key"], entry["version"])
            else:
                there[entry["key"]] = entry
                if entry["size"] != current[entry["key"]]["size"]:
                    self.fail("variant_size", entry["key"], f"{entry['size']}, not {current[entry['key']]['size']}")
        for key in current.keys() - there.keys():
            self.fail("variant_missing", key)

    def check_bytes(self, files, raw_of, variants_of, processed_of):
        def pinned(file, entry):
            body = self.buckets.bytes(self.buckets.raw, entry)
            digest = None if body is None else hashlib.sha256(body).hexdigest()
            if digest is None:
                self.fail("vanished", entry["key"], entry["version"])
            elif digest != file["sha256"]:
                self.fail("wrong_digest", entry["key"], f"{digest}, not {file['sha256']}")

        def variant(row, entry):
            body = self.buckets.bytes(self.buckets.processed, entry)
            if body is None:
                self.fail("vanished", entry["key"], entry["version"])
            elif not body.startswith(LEADING[row["content_type"]]):
                self.fail("variant_type", entry["key"], row["content_type"])

        work = []
        for id, file in files.items():
            if holds_bytes(file):
                work += [(pinned, file, entry) for entry in raw_of[id] if is_pinned(file, entry)]
            rows = {where(file, row): row for row in variants_of[id] if row["is_current"] and not is_hidden(file)}
            work += [(variant, rows[entry["key"]], entry) for entry in processed_of[id] if entry["key"] in rows]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda item: item[0](*item[1:]), work))

    def check_quota(self, user, files, raw_of):
        own = [file for file in files if file["user_id"] == user["id"]]
        for file in own:
            held = file["size"] if holds_bytes(file) else file["claimed_size"] if file["state"] in ON_THE_WAY else 0
            if file["held_bytes"] != held:
                self.fail("held_bytes", file["id"], f"{file['held_bytes']}, not {held}")
        used = sum(file["held_bytes"] for file in own if file["state"] not in ON_THE_WAY)
        reserved = sum(file["held_bytes"] for file in own if file["state"] in ON_THE_WAY)
        stored = sum(entry["size"] for file in own if holds_bytes(file) for entry in raw_of[file["id"]])
        if user["used_bytes"] != used:
            self.fail("used_bytes", user["id"], f"{user['used_bytes']}, files hold {used}")
        if user["used_bytes"] != stored:
            self.fail("used_bytes", user["id"], f"{user['used_bytes']}, the bucket holds {stored}")
        if user["reserved_bytes"] != reserved:
            self.fail("reserved_bytes", user["id"], f"{user['reserved_bytes']}, files hold {reserved}")
        for column in [name for name in user.keys() if name.startswith(("files_", "held_"))]:
            measure, state = column.split("_", 1)
            here = [file for file in own if file["state"] == state]
            count = len(here) if measure == "files" else sum(file["held_bytes"] for file in here)
            if user[column] != count:
                self.fail("counters", user["id"], f"{column} {user[column]}, by the files {count}")


def named(entry):
    """Returns the entry as arguments of a call."""
    version = {} if entry["version"] in (None, "null") else {"VersionId": entry["version"]}
    return {"Key": entry["key"], **version}


def holds_bytes(file):
    """True if the uploaded object must still be stored."""
    return file["state"] == "ready" or file["state"] == "deleted" and file["ready_at"] is not None


def where(file, row):
    """The key of a rendering: where a CDN may read for public files, and elsewhere for all others."""
    return ("images/" if file["visibility"] == "public" else "~guarded/") + row["key"]


def is_hidden(file):
    """True if the file may be restored: its pinned version is stored under a delete marker."""
    return file["state"] == "deleted" and file["ready_at"] is not None


def is_pinned(file, entry):
    """True if the entry is the checked version of the file; without versions, its kept copy."""
    if file["version_id"] is not None:
        return entry["key"] == file["raw_key"] and entry["version"] == file["version_id"]
    return entry["key"] == file["raw_key"].replace("/original.", "/kept.")


def settings():
    """Returns the system's settings; the environment takes precedence, as in the product."""
    with open(os.environ["STOWAGE_CONFIG"], encoding="utf-8") as lines:
        read = dict(line.strip().split("=", 1) for line in lines if line.startswith("STOWAGE_"))
    return {name: os.environ.get(name, value) for name, value in read.items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--users")
    parser.add_argument("--expect")
    arguments = parser.parse_args()
    expected = json.load(open(arguments.expect, encoding="utf-8")) if arguments.expect else None
    users = arguments.users.split(",") if arguments.users else None
    system = settings()
    print(json.dumps(Audit(system["STOWAGE_DATABASE_URL"].removeprefix("sqlite:"), Buckets.of(system), users, expected).run()))


if __name__ == "__main__":
    main()
