"""Sends files as versions of Uppy do, from a page in Debian's Chromium, and prints the results.

    python uppy.py CASES.json COOKIE

Run inside `script/server --exec`: the address is STOWAGE_URL. CASES.json is a list of arguments for uppy-calls.js, with
`page` (the page's URL), and optionally `cookie` (a token for the browser's cookie COOKIE). Prints a
list of results.
"""

import json
import os
import pathlib
import sys

from chromium import chromium, console

SCRIPT = (pathlib.Path(__file__).parent / "uppy-calls.js").read_text()


def run(driver, case, name):
    driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
    driver.get(os.environ["STOWAGE_URL"] + "/files/")
    driver.delete_all_cookies()
    if "cookie" in case:
        driver.add_cookie({"name": name, "value": case["cookie"], "secure": True, "sameSite": "None", "httpOnly": True})
    driver.get(case["page"])
    console(driver)
    result = driver.execute_async_script(SCRIPT, case)
    result["console"] = console(driver)
    return result


def main():
    cases = json.loads(pathlib.Path(sys.argv[1]).read_text())
    with chromium() as driver:
        driver.set_script_timeout(60)
        results = [run(driver, case, sys.argv[2]) for case in cases]
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
