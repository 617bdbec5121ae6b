"""Shows a page full of images in Chromium, and prints what was drawn.

    python gallery.py SCREENSHOT < addresses, one a line

Run inside `script/server --exec`: the page is the demo's, emptied. Prints one JSON object {images: [{url,
naturalWidth, naturalHeight}], seconds, console: [...]}.
"""

import json
import os
import shutil
import sys
import tempfile
import time

from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

SHOW = """
document.body.replaceChildren(...arguments[0].map(url => {
  const image = document.createElement('img');
  image.src = url;
  return image;
}));
"""
IMAGES = """
return [...document.images].map(image => ({url: image.src, complete: image.complete,
  naturalWidth: image.naturalWidth, naturalHeight: image.naturalHeight}))
"""


def main():
    urls = sys.stdin.read().split()
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--no-proxy-server",
                     "--ignore-certificate-errors", "--window-size=1700,1000"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with tempfile.TemporaryDirectory(prefix="stowage-browser-", ignore_cleanup_errors=True) as profile:
        options.add_argument(f"--user-data-dir={profile}")
        driver = webdriver.Chrome(options, webdriver.ChromeService(executable_path=shutil.which("chromedriver")))
        try:
            driver.get(os.environ["STOWAGE_URL"] + "/demo/")
            start = time.time()
            driver.execute_script(SHOW, urls)
            WebDriverWait(driver, 120, poll_frequency=0.1).until(
                lambda _: all(image["complete"] for image in driver.execute_script(IMAGES))
            )
            seconds = time.time() - start
            driver.save_screenshot(sys.argv[1])
            result = {
                "images": driver.execute_script(IMAGES),
                "seconds": seconds,
                "console": [entry["message"] for entry in driver.get_log("browser")],
            }
        finally:
            driver.quit()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
