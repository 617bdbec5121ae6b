// Dialogs: a frame for all of them, and those that ask for a name or for a confirmation.

import { button, make, plain } from "./elements.js";
import { words } from "./words.js";

let number = 0;

/**
 * Opens a dialog. Escape and a click beside it close it, and the keyboard focus returns to where it was.
 *
 * @param {any} app @param {string} className @param {string} title @param {any[]} content @returns {any} the dialog
 */
export function dialog(app, className, title, content) {
  const heading = make("h2", { id: `title-${(number += 1)}`, tabIndex: -1 }, title);
  const top = make("header", {}, heading, button("close", words.close, () => frame.close(), "close"));
  const frame = make("dialog", { className, "aria-labelledby": heading.id }, top, ...content);
  const opener = app.shadowRoot.activeElement;
  frame.addEventListener("click", (event) => event.target === frame && frame.close());
  frame.addEventListener("close", () => {
    frame.remove();
    app.place(app.notices.voice);
    if (opener?.isConnected) opener.focus();
    else if (!app.shadowRoot.activeElement) app.focusList();
  });
  app.layer.append(frame);
  frame.showModal();
  app.place(app.notices.voice);
  heading.focus();
  return frame;
}

/** Asks for a new name and returns it; undefined if the user keeps the old one. @returns {Promise<string | undefined>} */
export function askName(app, file, problem = "", text = file.filename) {
  return new Promise((resolve) => {
    const field = make("input", { type: "text", className: "field", value: text, maxLength: 255, required: true, autocomplete: "off", spellcheck: false });
    const save = () => {
      resolve(field.value.trim());
      frame.close();
    };
    const form = make("form", { method: "dialog", onsubmit: (event) => (event.preventDefault(), field.value.trim() && save()) },
      make("label", {}, words.newName, field),
      make("p", { className: "problem", role: "alert", hidden: !problem }, problem),
      make("div", { className: "buttons" }, make("button", { type: "submit", className: "primary" }, words.save), button("cancel", words.cancel, () => frame.close())));
    const frame = dialog(app, "small", words.rename, [form]);
    frame.addEventListener("close", () => resolve(undefined));
    field.focus();
    field.setSelectionRange(0, text.includes(".") ? text.lastIndexOf(".") : text.length);
  });
}

/** Asks whether files shall be deleted for good. @returns {Promise<boolean>} */
export function confirmErasure(app, files) {
  return new Promise((resolve) => {
    const act = () => {
      resolve(true);
      frame.close();
    };
    const no = button("cancel", words.cancel, () => frame.close());
    const frame = dialog(app, "small", words.erase, [
      make("p", {}, words.eraseQuestion(files.length, plain(files[0].filename))),
      make("div", { className: "buttons" }, button("primary danger", words.erase, act), no),
    ]);
    frame.addEventListener("close", () => resolve(false));
    no.focus();
  });
}
