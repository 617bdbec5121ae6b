"""Runs axe, which checks the accessibility of a page."""

import pathlib

import axe_selenium_python

AXE = pathlib.Path(axe_selenium_python.__file__).parent / "node_modules/axe-core/axe.min.js"
RUN = """
const done = arguments[0];
axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice']}).then(found => done(
  found.violations.map(one => one.id + ': ' + one.nodes.map(node => node.html).join(' '))),
  error => done(['axe: ' + error]));
"""


def violations(driver):
    """Returns the violations that axe finds on the open page."""
    driver.execute_script(AXE.read_text())
    return driver.execute_async_script(RUN)
