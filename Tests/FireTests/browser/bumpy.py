"""Uploads a large file through the files page over a bad connection, and prints the result.

    python bumpy.py FILE

Run inside `script/server --exec`, with the embedded store: the store is stopped and started twice during the upload,
and the page is reloaded once, between the two. Prints one JSON object {file, state, text, shares: [what the page's bar
showed], outages: [seconds], stored: the SHA-256 of the object, console: [...]}.
"""

import contextlib
import hashlib
import json
import os
import pathlib
import signal
import sys
import time

import boto3
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

sys.path.append(str(pathlib.Path(__file__).parents[2] / "IntegrationTests/browser"))
from chromium import chromium, console, files_page, in_page, slow_line  # noqa: E402

RUN = pathlib.Path(os.environ["STOWAGE_DIR"], "run")
# Records every value of the progress bar, also over a reload.
WATCH = """
const root = () => document.querySelector('stowage-files').shadowRoot;
customElements.whenDefined('stowage-files').then(() => setTimeout(() => new MutationObserver(() => {
  const bar = root().querySelector('.card progress[value]');
  const shares = JSON.parse(sessionStorage.shares ?? '[]');
  if (!bar || bar.value === shares.at(-1)) return;
  sessionStorage.shares = JSON.stringify([...shares, bar.value]);
}).observe(root().querySelector('#uploads'), {subtree: true, childList: true, attributes: true})));
"""


@contextlib.contextmanager
def without_store():
    """Ends the store's process; script/server starts it again when the file is deleted."""
    process, marker = RUN / "weed.pid", RUN / "weed.paused"
    marker.touch()
    try:
        os.kill(int(process.read_text()), signal.SIGTERM)
        wait("the store's end", lambda: not process.exists(), 60)
        yield
    finally:
        marker.unlink()


def wait(what, condition, seconds=120):
    end = time.time() + seconds
    while not condition():
        if time.time() > end:
            sys.exit(f"{what}: not within {seconds} s")
        time.sleep(0.05)


def digest(file):
    store = boto3.client(
        "s3", endpoint_url=os.environ["STOWAGE_S3_URL"], region_name="us-east-1",
        aws_access_key_id=os.environ["STOWAGE_S3_ACCESS_KEY"], aws_secret_access_key=os.environ["STOWAGE_S3_SECRET_KEY"])
    body = store.get_object(Bucket="uploads-raw", Key=f"demo/{file}/original.pdf")["Body"]
    return hashlib.sha256(body.read()).hexdigest()


class Page:
    def __init__(self, driver):
        self.driver = driver
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
        self.open()

    def open(self):
        self.driver.get(os.environ["STOWAGE_URL"] + "/files/")
        WebDriverWait(self.driver, 60).until(lambda _: files_page(self.driver).find_element(By.CSS_SELECTOR, "#choose").is_enabled())

    def card(self, what):
        return in_page(self.driver, "const card = root.querySelector('.card'); return card && " + what)

    def state(self):
        return self.card("card.dataset.state")

    def shares(self):
        return json.loads(self.driver.execute_script("return sessionStorage.shares ?? '[]'"))

    def await_share(self, share):
        wait(f"{share} of the file", lambda: self.shares() and self.shares()[-1] >= share, 300)

    def outage(self):
        """Cuts the connection until the page has noticed, and for some seconds more."""
        start = time.time()
        with without_store():
            wait("a part that fails", lambda: "Trying again" in (self.card("card.querySelector('.hint').textContent") or ""))
            time.sleep(3)
        return time.time() - start


def main():
    with chromium() as driver:
        page = Page(driver)
        slow_line(driver, 4 << 20)
        files_page(driver).find_element(By.CSS_SELECTOR, "#choose").send_keys(os.path.abspath(sys.argv[1]))
        page.await_share(0.2)
        outages = [page.outage()]
        page.await_share(page.shares()[-1] + 0.1)
        page.open()
        wait("the unfinished upload", lambda: page.state() == "paused")
        files_page(driver).find_element(By.CSS_SELECTOR, ".card .hold").click()
        page.await_share(page.shares()[-1] + 0.05)
        outages.append(page.outage())
        slow_line(driver, -1)
        wait("an end", lambda: page.state() not in ("waiting", "uploading", "processing"), 300)
        file = page.card("card.dataset.file")
        result = {
            "file": file, "state": page.state(), "text": page.card("card.querySelector('.state').textContent"),
            "shares": page.shares(), "outages": outages, "stored": digest(file), "console": console(driver),
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
