"""Puts the example of web/README.md beside the demo page, uses it, and prints its output.

    python example.py FILE

Run inside `script/server --exec`. Prints one JSON object {result, bar, console: [...]}.
"""

import json
import os
import pathlib
import re
import sys

from chromium import chromium, console
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

README = pathlib.Path(__file__).parents[3] / "web/README.md"
FOLDER = pathlib.Path(os.environ["STOWAGE_DIR"], "nginx/demo")


def main():
    text = README.read_text()
    pages = {}
    for kind in ("html", "js"):
        pages[FOLDER / f"upload.{kind}"] = re.search(rf"^```{kind}\n(.*?)^```$", text, re.M | re.S).group(1)
    try:
        for path, page in pages.items():
            path.write_text(page)
        with chromium() as driver:
            driver.get(os.environ["STOWAGE_URL"] + "/demo/upload.html")
            driver.find_element(By.ID, "file").send_keys(os.path.abspath(sys.argv[1]))
            said = lambda: driver.execute_script("return document.querySelector('#result').value")  # noqa: E731
            WebDriverWait(driver, 60, poll_frequency=0.1).until(lambda _: said())
            bar = driver.execute_script("return document.querySelector('#bar').value")
            print(json.dumps({"result": said(), "bar": bar, "console": console(driver)}))
    finally:
        for path in pages:
            path.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
