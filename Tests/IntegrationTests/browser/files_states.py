"""Further scenarios of files.py: hostile names, previews, trouble, another language, another origin."""

import os
import time

from axe import violations
from chromium import narrow
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

# Every text in the page, and every name that only screen readers tell.
TEXTS = """
const found = [];
const walk = node => {
  for (const child of node.childNodes) {
    if (child.nodeType === 3 && child.data.trim()) found.push(child.data.trim());
    if (child.nodeType === 1) {
      for (const name of ['aria-label', 'title', 'placeholder']) if (child.hasAttribute(name)) found.push(child.getAttribute(name));
      walk(child);
    }
  }
};
walk(root);
return found;
"""
MARK = """
const done = arguments[0];
import('/files/stowage-files.js').then(({words, sentences}) => {
  const mark = text => typeof text === 'string' ? `⟦${text}⟧` : text;
  for (const table of [words, sentences]) {
    for (const [name, value] of Object.entries(table)) {
      if (['locale', 'date', 'moment', 'duration', 'percent', 'type'].includes(name)) continue;
      table[name] = typeof value === 'function' ? (...all) => mark(value(...all)) : mark(value);
    }
  }
  const files = document.querySelector('stowage-files');
  files.token = files.token;
  done();
}, error => done(String(error)));
"""


def hostile(page, folder):
    """Shows files with hostile names everywhere, and renames one."""
    page.driver.execute_script("window.ran = []; window.alert = (text) => ran.push(text)")
    names = page.rows()
    page.driver.save_screenshot(str(folder / "hostile.png"))
    opened = []
    for index in range(len(names)):
        page.script("root.querySelectorAll('.open')[arguments[0]].click()", index)
        page.until(lambda: page.all("dialog[open]"))
        opened.append(page.find("dialog h2").text)
        page.click("dialog .share")
        page.until(lambda: page.all(".share-dialog[open]"))
        page.press(Keys.ESCAPE)
        page.press(Keys.ESCAPE)
        page.until(lambda: not page.all("dialog"))
    page.script("root.querySelector('.row .delete').click()")
    page.toast("Deleted")
    return {
        "names": names, "opened": opened, "ran": page.driver.execute_script("return ran"),
        "elements": page.script("return root.querySelectorAll('script, iframe, object, .row img:not([data-variant]), h2 *, .name *').length"),
    }


def show(page, folder, photo, document):
    """Private thumbnails and previews; a PDF in its own tab; a download; renaming; who can see."""
    page.choose([photo, document])
    states = page.uploaded(2)
    page.until(lambda: page.script("return root.querySelector('#list .thumb img')?.naturalWidth") == 150)
    url = page.script("return root.querySelector('#list .thumb img').src")
    row = "[...root.querySelectorAll('#list .row')].find(one => one.querySelector('.name').textContent.endsWith(arguments[0]))"
    page.script(f"{row}.querySelector('.open').click()", ".jpg")
    page.until(lambda: page.script("return root.querySelector('.preview img[data-variant=original].loaded')?.naturalWidth"))
    large = page.script("return root.querySelector('.preview img.loaded').naturalWidth")
    page.driver.save_screenshot(str(folder / "preview.png"))
    preview_violations = violations(page.driver)
    at = page.script("return root.querySelector('dialog h2').textContent")
    page.press(Keys.ARROW_LEFT if page.rows()[0].endswith(".pdf") else Keys.ARROW_RIGHT)
    page.until(lambda: page.script("return root.querySelector('dialog h2').textContent") != at)
    following = page.script("return root.querySelector('dialog h2').textContent")
    page.find("dialog .open").click()
    page.until(lambda: len(page.driver.window_handles) == 2)
    page.driver.switch_to.window(page.driver.window_handles[1])
    page.until(lambda: page.driver.current_url not in ("", "about:blank"))
    tab = {"url": page.driver.current_url, "opener": page.driver.execute_script("return window.opener === null")}
    page.driver.close()
    page.driver.switch_to.window(page.driver.window_handles[0])
    page.press(Keys.ESCAPE)
    page.until(lambda: not page.all("dialog"))
    page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    page.script(f"{row}.querySelector('.download').click()", ".pdf")
    saved = folder / os.path.basename(document)
    page.until(saved.exists)
    page.script(f"{row}.querySelector('.rename').click()", ".jpg")
    page.until(lambda: page.all("dialog[open] input"))
    page.chord(Keys.CONTROL, "a")
    page.press("other.png", Keys.ENTER)
    page.until(lambda: page.find("dialog .problem").text)
    problem = page.find("dialog .problem").text
    page.chord(Keys.CONTROL, "a")
    page.press("better.jpg", Keys.ENTER)
    page.toast("Renamed to better.jpg")
    page.script(f"{row}.querySelector('.open').click()", ".jpg")
    page.until(lambda: page.all("dialog[open]"))
    Select(page.find("dialog select")).select_by_value("public")
    page.toast("can be seen by")
    page.until(lambda: "/images/" in (page.script("return root.querySelector('#list .thumb img')?.src") or ""))
    page.until(lambda: page.script("return root.querySelector('#list .thumb img').naturalWidth") == 150)
    page.press(Keys.ESCAPE)
    page.script(f"{row}.querySelector('.open').focus()", ".jpg")
    return {"states": states, "thumb": url, "large": large, "following": following, "tab": tab, "saved": saved.stat().st_size,
            "problem": problem, "rows": page.rows(), "violations": preview_violations}


def arrive(page, folder):
    """Files are dropped beside the field, and a picture is pasted; text that is pasted into the search stays text."""
    page.driver.execute_async_script("""
      const done = arguments[0];
      const root = document.querySelector('stowage-files').shadowRoot;
      const canvas = Object.assign(document.createElement('canvas'), {width: 60, height: 40});
      canvas.getContext('2d').fillRect(0, 0, 30, 40);
      canvas.toBlob(blob => {
        const carry = name => { const data = new DataTransfer(); data.items.add(new File([blob], name, {type: 'image/png'})); return data; };
        document.querySelector('footer').dispatchEvent(new DragEvent('drop', {dataTransfer: carry('dropped.png'), bubbles: true, cancelable: true}));
        document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData: carry('image.png'), bubbles: true, cancelable: true}));
        root.querySelector('#search').dispatchEvent(new ClipboardEvent('paste', {clipboardData: carry('no.png'), bubbles: true, composed: true, cancelable: true}));
        done();
      });
    """)
    states = page.uploaded(2)
    page.until(lambda: len(page.rows()) == 2)
    return {"states": states, "names": sorted(page.rows())}


def trouble(page, folder):
    """Empty, offline, a failing server, signed out; wide and narrow, light and dark; each with axe."""
    found, texts = {}, {}

    def look(name):
        found[name] = violations(page.driver)
        page.driver.save_screenshot(str(folder / f"{name}.png"))
        texts[name] = page.script("return root.querySelector('#notice:not([hidden])')?.textContent ?? root.querySelector('.empty:not([hidden])')?.textContent")

    look("empty")
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    look("empty-dark")
    narrow(page.driver, 390)
    look("empty-390")
    wide = page.driver.execute_script("return document.documentElement.scrollWidth")
    page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    line = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    page.driver.execute_cdp_cmd("Network.enable", {})
    page.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": True, **line})
    page.until(lambda: page.script("return !root.querySelector('#notice').hidden"))
    look("offline")
    page.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": False, **line})
    page.until(lambda: page.script("return root.querySelector('#notice').hidden"))
    page.driver.execute_script("window.fails = true; const real = fetch; fetch = (url, init) => fails && String(url).includes('/v1/files?') ? Promise.resolve(new Response('{\"code\":\"internal\"}', {status: 400})) : real(url, init)")
    page.find("#search").send_keys("a")
    page.until(lambda: page.script("return !root.querySelector('#notice').hidden"))
    look("error")
    page.driver.execute_script("window.fails = false")
    page.find("#notice .again").click()
    page.until(lambda: page.script("return root.querySelector('#notice').hidden && !root.querySelector('.empty').hidden"))
    look("nothing-found")
    page.driver.execute_script("sessionStorage.signedOut = 'yes'")
    page.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*session.json"]})
    page.open(is_ready=False)
    page.until(lambda: page.script("return root.querySelector('#notice') && !root.querySelector('#notice').hidden"))
    look("signed-out")
    page.driver.get_log("browser")  # the blocked request is there
    return {"texts": texts, "violations": sum(found.values(), []), "wide": wide}


def full(page, folder):
    """The user's storage is full."""
    page.until(lambda: page.script("return !root.querySelector('#notice').hidden"))
    page.driver.save_screenshot(str(folder / "full.png"))
    return {"notice": page.find("#notice").text, "room": page.find(".room").text, "violations": violations(page.driver)}


def language(page, folder):
    """Another table of words: every text of the page comes from it."""
    error = page.driver.execute_async_script(MARK)
    page.until(lambda: page.script("return root.querySelector('#list .row') && !root.querySelector('.room').textContent.length === false"))
    page.script("root.querySelector('.row .open').click()")
    page.until(lambda: page.all("dialog[open]"))
    page.click("dialog .share")
    page.until(lambda: page.all(".share-dialog[open]"))
    time.sleep(0.5)
    page.driver.save_screenshot(str(folder / "language.png"))
    return {"error": error, "texts": page.script(TEXTS)}


def embed(page, folder, photo, html, script):
    """The example of web/README.md on a page of another origin and another site, with that page's own policy."""
    site = os.environ["STOWAGE_URL"]
    pages = {"embed.html": html, "embed.js": script}
    target = os.path.join(os.environ["STOWAGE_DIR"], "nginx/files")
    try:
        for name, text in pages.items():
            with open(os.path.join(target, name), "w") as file:
                file.write(text.replace("https://files.example.com", site))
        # This site's policy allows requests to the site alone; an embedding page has another policy.
        page.driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
        page.address = site.replace("localhost", "127.0.0.1") + "/files/embed.html"
        page.open()
        Select(page.find(".visibility")).select_by_value("public")
        page.choose([photo])
        states = page.uploaded(1)
        page.until(lambda: page.script("return root.querySelector('#list .thumb img')?.naturalWidth") == 150)
        page.script("root.querySelector('#list .share').click()")
        page.until(lambda: page.all(".share-dialog[open] .copy"))
        page.find(".copy").click()
        page.until(lambda: page.driver.execute_script("return copied.length") == 1)
        page.press(Keys.ESCAPE)
        page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
        page.script("root.querySelector('#list .download').click()")
        saved = folder / os.path.basename(photo)
        page.until(saved.exists)
        page.script("root.querySelector('#list .delete').click()")
        page.toast("Deleted")
        page.driver.save_screenshot(str(folder / "embed.png"))
        return {"states": states, "origin": page.driver.execute_script("return location.origin"), "saved": saved.stat().st_size,
                "link": page.driver.execute_script("return copied[0]"), "left": len(page.rows())}
    finally:
        for name in pages:
            os.unlink(os.path.join(target, name))
