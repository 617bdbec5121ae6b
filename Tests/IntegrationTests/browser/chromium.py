"""Debian's Chromium without a window, for the tests' scripts."""

import contextlib
import shutil
import tempfile

from selenium import webdriver
from selenium.webdriver.common.by import By

ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--no-proxy-server", "--ignore-certificate-errors")


@contextlib.contextmanager
def chromium(width=1280, height=1000, dark=False):
    """Starts a browser with a temporary profile; both are removed at the end."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.add_argument(f"--window-size={width},{height}")
    if dark:
        options.add_argument("--blink-settings=preferredColorScheme=0")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with tempfile.TemporaryDirectory(prefix="stowage-browser-", ignore_cleanup_errors=True) as profile:
        options.add_argument(f"--user-data-dir={profile}")
        driver = webdriver.Chrome(options, webdriver.ChromeService(executable_path=shutil.which("chromedriver")))
        # Longer than the longest script, since the first page of a busy machine takes minutes.
        driver.command_executor.client_config.timeout = 300
        try:
            yield driver
        finally:
            driver.quit()


def files_page(driver):
    """Returns the root of the files page's element, in which all of its parts are."""
    return driver.find_element(By.TAG_NAME, "stowage-files").shadow_root


def in_page(driver, script, *arguments):
    """Runs a script in which `root` is the root of the files page's element."""
    return driver.execute_script("const root = document.querySelector('stowage-files').shadowRoot;" + script, *arguments)


def console(driver):
    """Returns console messages and failed requests since the last call."""
    return [entry["message"] for entry in driver.get_log("browser")]


def narrow(driver, width, height=900):
    """Emulates a phone's screen, which is narrower than the smallest window."""
    screen = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)


def slow_line(driver, upload):
    """Limits the page's upload to this many bytes per second; -1 for no limit."""
    line = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": upload}
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", line)
