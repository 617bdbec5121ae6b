"""Puts an example of the documentation beside the files page, uses it, and prints its output.

    python example.py FILE         the example of web/README.md
    python example.py FILE form    the form of docs/uploading.md

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

ROOT = pathlib.Path(__file__).parents[3]
FOLDER = pathlib.Path(os.environ["STOWAGE_DIR"], "nginx/files")


def main():
    is_form = sys.argv[2:] == ["form"]
    text = (ROOT / ("docs/uploading.md" if is_form else "web/README.md")).read_text()
    name = "form" if is_form else "upload"
    pages = {}
    for kind in ("html", "js"):
        pages[FOLDER / f"{name}.{kind}"] = re.search(rf"^```{kind}\n(.*?)^```$", text, re.M | re.S).group(1)
    try:
        for path, page in pages.items():
            path.write_text(page)
        with chromium() as driver:
            driver.get(os.environ["STOWAGE_URL"] + f"/files/{name}.html")
            driver.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(os.path.abspath(sys.argv[1]))
            for button in driver.find_elements(By.TAG_NAME, "button"):
                button.click()
            said = lambda: driver.execute_script("return document.querySelector('output').value")  # noqa: E731
            WebDriverWait(driver, 60, poll_frequency=0.1).until(lambda _: said() and not said().startswith("Sending"))
            bar = driver.execute_script("return document.querySelector('progress')?.value")
            print(json.dumps({"result": said(), "bar": bar, "console": console(driver)}))
    finally:
        for path in pages:
            path.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
