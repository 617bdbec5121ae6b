// The dashboard: each section loads by itself, so that one that fails leaves the others.

import { forget } from "./charts.js";
import { problem, tell } from "./dom.js";
import { costs } from "./costs.js";
import { health } from "./health.js";
import { overview } from "./overview.js";
import { queue } from "./queue.js";
import { results } from "./results.js";
import { traffic } from "./traffic.js";
import { usage } from "./usage.js";
import { users } from "./users.js";

const sections = { overview, usage, costs, users, traffic, queue, results, health };

/** Loads a section, and shows a sentence and a button where that fails. */
async function load(name) {
  const content = document.querySelector(`#${name} .content`);
  content.setAttribute("aria-busy", "true");
  try {
    const parts = await sections[name]({ again: () => load(name) });
    content.replaceChildren(...parts);
  } catch (error) {
    content.replaceChildren(problem(error.message, () => load(name)));
  }
  content.removeAttribute("aria-busy");
  forget();
}

async function loadAll() {
  await Promise.all(Object.keys(sections).map(load));
  tell(`As of ${new Date().toLocaleTimeString("en-GB")}`);
  document.body.dataset.loaded = String(Number(document.body.dataset.loaded ?? 0) + 1);
}

document.querySelector("#refresh").addEventListener("click", loadAll);
loadAll();
