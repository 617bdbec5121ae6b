"""Runs Stowage's processes on moto with IAM enforcement, each with keys of its own under its policy of conf/iam.

Usage: enforced.py ROOT BIN FOLDER [PARTY ACTION]. Prints JSON: the steps, and every call that reached the store. With
PARTY and ACTION, that action is taken out of the policy first. It leaves nothing running; the caller removes FOLDER.
"""

import base64
import http.client
import json
import os
import pathlib
import secrets
import subprocess
import sys
import urllib.parse
import urllib.request

import boto3
from local import FastCGI, free_port, listens, wait
from PIL import Image
from recorder import Recorder

ROOT, BIN, FOLDER = (pathlib.Path(argument) for argument in sys.argv[1:4])
WITHOUT = sys.argv[4:6]
PARTIES = sorted(path.stem for path in (ROOT / "conf/iam").glob("*.json"))
children, steps, calls = [], [], []

# Pairs of AWS's action and the one that moto wants in its place. A party gets moto's action on the
# resources on which its policy has AWS's action. Enforced.swift explains each row.
DEVIATIONS = [tuple(row) for row in json.loads(os.environ["STOWAGE_MOTO_DEVIATIONS"])]


def policy(party, environment):
    """The policy as an administrator attaches it, with moto's deviations added."""
    arguments = [BIN / "stowage", "permissions", ROOT / f"conf/iam/{party}.json", "--source", "old-uploads"]
    document = json.loads(subprocess.run(arguments, env=environment, check=True, capture_output=True).stdout)
    for statement in document["Statement"]:
        if WITHOUT[:1] == [party]:
            statement["Action"] = [action for action in statement["Action"] if action != WITHOUT[1]]
        wanted = statement["Action"]
        statement["Action"] = wanted + [moto for aws, moto in DEVIATIONS if aws in wanted]
    document["Statement"] = [statement for statement in document["Statement"] if statement["Action"]]
    return json.dumps(document)


def client(process, token):
    return FastCGI(FOLDER / "run" / f"{process}.sock", token)


def step(name):
    steps.append(name)
    print(name, file=sys.stderr, flush=True)


def main():
    moto_port = free_port()
    moto = subprocess.Popen([ROOT / ".venv/bin/moto_server", "-H", "127.0.0.1", "-p", str(moto_port)],
                            stdout=subprocess.DEVNULL, stderr=open(FOLDER / "moto.log", "w"))
    children.append(moto)
    wait("moto", lambda: listens(moto_port))
    recorder = Recorder(moto_port, calls)

    for name in ["run", "database", "tmp"]:
        (FOLDER / name).mkdir()
    (FOLDER / "run").chmod(0o700)
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    (FOLDER / "token-key.json").write_text(json.dumps({"kty": "oct", "alg": "HS256", "k": key}))
    (FOLDER / "token-key.json").chmod(0o600)
    url = f"http://127.0.0.1:{recorder.port}"
    (FOLDER / "stowage.env").write_text(f"""STOWAGE_ENVIRONMENT=development
STOWAGE_STORE=aws
STOWAGE_S3_URL={url}
STOWAGE_S3_ADDRESSING=path
STOWAGE_S3_REGION=us-east-1
STOWAGE_BUCKET_DOCUMENTS={ROOT}/conf/buckets
STOWAGE_DATABASE_URL=sqlite:{FOLDER}/database/stowage.sqlite
STOWAGE_TOKEN_KEY_FILE={FOLDER}/token-key.json
STOWAGE_SCANNER=none
STOWAGE_DECODER={BIN}/decoder
STOWAGE_IMAGES_URL=http://img.example.com
STOWAGE_CORS_ORIGINS=http://app.example.com
STOWAGE_SOCKET_DIRECTORY={FOLDER}/run
STOWAGE_SOCKET_MODE=0600
STOWAGE_TEMPORARY_DIRECTORY={FOLDER}/tmp
STOWAGE_SWEEP_SECONDS=1
STOWAGE_UPLOAD_PLAIN_TYPES=text/plain
STOWAGE_LAST_PURGE_SECONDS=6
STOWAGE_LEASE_SECONDS=30
""")
    (FOLDER / "stowage.env").chmod(0o600)
    clean = {n: v for n, v in os.environ.items() if not n.startswith("STOWAGE_")}
    base = clean | {"STOWAGE_CONFIG": str(FOLDER / "stowage.env")}
    placeholder = base | {"STOWAGE_S3_ACCESS_KEY": "none-yet", "STOWAGE_S3_SECRET_KEY": "none-yet"}

    iam = boto3.client("iam", endpoint_url=f"http://127.0.0.1:{moto_port}", region_name="us-east-1",
                       aws_access_key_id="setup", aws_secret_access_key="setup")
    keys = {}
    for party in PARTIES:
        iam.create_user(UserName=party)
        iam.put_user_policy(UserName=party, PolicyName="conf-iam", PolicyDocument=policy(party, placeholder))
        # The command that copies has both policies, as its administrator attaches them.
        if party == "admin-migrate":
            iam.put_user_policy(UserName=party, PolicyName="source",
                                PolicyDocument=policy("admin-migrate-source", placeholder))
        made = iam.create_access_key(UserName=party)["AccessKey"]
        keys[party] = (made["AccessKeyId"], made["SecretAccessKey"])
        recorder.names[made["AccessKeyId"]], recorder.secrets[made["AccessKeyId"]] = party, made["SecretAccessKey"]
    s3 = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{moto_port}", region_name="us-east-1",
                      aws_access_key_id="setup", aws_secret_access_key="setup")
    s3.create_bucket(Bucket="old-uploads")
    s3.put_bucket_versioning(Bucket="old-uploads", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="old-uploads", Key="bea/note.txt", Body=b"from a bucket", Tagging="a=b")

    # From here on moto judges every request.
    urllib.request.urlopen(urllib.request.Request(
        f"http://127.0.0.1:{moto_port}/moto-api/reset-auth", data=b"0", method="POST",
        headers={"Content-Type": "text/plain"})).read()

    def environment(party):
        access, secret = keys[party]
        return base | {"STOWAGE_S3_ACCESS_KEY": access, "STOWAGE_S3_SECRET_KEY": secret}

    def stowage(party, *arguments, allowed=(0,)):
        done = subprocess.run([BIN / "stowage", *arguments], env=environment(party), capture_output=True, text=True,
                              timeout=120)
        if done.returncode not in allowed:
            raise RuntimeError(f"stowage {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    stowage("admin-buckets", "buckets", "plan", allowed=(0, 1, 2))
    stowage("admin-buckets", "buckets", "apply")
    stowage("admin-buckets", "buckets", "audit", allowed=(0, 1, 2))
    stowage("admin-buckets", "buckets", "pull", "--to", str(FOLDER / "pulled"))
    step("buckets plan, apply, audit and pull")

    for process in ["worker", "presign", "image", "files"]:
        keyed = environment(process)
        if process == "presign":
            access, secret = keys["upload-signer"]
            keyed |= {"STOWAGE_S3_UPLOAD_ACCESS_KEY": access, "STOWAGE_S3_UPLOAD_SECRET_KEY": secret}
        children.append(subprocess.Popen([BIN / process], env=keyed, cwd=FOLDER,
                                         stderr=open(FOLDER / f"{process}.log", "w")))
    token = stowage("admin-files", "token", "--user", "ann").strip()
    for process in ["worker", "presign", "image", "files"]:
        wait(process, (FOLDER / "run" / f"{process}.sock").exists)
    presign, image, files = (client(process, token) for process in ["presign", "image", "files"])

    def send(method, target, headers, body):
        # urllib would add a content type.
        parts = urllib.parse.urlsplit(target)
        connection = http.client.HTTPConnection(parts.netloc, timeout=60)
        fields = {n: v for n, v in headers.items() if n.lower() != "content-length"}
        connection.request(method, f"{parts.path}?{parts.query}", body=body, headers=fields)
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        if response.status != 200:
            raise RuntimeError(f"{method} {parts.path}: {response.status} {answer[:300]}")
        return answer

    def settled(file, states):
        def look():
            record = files.json("GET", f"/v1/files/{file}")
            return record if record["state"] in states else None
        return wait(f"file {file} in {states}", look)

    def upload(name, kind, body, visibility="public"):
        claim = {"filename": name, "size": len(body), "contentType": kind, "visibility": visibility}
        ticket = presign.json("POST", "/v1/uploads", claim, status=201)
        file = ticket["fileId"]
        if "put" in ticket:
            send("PUT", ticket["put"]["url"], ticket["put"]["headers"], body)
        else:
            size, count = ticket["multipart"]["partSize"], ticket["multipart"]["partCount"]
            parts = presign.json("POST", f"/v1/uploads/{file}/parts", {"numbers": list(range(1, count + 1))})["parts"]
            for part in parts:
                start = (part["number"] - 1) * size
                send("PUT", part["url"], part["headers"], body[start:start + part["size"]])
            presign.json("GET", f"/v1/uploads/{file}/parts")
        presign.ask("POST", f"/v1/uploads/{file}/complete", {})
        return file

    Image.effect_noise((300, 200), 80).convert("RGB").save(FOLDER / "photo.jpg")
    photo = (FOLDER / "photo.jpg").read_bytes()
    first = upload("photo.jpg", "image/jpeg", photo)
    record = settled(first, ["ready"])
    path = record["variants"][0]["url"].removeprefix("http://img.example.com")
    code, _, answer = image.ask("GET", path)
    if code != 200 or len(answer) != record["variants"][0]["size"]:
        raise RuntimeError(f"{path}: {code}, {len(answer)} bytes")
    step("upload, processing and image")

    code, fields, _ = files.ask("GET", f"/v1/files/{first}/download")
    if code not in (302, 303, 307) or send("GET", fields["Location"], {}, None) != photo:
        raise RuntimeError(f"download: {code}")
    step("download")

    large = upload("notes.txt", "text/plain", b"a line of text\n" * 800_000, "private")
    settled(large, ["ready"])
    left = presign.json("POST", "/v1/uploads",
                        {"filename": "b.txt", "size": 12_000_000, "contentType": "text/plain"}, status=201)
    presign.json("DELETE", f"/v1/uploads/{left['fileId']}", status=204)
    step("multipart upload, complete and abort")

    rejected = upload("fake.jpg", "image/jpeg", b"no image" * 100)
    settled(rejected, ["rejected"])
    step("rejection")

    def reached(party, method, test=lambda call: True, since=0):
        return any(call["party"] == party and call["method"] == method and test(call)
                   for call in recorder.calls[since:])

    mark = len(recorder.calls)
    files.json("DELETE", f"/v1/files/{first}", status=204)
    raw = f"ann/{first}/original.jpg"
    wait("delete marker", lambda: reached("worker", "DELETE", lambda c: c["key"] == raw and not c["query"], mark))
    mark = len(recorder.calls)
    files.ask("POST", f"/v1/files/{first}/restore", {})
    settled(first, ["ready"])
    wait("no marker", lambda: reached("worker", "DELETE", lambda c: c["key"] == raw and "versionId" in c["query"], mark))
    files.json("DELETE", f"/v1/files/{large}?permanent=true", status=204)
    wait("purge", lambda: reached("worker", "DELETE",
                                  lambda c: str(large) in c["key"] and "versionId" in c["query"], mark))
    step("delete, restore and purge")

    # An image that nobody rendered yet: `image` does the worker's work, while the worker rests.
    worker = children[1]
    worker.terminate()
    worker.wait(30)
    claim = {"filename": "now.jpg", "size": len(photo), "contentType": "image/jpeg", "visibility": "public"}
    ticket = presign.json("POST", "/v1/uploads", claim, status=201)
    send("PUT", ticket["put"]["url"], ticket["put"]["headers"], photo)
    code, fields, answer = image.ask("GET", f"/images/ann/{ticket['fileId']}/thumb.webp")
    if code != 302 or image.ask("GET", fields["Location"])[0] != 200:
        raise RuntimeError(f"on demand: {code} {answer[:300]}")
    step("image on demand")

    stowage("admin-files", "sweep", "--dry-run")
    stowage("admin-files", "sweep")
    stowage("admin-files", "sweep", "--delete-unknown", "--yes")
    stowage("admin-files", "jobs", "explain", str(first))
    stowage("admin-files", "files", "download", str(first), "--output", str(FOLDER / "copy.jpg"))
    step("sweep, explain and download by the administrator")

    tree = FOLDER / "tree/bea"
    tree.mkdir(parents=True)
    (tree / "a.txt").write_bytes(b"an old file")
    (tree / "film.bin").write_bytes(os.urandom(20 << 20))
    stowage("admin-migrate", "migrate", "run", str(FOLDER / "tree"), "--create-users", "--process", "never")
    stowage("admin-migrate", "migrate", "run", str(FOLDER / "tree"), "--process", "never")
    stowage("admin-migrate", "migrate", "verify", str(FOLDER / "tree"), "--read-back")
    stowage("admin-migrate", "migrate", "rollback", str(FOLDER / "tree"), "--to", str(FOLDER / "back"))
    step("migrate a tree, verify and roll back")

    stowage("admin-migrate", "migrate", "run", "s3://old-uploads", "--create-users", "--process", "never")
    step("migrate a bucket")

    stowage("admin-doctor", "doctor", allowed=(0, 1))
    step("doctor")
    stowage("admin-audit", "audit", "--mutes", "none", allowed=(0, 1, 2))
    step("audit")
    # 75: an upload URL that is still valid could bring more bytes.
    stowage("admin-files", "users", "erase", "ann", "--yes", allowed=(0, 75))
    stranger = client("presign", stowage("admin-files", "token", "--user", "bob").strip())
    stranger.json("POST", "/v1/uploads", {"filename": "c.txt", "size": 12_000_000, "contentType": "text/plain"}, 201)
    stowage("admin-files", "users", "erase", "bob", "--yes", allowed=(0, 75))
    step("erase users")

    # The policies are in force: what no policy has is refused.
    access, secret = keys["files"]
    stranger = boto3.client("s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id=access,
                            aws_secret_access_key=secret)
    for refused in [lambda: stranger.put_object(Bucket="uploads-raw", Key="x", Body=b""),
                    lambda: stranger.get_object(Bucket="uploads-processed", Key="x"),
                    lambda: stranger.delete_bucket(Bucket="uploads-raw")]:
        try:
            refused()
        except stranger.exceptions.ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 403:
                raise
        else:
            raise RuntimeError("moto allowed what no policy has")
    step("refusals")


failure = None
try:
    main()
except Exception as error:  # The caller prints it, after everything is stopped.
    failure = f"{type(error).__name__}: {error}"
finally:
    for child in reversed(children):
        child.terminate()
    for child in reversed(children):
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
lines = [line for log in sorted(FOLDER.glob("*.log")) for line in log.read_text().splitlines()]
refusals = [line for line in lines if "a right may be missing" in line]
print(json.dumps({"steps": steps, "failure": failure, "calls": calls, "refusals": refusals}))
