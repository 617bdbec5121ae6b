"""Uploads a photo through the files page, as a person would, and prints what the page shows.

    python upload.py PHOTO SCREENSHOT [--width 1280] [--height 1000] [--dark] [--expect ready|rejected|failed] [--visibility private]

Run inside `script/server --exec`: the address is STOWAGE_URL. Prints one JSON object {state, text,
images: [{variant, url, naturalWidth, naturalHeight}], console: [...]} and exits with 0 when the
file ended as expected and, when ready, every image was drawn.
"""

import argparse
import json
import os
import sys

from chromium import chromium, console, files_page, in_page
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

UNDER_WAY = ("waiting", "uploading", "paused", "processing")

# The thumbnail is in the list, and the medium image in the preview.
IMAGES = """
const [file] = arguments;
return [...root.querySelectorAll(`[data-file="${file}"] .thumb img, .preview[data-file="${file}"] img[data-variant=medium]`)].map(image => ({
  variant: image.dataset.variant, url: image.src, complete: image.complete && image.src !== '',
  naturalWidth: image.naturalWidth, naturalHeight: image.naturalHeight}))
"""


def run(driver, arguments):
    driver.get(os.environ["STOWAGE_URL"] + "/files/")
    wait = WebDriverWait(driver, arguments.seconds, poll_frequency=0.1)
    page = files_page(driver)
    choose = page.find_element(By.CSS_SELECTOR, "#choose")
    wait.until(lambda _: choose.is_enabled())
    Select(page.find_element(By.CSS_SELECTOR, ".visibility")).select_by_value(arguments.visibility)
    choose.send_keys(os.path.abspath(arguments.photo))

    def settled(_):
        cards = page.find_elements(By.CSS_SELECTOR, ".card[data-state]")
        return cards and cards[0].get_attribute("data-state") not in UNDER_WAY

    wait.until(settled)
    card = page.find_element(By.CSS_SELECTOR, ".card")
    state, text, file = card.get_attribute("data-state"), card.find_element(By.CSS_SELECTOR, ".state").text, card.get_attribute("data-file")

    def drawn(count):
        shown = in_page(driver, IMAGES, file)
        return len(shown) == count and all(image["complete"] for image in shown)

    if state == "ready":
        wait.until(lambda _: drawn(1))
        page.find_element(By.CSS_SELECTOR, f'[data-file="{file}"] .open').click()
        wait.until(lambda _: drawn(2))
    images = in_page(driver, IMAGES, file)
    driver.save_screenshot(arguments.screenshot)
    return {
        "state": state,
        "text": text,
        "images": images,
        "overflows": driver.execute_script("return document.documentElement.scrollWidth > innerWidth"),
        "console": console(driver),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("photo")
    parser.add_argument("screenshot")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--expect", default="ready")
    parser.add_argument("--visibility", default="public")
    arguments = parser.parse_args()
    with chromium(arguments.width, arguments.height, arguments.dark) as driver:
        result = run(driver, arguments)
    print(json.dumps(result, indent=2))
    drawn = bool(result["images"]) and all(image["naturalWidth"] > 0 for image in result["images"])
    return 0 if result["state"] == arguments.expect and (result["state"] != "ready" or drawn) else 1


if __name__ == "__main__":
    sys.exit(main())
