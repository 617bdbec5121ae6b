"""Shows a page of many images in Chromium, and prints the size of each displayed image.

    python gallery.py SCREENSHOT < addresses, one a line

Run inside `script/server --exec`: the page is the files page, emptied. Prints one JSON object {images: [{url,
naturalWidth, naturalHeight}], seconds, console: [...]}.
"""

import json
import os
import pathlib
import sys
import time

from selenium.webdriver.support.ui import WebDriverWait

sys.path.append(str(pathlib.Path(__file__).parents[2] / "IntegrationTests/browser"))
from chromium import chromium, console  # noqa: E402

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
    with chromium(width=1700) as driver:
        driver.get(os.environ["STOWAGE_URL"] + "/files/")
        start = time.time()
        driver.execute_script(SHOW, urls)
        WebDriverWait(driver, 120, poll_frequency=0.1).until(
            lambda _: all(image["complete"] for image in driver.execute_script(IMAGES))
        )
        seconds = time.time() - start
        driver.save_screenshot(sys.argv[1])
        result = {"images": driver.execute_script(IMAGES), "seconds": seconds, "console": console(driver)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
