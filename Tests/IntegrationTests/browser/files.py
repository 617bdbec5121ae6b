"""Uses the files page as people do, and prints what it shows.

    python files.py SCENARIO SCREENSHOTS [FILE…]

Run inside `script/server --exec`; STOWAGE_PAGE_TOKEN is the token that the page gets. SCENARIO is a function of this file or of
files_states.py; SCREENSHOTS is a folder for pictures. Prints one JSON object.
"""

import json
import os
import pathlib
import sys
import time

from axe import violations
from chromium import chromium, console, files_page, in_page
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

# The page requests its token as usual; clipboard texts are recorded.
BEFORE = """
const real = fetch;
fetch = (address, init) => String(address).endsWith('session.json') && !sessionStorage.signedOut
  ? Promise.resolve(new Response(JSON.stringify({token: TOKEN}))) : real(address, init);
window.copied = [];
navigator.clipboard.writeText = async (text) => { copied.push(text); };
"""
ROWS = "return [...root.querySelectorAll('#list .row')].map(row => row.querySelector('.name').textContent)"
FOCUSED = """
const element = root.activeElement ?? document.activeElement;
return (element.id || element.className.split(' ').filter(Boolean).pop() || element.tagName) + ': ' +
  (element.closest('.row')?.querySelector('.name').textContent ?? '');
"""


class Page:
    def __init__(self, driver, address="/files/"):
        self.driver, self.address = driver, os.environ["STOWAGE_URL"] + address
        token = json.dumps(os.environ["STOWAGE_PAGE_TOKEN"])
        driver.set_script_timeout(120)
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": BEFORE.replace("TOKEN", token)})
        self.open()

    def open(self, is_ready=True):
        self.driver.get(self.address)
        self.root = files_page(self.driver)
        if is_ready:
            self.until(lambda: self.find("#choose").is_enabled() and self.script("return root.querySelector('.loading').hidden"))

    def until(self, condition, seconds=60):
        return WebDriverWait(self.driver, seconds, poll_frequency=0.05).until(lambda _: condition())

    def find(self, selector):
        return self.root.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.root.find_elements(By.CSS_SELECTOR, selector)

    def script(self, script, *arguments):
        return in_page(self.driver, script, *arguments)

    def rows(self):
        return self.script(ROWS)

    def choose(self, files):
        self.find("#choose").send_keys("\n".join(os.path.abspath(file) for file in files))

    def uploaded(self, count, seconds=240):
        """Waits until so many cards have ended, and returns their states."""
        states = lambda: self.script("return [...root.querySelectorAll('.card')].map(card => card.dataset.state)")  # noqa: E731
        over = ("ready", "rejected", "failed", "aborted")
        self.until(lambda: len(states()) == count and all(state in over for state in states()), seconds)
        return states()

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()
        return self.script(FOCUSED)

    def chord(self, held, key):
        ActionChains(self.driver).key_down(held).send_keys(key).key_up(held).perform()

    def tab_to(self, wanted, limit=40, key=Keys.TAB):
        """Presses Tab until the wanted control has the focus; a test that never gets there fails."""
        for _ in range(limit):
            if (at := self.press(key)).startswith(wanted):
                return at
        raise AssertionError(f"{wanted} is not reached; the focus is on {at}")

    def toast(self, word):
        return self.until(lambda: next((text for text in self.script("return [...root.querySelectorAll('.toast span')].map(one => one.textContent)") if word in text), None))

    def click(self, selector):
        self.script("root.querySelector(arguments[0]).click()", selector)


def many(page, folder):
    """Scrolls through all files, with the memory of the renderer, and sorts and searches them."""
    heights, seen = [], 0
    total = lambda: page.script("return root.querySelector('#list .row')?.getAttribute('aria-setsize')")  # noqa: E731
    end = time.time() + 180
    while time.time() < end:
        page.driver.execute_script("window.scrollBy(0, innerHeight * 8)")
        time.sleep(0.02)
        at = page.driver.execute_script("return [scrollY, innerHeight, document.documentElement.scrollHeight]")
        heights.append(page.script("return root.querySelector('#list').offsetHeight"))
        seen = max(seen, page.script("return root.querySelectorAll('#list .row').length"))
        if total() != "-1" and at[0] + at[1] >= at[2] - 2:
            break
    time.sleep(0.5)
    memory = page.driver.execute_script("return performance.memory.usedJSHeapSize")
    process = resident(page.driver)
    last = page.rows()[-1]
    page.driver.save_screenshot(str(folder / "many-end.png"))
    # While a page loads, what the screen shows stays where it is.
    page.open()
    page.driver.execute_script("window.scrollTo(0, 3000)")
    time.sleep(0.3)
    where = "const row = [...root.querySelectorAll('.row')].find(one => one.getBoundingClientRect().top > 100); return [row.dataset.file, row.getBoundingClientRect().top]"
    before = page.script(where)
    page.script("return document.querySelector('stowage-files').listing.more()")
    after = page.script("const row = root.querySelector(`[data-file=\"${arguments[0]}\"]`); return [row.dataset.file, row.getBoundingClientRect().top]", before[0])
    page.driver.execute_script("window.scrollTo(0, 0)")
    page.driver.save_screenshot(str(folder / "many.png"))
    sorts = {}
    for order in ("filename", "-filename", "-size", "createdAt"):
        Select(page.find(".order")).select_by_value(order)
        page.until(lambda: page.script("const {listing} = document.querySelector('stowage-files'); return listing.query.sort === arguments[0] && !listing.isLoading", order))
        time.sleep(0.2)
        sorts[order] = page.rows()[:2]
    page.find("#search").send_keys("file 0777")
    page.until(lambda: page.script("return root.querySelector('.count').textContent").startswith("10 "))
    return {"last": last, "most": seen, "heap": memory, "resident": process, "grows": heights == sorted(heights),
            "isStill": before == after, "sorts": sorts, "violations": violations(page.driver)}


def resident(driver):
    """Returns the resident bytes of the largest renderer of this browser."""
    kin, most = {str(driver.service.process.pid)}, 0
    for _ in range(6):
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                status = dict(line.split(":\t", 1) for line in (path / "status").read_text().splitlines() if ":\t" in line)
                if status["PPid"].strip() in kin:
                    kin.add(path.name)
                    if "--type=renderer" in (path / "cmdline").read_text():
                        most = max(most, int(status["VmRSS"].split()[0]) * 1024)
            except (OSError, KeyError):
                continue
    return most


def batch(page, folder, *files):
    """Uploads 20 files at once; deletes 100 files, undoes it, and changes who can see them."""
    page.choose(files)
    states = page.uploaded(len(files))
    page.driver.save_screenshot(str(folder / "uploads.png"))
    page.open()
    count = lambda: page.script("return document.querySelector('stowage-files').listing.files.length")  # noqa: E731
    before = count()
    page.script("root.querySelectorAll('.tick input')[0].click()")
    # A range with shift, whose other end is far below the screen.
    page.script("const app = document.querySelector('stowage-files'); app.tick(app.listing.files[99], true, true)")
    selected = page.find(".batch strong").text
    page.driver.save_screenshot(str(folder / "batch.png"))
    page.click(".batch .delete")
    deleted = page.toast("Deleted 100 files")
    page.until(lambda: count() == before - 100)
    page.click(".toast .undo")
    restored = page.toast("Restored 100 files")
    page.until(lambda: count() == before)
    names = page.script("return document.querySelector('stowage-files').listing.files.map(file => file.filename)")[: len(files)]
    for index in range(3):
        page.script("root.querySelectorAll('.tick input')[arguments[0]].click()", index)
    Select(page.find(".seen-by")).select_by_value("public")
    changed = page.toast("can be seen by")
    return {"states": states, "selected": selected, "deleted": deleted, "restored": restored, "names": names, "changed": changed}


def keyboard(page, folder, photo):
    """Uploads, shares, deletes, undoes, deletes again and restores, with no other input than keys."""
    page.tab_to("choose")
    page.choose([photo])  # the browser's own dialog, which no test can operate, ends in the same event
    states = page.uploaded(1)
    at = [page.tab_to("share")]
    page.press(Keys.ENTER)
    page.until(lambda: page.all(".share-dialog[open]"))
    page.press(Keys.ENTER)
    page.until(lambda: page.driver.execute_script("return copied.length") == 1)
    page.until(lambda: page.all(".links li"))
    violated = violations(page.driver)
    said = page.find(".said").text
    page.tab_to("revoke")
    page.press(Keys.ENTER)
    page.until(lambda: not page.all(".links li"))
    at.append(page.press(Keys.ESCAPE))
    page.tab_to("delete")
    page.press(Keys.ENTER)
    page.toast("Deleted")
    page.chord(Keys.CONTROL, "z")
    page.toast("Restored")
    page.until(lambda: len(page.rows()) == 1)
    page.tab_to("delete", 60)
    page.press(Keys.SPACE)
    page.until(lambda: not page.rows())
    page.tab_to("bin", 60)
    page.press(Keys.ENTER)
    page.until(lambda: len(page.rows()) == 1)
    page.driver.save_screenshot(str(folder / "bin.png"))
    page.tab_to("restore", 60)
    page.press(Keys.ENTER)
    page.until(lambda: not page.rows())
    page.tab_to("home", 60)
    page.press(Keys.ENTER)
    page.until(lambda: len(page.rows()) == 1)
    at.append(page.tab_to("open"))
    page.press(Keys.ENTER)
    page.until(lambda: page.all("dialog.preview[open] img[data-variant=medium]"))
    at.append(page.press(Keys.ESCAPE))
    return {"states": states, "at": at, "said": said, "links": page.driver.execute_script("return copied"), "violations": violated}


def main():
    import files_states

    scenario = globals().get(sys.argv[1]) or getattr(files_states, sys.argv[1])
    folder = pathlib.Path(sys.argv[2])
    with chromium() as driver:
        page = Page(driver, getattr(scenario, "address", "/files/"))
        result = scenario(page, folder, *sys.argv[3:])
        result["console"] = console(driver)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
