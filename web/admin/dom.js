// Builds elements. Text becomes text nodes alone, so no name of a file or a user is ever read as markup.

/** Returns an element with attributes, listeners (`onclick`) and children; a string is a text. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(key.slice(2), value);
    else if (key === "class") element.className = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Returns a paragraph for a place where nothing is, which says what to do. */
export const empty = (...children) => el("p", { class: "empty" }, ...children);

/** Returns an alarm or a problem, with a button to try again if `again` is given. */
export function problem(text, again) {
  return el("div", { class: "problem", role: "alert" }, el("p", {}, text), again ? el("button", { type: "button", onclick: again }, "Try again") : null);
}

/** Tells a screen reader and the eye what has just happened. */
export function tell(text) {
  document.querySelector("#news").textContent = text;
}
