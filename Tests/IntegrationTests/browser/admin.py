"""Uses the dashboard as administrators do, and prints what the page shows.

    python admin.py look FOLDER       wide, dark and narrow, with axe; writes screenshots into the folder
    python admin.py keyboard USER     by keyboard alone: signs in, sorts, changes the quota of USER, retries the first failed job
    python admin.py numbers           the numbers of the overview, the table of usage and the table of users
    python admin.py refused           with a token without the role, by form and by page
    python admin.py broken [PNG]      without a connection, then again with it

Run inside `script/server --exec`; STOWAGE_PAGE_TOKEN is the token that the form gets. Prints one JSON object.
"""

import json
import os
import sys

from axe import violations
from chromium import chromium, console, narrow
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

URL = os.environ["STOWAGE_URL"] + "/admin/"
TOKEN = os.environ["STOWAGE_PAGE_TOKEN"]
TABLE = """
return [...document.querySelectorAll('#' + arguments[0] + ' .content > .table table tbody tr')]
  .map(row => [...row.cells].map(cell => cell.textContent));
"""
FOCUS = "const one = document.activeElement; return one.getAttribute('aria-label') || one.textContent || one.id;"


def sign_in(driver):
    driver.get(URL)
    driver.find_element(By.ID, "token").send_keys(TOKEN + Keys.ENTER)
    loaded(driver)


def loaded(driver, times=1):
    """Waits until every section was loaded this often."""
    WebDriverWait(driver, 60).until(lambda d: d.execute_script("return Number(document.body.dataset.loaded || 0)") >= times)
    # Charts are drawn in the frame after they are on the page.
    driver.execute_async_script("const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done));")


def whole(driver, path, width):
    """Writes a screenshot of the whole page."""
    height = min(driver.execute_script("return document.documentElement.scrollHeight"), 9000)
    screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    driver.execute_async_script("setTimeout(arguments[0], 300)")
    driver.save_screenshot(path)


def look(folder):
    found, overflows, said, ran = [], [], [], []
    for dark in (False, True):
        with chromium(dark=dark) as driver:
            driver.get(URL)
            found += violations(driver)
            driver.save_screenshot(f"{folder}/door-{'dark' if dark else 'light'}.png")
            console(driver)
            sign_in(driver)
            said += console(driver)[1:]
            found += violations(driver)
            ran.append(driver.execute_script("return window.ran ?? null"))
            whole(driver, f"{folder}/wide-{'dark' if dark else 'light'}.png", 1280)
            narrow(driver, 390)
            overflows.append(driver.execute_script("return document.documentElement.scrollWidth > 390"))
            whole(driver, f"{folder}/phone-{'dark' if dark else 'light'}.png", 390)
            charts = driver.execute_script("return Object.keys(window.Chart.instances).length")
            injected = driver.execute_script("return document.querySelectorAll('main img, main script, main iframe').length")
            text = driver.find_element(By.TAG_NAME, "main").text
    return {"violations": found, "overflows": any(overflows), "console": said, "ran": any(ran), "charts": charts,
            "injected": injected, "text": text}


def press(driver, *keys):
    ActionChains(driver).send_keys(*keys).perform()


def tab_to(driver, test, most=400):
    """Presses Tab until the element in focus passes the test."""
    for _ in range(most):
        if test(driver.execute_script(FOCUS)):
            return
        press(driver, Keys.TAB)
    raise AssertionError("the keyboard does not reach it")


def keyboard(user):
    with chromium() as driver:
        driver.get(URL)
        # The field has the focus from the start.
        press(driver, TOKEN, Keys.TAB, Keys.ENTER)
        loaded(driver)
        tab_to(driver, lambda text: text == "User")
        press(driver, Keys.ENTER)
        first = driver.execute_script("return document.querySelector('#users th').getAttribute('aria-sort')")
        press(driver, Keys.SPACE)
        second = driver.execute_script("return document.querySelector('#users th').getAttribute('aria-sort')")
        names = [row[0] for row in driver.execute_script(TABLE, "users")]
        tab_to(driver, lambda text: text == f"Change {user}")
        press(driver, Keys.ENTER)
        # The plan has the focus: a letter chooses. Then the quota, its unit, and the button.
        press(driver, "p", Keys.TAB)
        ActionChains(driver).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).perform()
        press(driver, "3", Keys.TAB, "g")
        tab_to(driver, lambda text: text == "Save", 10)
        press(driver, Keys.ENTER)
        news = driver.find_element(By.ID, "news")
        WebDriverWait(driver, 20).until(lambda d: user in news.text)
        changed, focus = news.text, driver.execute_script(FOCUS)
        tab_to(driver, lambda text: text.startswith("Retry: "))
        press(driver, Keys.ENTER)
        WebDriverWait(driver, 20).until(lambda d: "waits for a worker" in news.text)
        return {"sorts": [first, second], "names": names, "changed": changed, "focus": focus, "retried": news.text}


def numbers():
    with chromium() as driver:
        sign_in(driver)
        tiles = driver.execute_script(
            "return Object.fromEntries([...document.querySelectorAll('.tile')].map(one => [one.dataset.name, one.innerText]))")
        rows = {name: driver.execute_script(TABLE, name) for name in ("usage", "users")}
        saved = driver.execute_async_script("""
          const done = arguments[0], real = URL.createObjectURL;
          URL.createObjectURL = blob => { blob.text().then(done); return real(blob); };
          document.querySelector('#users .table .tools button').click();
        """)
        return {"tiles": tiles, "csv": saved, **rows}


def refused():
    with chromium() as driver:
        driver.get(URL)
        driver.find_element(By.ID, "token").send_keys(TOKEN + Keys.ENTER)
        WebDriverWait(driver, 20).until(lambda d: "admin" in d.find_element(By.TAG_NAME, "main").text and not d.find_elements(By.ID, "token"))
        scripts = len(driver.find_elements(By.TAG_NAME, "script"))
        return {"text": driver.find_element(By.TAG_NAME, "main").text, "scripts": scripts, "cookies": driver.get_cookies()}


def broken(*screenshot):
    with chromium() as driver:
        sign_in(driver)
        driver.execute_cdp_cmd("Network.enable", {})
        line = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        driver.execute_cdp_cmd("Network.emulateNetworkConditions", line)
        driver.find_element(By.ID, "refresh").click()
        loaded(driver, 2)
        problems = [one.text for one in driver.find_elements(By.CSS_SELECTOR, "section div.problem p")]
        if screenshot:
            whole(driver, screenshot[0], 1280)
        driver.execute_cdp_cmd("Network.emulateNetworkConditions", {**line, "offline": False})
        for button in driver.find_elements(By.CSS_SELECTOR, "section div.problem button"):
            button.send_keys(Keys.ENTER)
        WebDriverWait(driver, 20).until(lambda d: not d.find_elements(By.CSS_SELECTOR, "section div.problem"))
        return {"problems": problems, "tables": len(driver.find_elements(By.CSS_SELECTOR, "section table"))}


if __name__ == "__main__":
    print(json.dumps({"look": look, "keyboard": keyboard, "numbers": numbers, "refused": refused, "broken": broken}[sys.argv[1]](*sys.argv[2:])))
