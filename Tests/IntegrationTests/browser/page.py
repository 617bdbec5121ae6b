"""Uses the files page as people do, and prints what the page shows.

    python page.py several FILE…   all at once; then checks accessibility, wide and dark and narrow
    python page.py cancel FILE     during a slow upload
    python page.py again FILE      interrupted by a reload, and chosen again on the next page
    python page.py keyboard FILE   by keyboard only

Run inside `script/server --exec`; STOWAGE_PAGE_TOKEN is the token that the page gets. Prints one JSON object.
"""

import json
import os
import re
import sys

from axe import violations
from chromium import chromium, console, files_page, in_page, narrow, slow_line
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

SETTLED = ("ready", "rejected", "failed", "aborted")

# The page requests its token as usual. Announcements for screen readers are recorded.
BEFORE = """
const real = fetch;
fetch = (address, init) => String(address).endsWith('session.json')
  ? Promise.resolve(new Response(JSON.stringify({token: TOKEN}))) : real(address, init);
window.said = [];
customElements.whenDefined('stowage-files').then(() => setTimeout(() => {
  const news = document.querySelector('stowage-files').shadowRoot.querySelector('#news');
  new MutationObserver(() => said.push(news.textContent)).observe(news, {childList: true, characterData: true, subtree: true});
}));
"""
FOCUSED = """
const element = root.activeElement;
return (element.id || element.className.split(' ').pop()) + ': ' + (element.matches('input, select, .card') ? '' : element.textContent);
"""
SMALL = """
return [...root.querySelectorAll('button, select, .drop, .tick')].filter(element => element.checkVisibility())
  .map(element => element.getBoundingClientRect()).filter(box => box.width < 44 || box.height < 44).length;
"""
REMEMBERED = """
const done = arguments[0];
indexedDB.open('stowage').onsuccess = ({target: {result: database}}) =>
  database.transaction('uploads').objectStore('uploads').count().onsuccess = ({target: {result: count}}) => {
    database.close();
    done(count);
  };
"""
OUTLINED = "return getComputedStyle(arguments[0]).outlineStyle !== 'none'"


class Page:
    def __init__(self, driver):
        self.driver = driver
        token = json.dumps(os.environ["STOWAGE_PAGE_TOKEN"])
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": BEFORE.replace("TOKEN", token)})
        self.open()

    def open(self):
        self.driver.get(os.environ["STOWAGE_URL"] + "/files/")
        self.root = files_page(self.driver)
        self.until(lambda: self.find("#choose").is_enabled())

    def find(self, selector):
        return self.root.find_element(By.CSS_SELECTOR, selector)

    def script(self, script, *arguments):
        return in_page(self.driver, script, *arguments)

    def until(self, condition, seconds=60):
        WebDriverWait(self.driver, seconds, poll_frequency=0.05).until(lambda _: condition())

    def choose(self, files):
        self.find("#choose").send_keys("\n".join(os.path.abspath(file) for file in files))

    def cards(self):
        return self.script(
            """return [...root.querySelectorAll('.card')].map(card => ({
            state: card.dataset.state, file: card.dataset.file ?? '', name: card.querySelector('.name').textContent,
            text: card.querySelector('.state').textContent, images: card.querySelectorAll('img').length}))"""
        )

    def is_uploading(self):
        """Returns True if the first card's bytes are being sent."""
        text = self.cards()[0]["text"]
        return text.startswith("Uploading: ") and not text.endswith(" 0 %")

    def shown(self):
        """Returns the percentage that the first card shows."""
        return int(re.search(r"(\d+) %", self.cards()[0]["text"]).group(1))

    def state(self):
        return self.cards()[0]["state"]

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()
        return self.script(FOCUSED)

    def axe(self):
        return violations(self.driver)


def several(page, files):
    page.choose(files)
    page.until(lambda: len(page.cards()) == len(files) and all(card["state"] in SETTLED for card in page.cards()), 120)
    found = page.axe()
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    narrow(page.driver, 320)
    page.until(lambda: page.driver.execute_script("return said.length > 0"))
    return {
        "cards": page.cards(),
        "violations": found + page.axe(),
        "overflows": page.driver.execute_script("return document.documentElement.scrollWidth > 320"),
        "small": page.script(SMALL),
        "said": page.driver.execute_script("return said"),
    }


def cancel(page, files):
    slow_line(page.driver, 1 << 20)
    page.choose(files)
    page.until(page.is_uploading)
    page.find(".card .cancel").click()
    page.until(lambda: page.state() == "aborted")
    card = page.cards()[0]
    slow_line(page.driver, -1)
    page.until(lambda: page.driver.execute_async_script(REMEMBERED) == 0)
    page.open()
    return {"file": card["file"], "text": card["text"], "left": len(page.cards())}


def again(page, files):
    slow_line(page.driver, 2 << 20)
    page.choose(files)
    page.until(lambda: page.is_uploading() and page.shown() >= 40)
    before = page.cards()[0]["file"], page.shown()
    page.open()
    page.until(lambda: page.cards() and page.state() == "paused")
    left = page.shown()
    slow_line(page.driver, -1)
    page.choose(files)
    page.until(lambda: page.state() in SETTLED)
    return {"file": before[0], "before": before[1], "left": left, "cards": page.cards()}


def keyboard(page, files):
    slow_line(page.driver, 1 << 20)
    steps = [page.press(Keys.TAB)]
    visible = [page.driver.execute_script(OUTLINED, page.find("#drop"))]
    page.choose(files)
    page.until(page.is_uploading)
    steps.append(page.press(Keys.TAB))
    steps.append(page.press(Keys.TAB))
    visible.append(page.script("return getComputedStyle(root.activeElement).outlineStyle !== 'none'"))
    steps.append(page.press(Keys.ENTER))
    page.until(lambda: page.state() == "paused")
    steps.append(page.press(Keys.SPACE))
    page.until(lambda: page.state() == "uploading")
    steps.append(page.press(Keys.TAB))
    steps.append(page.press(Keys.ENTER))
    page.until(lambda: page.state() == "aborted")
    slow_line(page.driver, -1)
    steps.append(page.press(Keys.TAB))
    steps.append(page.press(Keys.ENTER))
    page.until(lambda: page.state() == "ready")
    return {"steps": steps, "visible": visible, "cards": page.cards()}


def main():
    scenario = {"several": several, "cancel": cancel, "again": again, "keyboard": keyboard}[sys.argv[1]]
    with chromium() as driver:
        page = Page(driver)
        result = scenario(page, sys.argv[2:])
        result["console"] = console(driver)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
