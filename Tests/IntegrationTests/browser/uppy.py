"""Sends files as versions of Uppy do, from a page in Debian's Chromium, and prints what each got.

    python uppy.py CASES.json COOKIE

Run inside `script/server --exec`: the address is STOWAGE_URL. CASES.json is a list of what uppy-calls.js takes, with
`page` (where the page is), and `cookie` (a token that the browser shall hold in the cookie COOKIE, if any). Prints a list of results.
"""

import json
import os
import pathlib
import sys
import tempfile

from upload import browser

SCRIPT = (pathlib.Path(__file__).parent / "uppy-calls.js").read_text()


def run(driver, case, name):
    driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
    driver.get(os.environ["STOWAGE_URL"] + "/demo/")
    driver.delete_all_cookies()
    if "cookie" in case:
        driver.add_cookie({"name": name, "value": case["cookie"], "secure": True, "sameSite": "None", "httpOnly": True})
    driver.get(case["page"])
    driver.get_log("browser")
    result = driver.execute_async_script(SCRIPT, case)
    result["console"] = [entry["message"] for entry in driver.get_log("browser")]
    return result


def main():
    cases = json.loads(pathlib.Path(sys.argv[1]).read_text())
    arguments = type("Arguments", (), {"width": 1280, "height": 1000, "dark": False})
    with tempfile.TemporaryDirectory(prefix="stowage-browser-", ignore_cleanup_errors=True) as profile:
        driver = browser(arguments, profile)
        driver.set_script_timeout(60)
        try:
            results = [run(driver, case, sys.argv[2]) for case in cases]
        finally:
            driver.quit()
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
