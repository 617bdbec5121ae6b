"""Opens a page of the application that shows an image by its old URL, before and after a login, and prints what it shows.

    python old_urls.py PAGE COOKIE [SCREENSHOT]

COOKIE is NAME=VALUE, the application's own login. Prints a JSON list of {width, height, console}, first without the cookie.
"""

import json
import sys

from chromium import chromium, console
from selenium.webdriver.common.by import By

SHOWN = """
  const [done] = arguments
  const image = document.querySelector('img')
  const tell = () => done({width: image.naturalWidth, height: image.naturalHeight})
  if (image.complete) tell()
  else image.onload = image.onerror = tell
"""


def main():
    page, cookie, *picture = sys.argv[1:]
    seen = []
    with chromium(width=500, height=400) as driver:
        driver.set_script_timeout(60)
        for is_logged_in in (False, True):
            if is_logged_in:
                name, value = cookie.split("=", 1)
                driver.add_cookie({"name": name, "value": value, "sameSite": "Lax"})
            driver.get(page)
            shown = driver.execute_async_script(SHOWN)
            seen.append({**shown, "console": console(driver)})
        if picture:
            driver.find_element(By.TAG_NAME, "body").screenshot(picture[0])
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
