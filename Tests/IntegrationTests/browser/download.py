"""Downloads a file with a script of a page, as the application's own pages do, and prints the response.

    python download.py FILE_ID

Run inside `script/server --exec`. The page belongs to the site itself, and then to another allowed origin: there a browser
follows the redirect with the origin "null". Prints a JSON list of {origin, status, size, disposition} or {origin, error}.
"""

import json
import os
import sys

from chromium import chromium

FETCH = """
  const [url, token, done] = arguments
  fetch(url, { headers: { Authorization: `Bearer ${token}` } }).then(async answer => done({
    origin: location.origin, status: answer.status, size: (await answer.arrayBuffer()).byteLength,
    disposition: answer.headers.get('Content-Disposition')
  })).catch(error => done({ origin: location.origin, error: String(error) }))
"""


def main():
    site = os.environ["STOWAGE_URL"]
    url = f"{site}/v1/files/{sys.argv[1]}/download"
    seen = []
    with chromium() as driver:
        driver.set_script_timeout(60)
        # The files page's Content-Security-Policy allows only its own site.
        driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
        for base in (site, site.replace("localhost", "127.0.0.1")):
            driver.get(base + "/files/")
            seen.append(driver.execute_async_script(FETCH, url, os.environ["STOWAGE_TOKEN"]))
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
