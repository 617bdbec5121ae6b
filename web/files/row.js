// One file of the list: its picture, its name and facts, a box to select it, and buttons.

import { explain } from "../stowage.js";
import { button, make, plain, unseen } from "./elements.js";
import { words } from "./words.js";

const families = [["pdf", /pdf$/], ["text", /word|opendocument\.text|text\/|rtf/], ["table", /excel|sheet|csv/], ["slides", /powerpoint|presentation/], ["image", /^image\//]];

/** Makes a sheet of paper with the name of the type, for a file without a picture. @returns {any} */
export function paper(contentType) {
  const family = families.find(([, pattern]) => /** @type {RegExp} */ (pattern).test(contentType))?.[0] ?? "other";
  return make("span", { className: "paper", data: { family }, "aria-hidden": "true" }, words.type(contentType).slice(0, 12));
}

/** The variant of an image with this name. */
export const variant = (file, name) => file.variants.find((one) => one.name === name);

/** True while a picture may still come. */
export const isUnderWay = (file) => ["pending", "received"].includes(file.state) || (file.state === "ready" && file.kind === "image" && !file.variants.length);

/** An end that is further away is no news. */
const soon = 60 * 86_400_000;

/** The facts about a file in a few words. */
export function facts(file) {
  const bytes = file.size === undefined ? words.unknownSize : words.size(file.size);
  const ends = file.deletesAt && new Date(file.deletesAt);
  const state = { rejected: `${words.rejected}: ${explain({ record: file })}`, pending: words.pending, received: words.received }[file.state];
  if (file.state === "deleted") return [bytes, ends && words.deletedUntil(words.date(ends))];
  return [state, bytes, words.date(new Date(file.createdAt)), file.kind === "image" && words[file.visibility], ends && ends.getTime() - Date.now() < soon && words.deletesOn(words.date(ends))];
}

/**
 * Makes an `<img>` that waits for the cookies that it needs, and tries again if it could not be loaded.
 *
 * @param {any} app @param {any} file @param {any} one the variant @param {() => void} onLost called when it cannot be shown
 */
export function picture(app, file, one, onLost) {
  const image = make("img", { alt: "", decoding: "async", draggable: false, data: { variant: one.name } });
  image.width = one.width;
  image.height = one.height;
  const load = async () => {
    if (file.visibility !== "public") await app.client.cookies();
    image.src = one.url;
  };
  let tries = 0;
  image.addEventListener("error", () => {
    tries += 1;
    if (tries > 2) onLost();
    else setTimeout(() => (image.isConnected ? load() : undefined), 1500 * tries);
  });
  load();
  return image;
}

/** Makes the entry of a file. The element has `show(file)`, which draws what changed. @returns {any} */
export function row(app, file) {
  let shown;
  const tick = make("input", { type: "checkbox" });
  const thumb = make("span", { className: "thumb" });
  const [name, meta] = [make("span", { className: "name" }), make("span", { className: "meta" })];
  const open = make("button", { type: "button", className: "open", "aria-haspopup": "dialog" }, thumb, make("span", { className: "text" }, name, meta));
  const actions = make("span", { className: "actions" });
  const element = make("li", { className: "row", data: { file: file.id } }, make("label", { className: "tick" }, tick), open, actions);
  tick.addEventListener("click", (event) => app.tick(shown, tick.checked, event.shiftKey));
  open.addEventListener("click", () => app.open(shown));

  const draw = () => {
    const label = plain(shown.filename);
    name.textContent = label;
    name.title = label;
    meta.textContent = facts(shown).filter(Boolean).join(" · ");
    tick.setAttribute("aria-label", words.select(label));
    element.dataset.state = shown.state;
    const act = (kind, text) => button(kind, text, () => app.act(kind, [shown]), { delete: "bin", erase: "close" }[kind] ?? kind, { "aria-label": `${text} ${label}` });
    const kinds = { deleted: ["restore", "erase"], ready: ["download", "share", "rename", "delete"], rejected: ["delete"] }[shown.state] ?? [];
    actions.replaceChildren(...kinds.map((kind) => act(kind, words[kind])));
  };
  const drawPicture = () => {
    const small = shown.state === "deleted" ? undefined : variant(shown, "thumb");
    const sheet = () => thumb.replaceChildren(paper(shown.contentType));
    thumb.classList.toggle("wait", isUnderWay(shown));
    if (small) thumb.replaceChildren(picture(app, shown, small, sheet));
    else if (isUnderWay(shown)) thumb.replaceChildren(unseen(words.received));
    else sheet();
  };
  element.show = (now) => {
    const old = shown;
    shown = now;
    tick.checked = app.selection.has(now.id);
    element.classList.toggle("selected", tick.checked);
    if (old === now) return;
    const hadFocus = element.contains(element.getRootNode().activeElement);
    draw();
    if (hadFocus && !element.contains(element.getRootNode().activeElement)) open.focus({ preventScroll: true });
    if (!old || variant(old, "thumb")?.url !== variant(now, "thumb")?.url || old.state !== now.state || old.contentType !== now.contentType) drawPicture();
  };
  element.show(file);
  return element;
}
