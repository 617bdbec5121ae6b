// The dialog of one file: its picture or its icon, its facts, and what can be done with it. Arrow keys go to the next file.

import { dialog } from "./dialogs.js";
import { button, choice, make, plain } from "./elements.js";
import { facts, paper, picture, variant } from "./row.js";
import { isShowable } from "./share.js";
import { words } from "./words.js";

/** Opens the dialog of a file. */
export function preview(app, first) {
  let file = first;
  let last = 0;
  const stage = make("div", { className: "stage" });
  const [meta, place] = [make("p", { className: "meta" }), make("p", { className: "unseen", role: "status" })];
  const tools = make("div", { className: "buttons" });
  const [back, on] = [button("previous", words.previous, () => go(-1), "previous"), button("next", words.next, () => go(1), "next")];
  const frame = dialog(app, "preview", plain(file.filename), [make("div", { className: "viewer" }, back, stage, on), meta, place, tools]);
  frame.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.target.matches("select, input")) return;
    event.preventDefault();
    go(step);
  });

  const index = () => app.listing.files.findIndex(({ id }) => id === file.id);
  const go = (step) => {
    const next = app.listing.files[index() + step];
    if (!next) return;
    file = next;
    draw();
    place.textContent = plain(file.filename);
  };

  /** The medium image at once, and over it the large one if the screen has room for more. */
  const drawPicture = () => {
    const [medium, large] = [variant(file, "medium") ?? variant(file, "thumb"), variant(file, "original")];
    const sheet = () => stage.replaceChildren(paper(file.contentType), make("p", {}, isShowable(file) && file.state === "ready" ? words.opensInTab : words.noPreview));
    if (!medium || file.state !== "ready") return sheet();
    const image = picture(app, file, medium, sheet);
    image.alt = plain(file.filename);
    stage.replaceChildren(image);
    if (!large || large.width <= medium.width || stage.clientWidth * devicePixelRatio <= medium.width) return undefined;
    const whole = picture(app, file, large, () => whole.remove());
    whole.addEventListener("load", () => whole.classList.add("loaded"));
    stage.append(whole);
    return undefined;
  };

  const draw = () => {
    frame.querySelector("h2").textContent = plain(file.filename);
    frame.dataset.file = file.id;
    last = index();
    meta.textContent = facts(file).filter(Boolean).join(" · ");
    back.disabled = index() <= 0;
    on.disabled = index() >= app.listing.files.length - 1;
    if (index() > app.listing.files.length - 5) app.listing.more();
    drawPicture();
    const act = (kind, className = "") => button(`${kind} ${className}`, words[kind], () => app.act(kind, [file]));
    const kinds = { deleted: ["restore", "erase"], ready: [...(isShowable(file) ? ["open"] : []), "download", "share", "rename", "delete"], rejected: ["delete"] }[file.state] ?? [];
    const seen = () => make("label", { className: "seen" }, make("span", {}, words.whoCanSee),
      choice("field", words.whoCanSee, visibilities(), file.visibility, (event) => app.act("visibility", [file], event.target.value)));
    tools.replaceChildren(...kinds.map((kind) => act(kind)), ...(file.state === "ready" && file.kind === "image" ? [seen()] : []));
  };

  // The file may change while the dialog is open; if it leaves the list, the next one is shown.
  const follow = () => {
    const now = app.listing.files[index() < 0 ? Math.min(last, app.listing.files.length - 1) : index()];
    if (now === file) {
      on.disabled = index() >= app.listing.files.length - 1;
      return;
    }
    if (!now) return frame.close();
    file = now;
    const focused = app.shadowRoot.activeElement?.className;
    draw();
    if (focused && !frame.contains(app.shadowRoot.activeElement)) (tools.querySelector(`.${focused.trim().split(/\s+/)[0]}`) ?? frame.querySelector("h2")).focus();
  };
  app.listing.addEventListener("change", follow);
  frame.addEventListener("close", () => app.listing.removeEventListener("change", follow));
  draw();
}

/** @returns {[string, string][]} who may see images, with the words for it */
export const visibilities = () => ["private", "premium", "public"].map((name) => [name, words[name]]);
