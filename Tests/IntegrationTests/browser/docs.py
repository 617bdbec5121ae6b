"""Reads the API's page as people do: wide and light, then narrow and dark.

    python docs.py

Run inside `script/server --exec`. Prints one JSON object {violations: [...], overflows, operations, console: [...]}.
"""

import json
import os

from axe import violations
from chromium import chromium, console, narrow


def main():
    with chromium() as driver:
        # axe needs half a minute on an idle machine, because the page has many elements.
        driver.set_script_timeout(240)
        # The page's Content-Security-Policy allows no script, so axe needs the bypass below.
        driver.get(os.environ["STOWAGE_URL"] + "/docs/")
        said = console(driver)
        driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
        driver.get(os.environ["STOWAGE_URL"] + "/docs/")
        found = violations(driver)
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
        narrow(driver, 320)
        print(json.dumps({
            "violations": found + violations(driver),
            "overflows": driver.execute_script("return document.documentElement.scrollWidth > 320"),
            "operations": len(driver.find_elements("css selector", "article .route")),
            "console": said,
        }))


if __name__ == "__main__":
    main()
