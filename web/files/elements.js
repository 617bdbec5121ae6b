// Makes elements. Every text becomes a text node, so a file name, a reason or a user name can never become markup.

/**
 * Makes an element. `properties` are properties of the element, attributes (with a hyphen, or `role`), and listeners
 * (`onclick`). Undefined values are left out.
 *
 * @param {string} tag @param {Record<string, any>} properties @param {any[]} children elements and texts @returns {any}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "role" || name === "part" || name.includes("-")) element.setAttribute(name, value);
    else if (name === "data") Object.assign(element.dataset, value);
    else /** @type {any} */ (element)[name] = value;
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

/** Makes a button with a text, or with an icon whose name is the text. @returns {any} */
export function button(className, text, onclick, picture = "", properties = {}) {
  const naming = picture ? { "aria-label": text, title: text } : {};
  return make("button", { type: "button", className, onclick, ...naming, ...properties }, picture ? icon(picture) : text);
}

/** A text for screen readers alone. */
export const unseen = (text) => make("span", { className: "unseen" }, text);

/** Makes a list of choices. @param {[string, string][]} choices pairs of value and text @returns {any} */
export function choice(className, label, choices, value, onchange) {
  const options = choices.map(([one, text]) => make("option", { value: one, selected: one === value }, text));
  return make("select", { className, "aria-label": label, onchange }, ...options);
}

/** Replaces characters that change the direction of text or cannot be seen, so that a file name looks as it is. */
export const plain = (name) => name.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");

/** The outlines of the icons, in a square of 24. */
const outlines = {
  bin: "M4 7h16M10 11v6M14 11v6M6 7l1 13h10l1-13M9 7V4h6v3",
  close: "M6 6l12 12M18 6L6 18",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  grid: "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
  list: "M4 6h16M4 12h16M4 18h16",
  next: "M9 5l7 7-7 7",
  previous: "M15 5l-7 7 7 7",
  rename: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  restore: "M4 12a8 8 0 1 0 3-6.2M4 4v5h5",
  share: "M9 12a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM21 5a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM21 19a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM9 11l6-5M9 13l6 5",
};

/** Makes an icon. It has no name, since the button around it has one. */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const [picture, path] = ["svg", "path"].map((tag) => document.createElementNS(space, tag));
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("aria-hidden", "true");
  path.setAttribute("d", outlines[name]);
  picture.append(path);
  return picture;
}
