"""Uploads files through Uppy's Dashboard with stowage-uppy.js, and prints what it shows.

    python dashboard.py SCENARIO VERSION FILE [SCREENSHOT]

    upload     uploads the file, and tries again if it fails
    cancel     removes the file during a slow upload
    lost       the answer to the first PUT is lost, and the browser repeats the PUT by itself
    lost-own   the same with stowage.js

VERSION is 5 or 6: which @uppy/aws-s3 the requests are of. Core and Dashboard are the real ones of version 5, from the file
UPPY_BUNDLE. Run inside `script/server --exec`; STOWAGE_PAGE_TOKEN is the user's token. Prints one JSON object.
"""

import http.client
import http.server
import json
import os
import pathlib
import ssl
import sys
import threading
import urllib.parse

from chromium import chromium, console, slow_line
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

CALLS = pathlib.Path(__file__).parents[2] / "WebTests/module/uppy.mjs"
PAGE = """
const [source, bundle, {version, token, url, proxy}, done] = arguments;
(async () => {
  if (proxy) {
    // The page sends its bytes to the proxy, which hands them to the store.
    const real = fetch;
    window.fetch = async (address, init) => {
      const answer = await real(address, init);
      if (init?.method !== 'POST' || !String(address).endsWith('/v1/uploads')) return answer;
      const ticket = await answer.json();
      ticket.put.url = ticket.put.url.replace(new URL(ticket.put.url).origin, proxy);
      return new Response(JSON.stringify(ticket), {status: answer.status});
    };
  }
  window.options = {url, token};
  const {Five, Six, unpack} = await import(URL.createObjectURL(new Blob([source], {type: 'text/javascript'})));
  const {stowageUppy} = await import('/files/stowage-uppy.js');
  const {Uppy, show} = unpack(bundle);
  const box = document.createElement('div');
  document.body.replaceChildren(box);
  window.uppy = new Uppy();
  show(uppy, box);
  uppy.use(version === 6 ? Six : Five, stowageUppy({...options, uppy}));
  uppy.on('complete', result => { window.result = result; });
})().then(() => done(), error => done(String(error)));
"""
SHOWN = """
const [item, file] = [document.querySelector('.uppy-Dashboard-Item'), uppy.getFiles()[0]];
return {
  successful: window.result.successful.length, failed: window.result.failed.length, error: file?.error ?? '', fileId: file?.meta.fileId,
  isComplete: item?.classList.contains('is-complete'), isError: item?.classList.contains('is-error'),
  state: file?.response?.body?.record?.state ?? '',
  status: document.querySelector('.uppy-StatusBar-statusPrimary')?.textContent ?? '',
  banner: [...document.querySelectorAll('.uppy-Informer p')].map(line => line.textContent)};
"""
OWN = """
const [done] = arguments;
import('/files/stowage.js').then(({upload}) => upload(uppy.getFiles()[0].data, options)).then(
  ({id, state}) => done({fileId: id, state}), error => done({error: error.message}));
"""


class Proxy(http.server.BaseHTTPRequestHandler):
    """Hands requests to the store. Closes the connection in place of the answer to the first PUT."""

    protocol_version = "HTTP/1.1"
    store = ""
    log = []

    def do_OPTIONS(self):
        self.hand_on()

    def do_PUT(self):
        self.hand_on()

    def hand_on(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        trust = ssl.create_default_context(cafile=os.environ["STOWAGE_CA"])
        store = urllib.parse.urlsplit(self.store)
        connection = (http.client.HTTPSConnection(store.netloc, context=trust) if store.scheme == "https"
                      else http.client.HTTPConnection(store.netloc))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        connection.request(self.command, self.path, body, {**headers, "Host": store.netloc})
        answer = connection.getresponse()
        text = answer.read()
        self.log.append([self.command, answer.status])
        if self.command == "PUT" and sum(method == "PUT" for method, _ in self.log) == 1:
            self.close_connection = True
            self.connection.shutdown(2)
            return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def open_page(driver, path, version, proxy=None):
    driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
    driver.set_script_timeout(60)
    driver.get(os.environ["STOWAGE_URL"] + "/files/")
    settings = {"version": version, "token": os.environ["STOWAGE_PAGE_TOKEN"], "url": os.environ["STOWAGE_URL"], "proxy": proxy}
    bundle = pathlib.Path(os.environ["UPPY_BUNDLE"]).read_text()
    error = driver.execute_async_script(PAGE, CALLS.read_text(), bundle, settings)
    if error:
        sys.exit(error)
    driver.find_element(By.CSS_SELECTOR, ".uppy-Dashboard-input").send_keys(str(path.absolute()))
    until(driver, lambda: driver.execute_script("return uppy.getFiles().length === 1"))


def until(driver, condition, seconds=60):
    WebDriverWait(driver, seconds, poll_frequency=0.05).until(lambda _: condition())


def shown(driver, screenshot=None):
    until(driver, lambda: driver.execute_script("return Boolean(window.result)"))
    result = driver.execute_script(SHOWN)
    if screenshot:
        driver.save_screenshot(screenshot)
    return result


def click(driver, selector):
    until(driver, lambda: driver.find_elements(By.CSS_SELECTOR, selector))
    driver.execute_script("document.querySelector(arguments[0]).click()", selector)


def upload(driver, path, version, screenshot=None):
    open_page(driver, path, version)
    click(driver, ".uppy-StatusBar-actionBtn--upload")
    first = shown(driver, screenshot)
    if not first["failed"]:
        return {"first": first}
    driver.execute_script("delete window.result")
    click(driver, ".uppy-StatusBar-actionBtn--retry")
    return {"first": first, "second": shown(driver)}


def cancel(driver, path, version):
    open_page(driver, path, version)
    slow_line(driver, 1 << 20)
    click(driver, ".uppy-StatusBar-actionBtn--upload")
    until(driver, lambda: driver.execute_script("return uppy.getFiles()[0].progress.bytesUploaded > 0"))
    file = driver.execute_script("return uppy.getFiles()[0].meta.fileId")
    click(driver, ".uppy-Dashboard-Item-action--remove")
    until(driver, lambda: driver.execute_script("return uppy.getFiles().length === 0"))
    slow_line(driver, -1)
    driver.execute_async_script("setTimeout(arguments[0], 1000)")
    return {"fileId": file}


def lost(driver, path, version, own=False):
    Proxy.store = os.environ["STOWAGE_S3_PUBLIC_URL"]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        open_page(driver, path, version, f"http://localhost:{server.server_address[1]}")
        if own:
            return {"first": driver.execute_async_script(OWN), "log": Proxy.log}
        click(driver, ".uppy-StatusBar-actionBtn--upload")
        return {"first": shown(driver), "log": Proxy.log}
    finally:
        server.shutdown()


def main():
    scenario, version, path = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
    with chromium(width=800, height=640) as driver:
        if scenario == "upload":
            result = upload(driver, path, version, *sys.argv[4:])
        elif scenario == "cancel":
            result = cancel(driver, path, version)
        else:
            result = lost(driver, path, version, own=scenario == "lost-own")
        result["console"] = console(driver)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
