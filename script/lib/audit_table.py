"""Writes the catalogue of `stowage audit` as a table into a page."""

import difflib
import json
import pathlib
import subprocess
import sys

START = "<!-- script/audit-table writes this table -->"
END = "<!-- end of the table -->"


def cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def table(checks):
    lines = ["| check | severity | state | to mend | controls |", "|---|---|---|---|---|"]
    for check in checks:
        controls = ", ".join(check["mappings"])
        lines.append(
            f"| `{check['id']}` | {check['severity']} | {cell(check['title'])} {cell(check['why'])} | {cell(check['mend'])} | {controls} |"
        )
    return "\n".join(lines)


def main(stowage, page, *options):
    listed = subprocess.run([stowage, "audit", "--list", "--json"], capture_output=True, text=True, check=True)
    path = pathlib.Path(page)
    text = path.read_text()
    before, rest = text.split(START)
    new = f"{before}{START}\n\n{table(json.loads(listed.stdout)['checks'])}\n\n{END}{rest.split(END)[1]}"
    if not options:
        path.write_text(new)
    elif new != text:
        difference = difflib.unified_diff(text.splitlines(), new.splitlines(), page, "the catalogue", lineterm="", n=0)
        sys.exit("\n".join(difference) + f"\n{page} is not current: run script/audit-table")


main(*sys.argv[1:])
