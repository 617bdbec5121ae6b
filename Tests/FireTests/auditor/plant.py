"""Shows that the auditor finds each kind of violation: plants each of them, one after the other, in a temporary copy.

plant.py --users A   copies that user's files, as the product left them, into separate buckets and a separate database
prints {"clean": […violations of the copy as it is…], "plants": [{"plant": …, "wanted": …, "found": […kinds…]}]}
"""

import argparse
import json
import os
import sqlite3
import tempfile
import uuid

from audit import Audit, Buckets, named, settings

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


class Losing(Buckets):
    """Buckets that lose the object with this key as soon as it is listed."""

    def __init__(self, buckets, key):
        super().__init__(buckets.client, buckets.raw, buckets.processed)
        self.key = key

    def versions(self, bucket, prefixes):
        found = super().versions(bucket, prefixes)
        for entry in found:
            if entry["key"] == self.key:
                self.client.delete_object(Bucket=bucket, **named(entry))
        return found


class Copy:
    """A copy of one user's data: a database file, two buckets, and everything needed to create them again."""

    def __init__(self, user, system, folder):
        self.user, self.buckets = user, Buckets.of(system)
        self.client = self.buckets.client
        self.path = os.path.join(folder, "copy.sqlite")
        self.prefixes = [f"{place}{user}/" for place in ("", "images/", "~guarded/")]
        source = sqlite3.connect(f"file:{system['STOWAGE_DATABASE_URL'].removeprefix('sqlite:')}?mode=ro", uri=True)
        with sqlite3.connect(os.path.join(folder, "source.sqlite")) as kept:
            source.backup(kept)
            kept.execute("PRAGMA foreign_keys = OFF")
            for table in ("jobs", "variants"):
                kept.execute(f"DELETE FROM {table} WHERE file_id NOT IN (SELECT id FROM files WHERE user_id = ?)", (user,))
            kept.execute("DELETE FROM files WHERE user_id <> ?", (user,))
            kept.execute("DELETE FROM users WHERE id <> ?", (user,))
        kept.close()
        source.close()
        self.source = os.path.join(folder, "source.sqlite")
        self.objects = {
            name: [(entry["key"], self.buckets.bytes(bucket, entry)) for entry in self.buckets.versions(bucket, self.prefixes)]
            for name, bucket in (("raw", self.buckets.raw), ("processed", self.buckets.processed))
        }
        scratch = f"audit-{uuid.uuid4().hex[:12]}"
        self.buckets.raw, self.buckets.processed = f"{scratch}-raw", f"{scratch}-processed"
        for bucket in (self.buckets.raw, self.buckets.processed):
            self.client.create_bucket(Bucket=bucket)
        self.client.put_bucket_versioning(Bucket=self.buckets.raw, VersioningConfiguration={"Status": "Enabled"})

    def make(self):
        """Creates the database and the objects again, with new versions."""
        self.empty()
        for suffix in ("", "-wal", "-shm"):
            if os.path.exists(self.path + suffix):
                os.remove(self.path + suffix)
        source, database = sqlite3.connect(self.source), sqlite3.connect(self.path)
        source.backup(database)
        source.close()
        for key, body in self.objects["raw"]:
            version = self.client.put_object(Bucket=self.buckets.raw, Key=key, Body=body)["VersionId"]
            database.execute("UPDATE files SET version_id = ? WHERE raw_key = ?", (version, key))
        for key, body in self.objects["processed"]:
            self.client.put_object(Bucket=self.buckets.processed, Key=key, Body=body)
        database.commit()
        database.close()

    def empty(self):
        for bucket in (self.buckets.raw, self.buckets.processed):
            for entry in self.buckets.versions(bucket, [""]):
                self.client.delete_object(Bucket=bucket, **named(entry))

    def remove(self):
        self.empty()
        for bucket in (self.buckets.raw, self.buckets.processed):
            for upload in self.client.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
                self.client.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
            self.client.delete_bucket(Bucket=bucket)

    def sql(self, text, *values):
        with sqlite3.connect(self.path) as database:
            database.execute("PRAGMA foreign_keys = OFF")
            database.execute("PRAGMA ignore_check_constraints = ON")
            row = database.execute(text, values).fetchone()
        database.close()
        return row

    def file(self, condition):
        id, key, version = self.sql(f"SELECT id, raw_key, version_id FROM files WHERE {condition}")
        return id, key, version

    def audit(self, expected=None, users=None, buckets=None):
        return Audit(self.path, buckets or self.buckets, users, expected).run()["violations"]


def plants(copy):
    """Returns each planted fault with the kind of violation that the auditor must report."""
    client, raw, processed = copy.client, copy.buckets.raw, copy.buckets.processed
    image = lambda: copy.file("state = 'ready' AND content_type = 'image/jpeg'")
    refused = lambda: copy.file("state = 'rejected'")
    waiting = lambda: copy.file("state = 'pending'")
    variant = lambda: copy.sql("SELECT place || '/' || key FROM variants WHERE file_id = ? AND name = 'thumb'", image()[0])[0]
    put = lambda bucket, key, body=b"x": client.put_object(Bucket=bucket, Key=key, Body=body)

    def other_bytes():
        id, key, version = image()
        body = bytearray(client.get_object(Bucket=raw, Key=key)["Body"].read())
        body[len(body) // 2] ^= 1
        client.delete_object(Bucket=raw, Key=key, VersionId=version)
        copy.sql("UPDATE files SET version_id = ? WHERE id = ?", put(raw, key, bytes(body))["VersionId"], id)

    def no_longer_shown():
        copy.sql("UPDATE files SET state = 'deleted', deleted_at = 1 WHERE id = ?", image()[0])

    yield "a second version", "extra_version", lambda: put(raw, image()[1])
    yield "a version that replaced the pinned one", "pinned_missing", lambda: (
        put(raw, image()[1]), client.delete_object(Bucket=raw, Key=image()[1], VersionId=image()[2]))
    yield "a delete marker", "delete_marker", lambda: client.delete_object(Bucket=raw, Key=image()[1])
    yield "the pinned version is gone", "pinned_missing", lambda: client.delete_object(
        Bucket=raw, Key=image()[1], VersionId=image()[2])
    yield "another length in the row", "wrong_size", lambda: copy.sql(
        "UPDATE files SET size = size + 1 WHERE id = ?", image()[0])
    yield "one bit of the bytes", "wrong_digest", other_bytes
    yield "a copy kept beside a pinned version", "extra_version", lambda: put(
        raw, image()[1].replace("/original.", "/kept."))
    yield "an object of a refused file", "leftover", lambda: put(raw, refused()[1])
    yield "a marker over a refused file", "delete_marker", lambda: client.delete_object(Bucket=raw, Key=refused()[1])
    yield "an object of an upload that never came", "leftover", lambda: put(raw, waiting()[1])
    yield "a variant less", "variant_missing", lambda: client.delete_object(Bucket=processed, Key=variant())
    yield "a variant cut short", "variant_size", lambda: put(processed, variant())
    yield "a variant of another type", "variant_type", lambda: put(processed, variant(), PNG)
    yield "a variant twice", "variant_stray", lambda: put(processed, variant().replace("/thumb", "/extra"))
    yield "a variant of a refused file", "variant_stray", lambda: put(
        processed, f"images/{copy.user}/{refused()[0]}/0123456789ab/thumb.webp")
    yield "a private file whose renderings a CDN may read", "variant_stray", lambda: copy.sql(
        "UPDATE files SET visibility = 'private' WHERE id = ?", image()[0])
    yield "a variant's row less", "variant_rows", lambda: copy.sql(
        "DELETE FROM variants WHERE file_id = ? AND name = 'medium'", image()[0])
    yield "a variant's row that is not current", "variant_stray", lambda: copy.sql(
        "UPDATE variants SET is_current = 0 WHERE file_id = ? AND name = 'medium'", image()[0])
    yield "variants of a file that was taken away", "variant_stray", no_longer_shown
    yield "a deleted file without a marker over it", "not_hidden", no_longer_shown
    yield "a purged file whose bytes are still there", "leftover", lambda: copy.sql(
        "UPDATE files SET state = 'purged', deleted_at = 1 WHERE id = ?", image()[0])
    yield "a job", "job_left", lambda: copy.sql(
        "INSERT INTO jobs (kind, file_id, state, due_at, created_at) VALUES ('process', ?, 'queued', 0, 0)", image()[0])
    yield "a byte too many used", "used_bytes", lambda: copy.sql("UPDATE users SET used_bytes = used_bytes + 1")
    yield "a byte too many reserved", "reserved_bytes", lambda: copy.sql(
        "UPDATE users SET reserved_bytes = reserved_bytes + 1")
    yield "a file too many counted", "counters", lambda: copy.sql("UPDATE users SET files_ready = files_ready + 1")
    yield "a byte too many of deleted files", "counters", lambda: copy.sql("UPDATE users SET held_deleted = held_deleted + 1")
    yield "a refused file that holds bytes", "held_bytes", lambda: copy.sql(
        "UPDATE files SET held_bytes = 7 WHERE id = ?", refused()[0])
    yield "a file that nobody settled", "unsettled", lambda: copy.sql(
        "UPDATE files SET state = 'received' WHERE id = ?", waiting()[0])
    yield "an upload in parts", "multipart_left", lambda: client.create_multipart_upload(Bucket=raw, Key=image()[1])
    yield "an object of nobody", "unknown_object", lambda: put(raw, f"{copy.user}/{uuid.uuid4()}/original.jpg")
    yield "a file under another user", "unknown_object", lambda: put(processed, variant().replace(f"/{copy.user}/", "/mallory/"))
    yield "a row that refers to nothing", "database_damaged", lambda: copy.sql(
        "UPDATE variants SET file_id = 'nobody' WHERE file_id = ? AND name = 'medium'", image()[0])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--users", required=True)
    user = parser.parse_args().users
    with tempfile.TemporaryDirectory() as folder:
        copy = Copy(user, settings(), folder)
        try:
            copy.make()
            answer = {"clean": copy.audit(), "plants": []}
            id = copy.file("state = 'ready' LIMIT 1")[0]
            found = [violation["kind"] for violation in copy.audit({id: "rejected:malware"}, [user])]
            answer["plants"].append({"plant": "a file in another state", "wanted": "wrong_state", "found": found})
            found = [violation["kind"] for violation in copy.audit({str(uuid.uuid4()): "ready"})]
            answer["plants"].append({"plant": "a file that is not there", "wanted": "file_missing", "found": found})
            jpeg, key, _ = copy.file("state = 'ready' AND content_type = 'image/jpeg'")
            thumb = copy.sql("SELECT place || '/' || key FROM variants WHERE file_id = ? AND name = 'thumb'", jpeg)[0]
            for name, lost in (("an upload", key), ("a rendering", thumb)):
                copy.make()
                found = [violation["kind"] for violation in copy.audit(buckets=Losing(copy.buckets, lost))]
                answer["plants"].append({"plant": f"{name} that goes as it is looked at", "wanted": "vanished", "found": found})
            for name, wanted, act in plants(copy):
                copy.make()
                act()
                found = sorted({violation["kind"] for violation in copy.audit()})
                answer["plants"].append({"plant": name, "wanted": wanted, "found": found})
        finally:
            copy.remove()
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
