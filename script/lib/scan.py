"""Scans nginx's configuration, a TLS listener, and conf/cloudfront.yaml. Any finding of medium severity or worse, and any
scan that does not end, is a failure.

    .venv-scan/bin/python script/lib/scan.py nginx FOLDER       gixy-ng on FOLDER/nginx.conf
    .venv-scan/bin/python script/lib/scan.py tls HOST:PORT CA   sslyze against Mozilla's intermediate profile
    .venv-scan/bin/python script/lib/scan.py template FILE      checkov; the file says which checks it skips, and why
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

programs = pathlib.Path(sys.executable).parent
# gixy-ng's parser of regular expressions does not know possessive quantifiers. The copy that it reads has greedy ones, which
# match the same texts or more.
possessive = re.compile(r"(?<=[\])}\w.])([*+?]|\{\d+(?:,\d*)?\})\+")


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)


def scan_nginx(folder):
    with tempfile.TemporaryDirectory() as scratch:
        copy = pathlib.Path(scratch, "nginx")
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("logs", "cache*", "tmp", "tls", "web", "files"))
        for file in copy.rglob("*.conf"):
            lines = file.read_text().splitlines(keepends=True)
            file.write_text("".join(x if x.lstrip().startswith("#") else possessive.sub(r"\1", x) for x in lines))
        done = run(str(programs / "gixy"), "-f", "json", str(copy / "nginx.conf"))
        try:
            issues = json.loads(done.stdout)
        except ValueError:
            return [f"gixy: {done.stderr[-2000:]}"]
        return [
            f"{x['severity']} {x['plugin']} {pathlib.Path(x['file']).relative_to(copy)}:{x['line']} {x['reason'] or x['summary']}"
            for x in issues
            if x["severity"] in ("MEDIUM", "HIGH")
        ]


# Version 5.8 of the profile is 5.7, which sslyze has, without DHE and with the hybrid group.
# Source: https://github.com/mozilla/ssl-config-generator/releases/tag/v5.8
def profile():
    from sslyze.mozilla_tls_profile import tls_config_checker as checker

    file = pathlib.Path(checker.__file__).parent / "5.7.json"
    found = json.loads(file.read_text())["configurations"]["intermediate"]
    found["ciphers"] = {k: [x for x in v if "DHE" not in x.replace("ECDHE", "")] for k, v in found["ciphers"].items()}
    found["dh_param_size"] = None
    found["tls_curves"].append("X25519MLKEM768")
    return found


def scan_tls(address, authority):
    with tempfile.TemporaryDirectory() as scratch:
        wanted, result = pathlib.Path(scratch, "profile.json"), pathlib.Path(scratch, "result.json")
        wanted.write_text(json.dumps(profile()))
        done = run(
            str(programs / "sslyze"), f"--custom_tls_config={wanted}", "--certinfo", f"--certinfo_ca_file={authority}",
            f"--json_out={result}", address,
        )
        if done.returncode == 0 and "OK - Compliant" in done.stdout:
            return []
        said = done.stdout.partition("COMPLIANCE AGAINST")[2] or done.stdout[-1000:] + done.stderr[-1000:]
        return [line.strip() for line in said.splitlines() if line.strip(" -")] or ["sslyze said nothing"]


def scan_template(file):
    done = run(
        str(programs / "checkov"), "--file", file, "--framework", "cloudformation", "--output", "json", "--quiet",
        "--compact", "--skip-download",
    )
    try:
        found = json.loads(done.stdout)
    except ValueError:
        return [f"checkov: {done.stdout[-1000:]}{done.stderr[-1000:]}"]
    results, summary = found["results"], found["summary"]
    failed = [f"{x['check_id']} {x['resource']} {x['check_name']}" for x in results["failed_checks"]]
    if summary["parsing_errors"] or summary["resource_count"] == 0:
        failed.append("checkov read no template")
    return failed


scans = {"nginx": scan_nginx, "tls": scan_tls, "template": scan_template}
findings = scans[sys.argv[1]](*sys.argv[2:])
print("\n".join(findings) or f"{sys.argv[1]}: nothing of medium severity or worse")
sys.exit(1 if findings else 0)
