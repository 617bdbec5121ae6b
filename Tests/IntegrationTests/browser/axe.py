"""Runs axe, which checks the accessibility of a page."""

import importlib.util
import pathlib

# Only the script is wanted from the package, whose own module drives another browser.
AXE = pathlib.Path(importlib.util.find_spec("axe_core_python").origin).parent / "axe.min.js"
RUN = """
const done = arguments[0];
axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']}).then(found => done(
  found.violations.map(one => `${one.impact} ${one.id}: ` + one.nodes.map(node => node.html).join(' '))),
  error => done(['axe: ' + error]));
"""


def violations(driver):
    """Returns the violations that axe finds on the open page."""
    driver.execute_script(AXE.read_text())
    return driver.execute_async_script(RUN)
