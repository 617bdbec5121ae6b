// The uploads of this page, each as a card: by choosing, dropping and pasting, and those that an earlier page left.

import { Uploader } from "../stowage.js";
import { button, make, plain, unseen } from "./elements.js";
import { picture, variant } from "./row.js";
import { words } from "./words.js";

/** The media types and extensions that the file chooser offers. */
export const accept = "image/jpeg,image/png,image/webp,image/gif,image/heic,image/heif,image/avif,.jpg,.jpeg,.jpe,.jfif,.pjpeg,.pjp,.png,.webp,.gif,.heic,.heif,.hif,.avif,application/pdf,.pdf,.doc,.docx,.xls,.xlsx,.ppt,.pptx,.odt,.ods,.odp";

/** Errors for which the server would refuse the same file again. */
const hopeless = ["type_not_allowed", "too_large", "invalid_request", "empty_file"];
const over = ["ready", "rejected", "failed", "aborted"];

const percent = ({ loaded, total }) => words.percent(total ? Math.floor((100 * loaded) / total) : 0);
const states = {
  waiting: () => words.waiting,
  uploading: (uploader) => words.uploading(percent(uploader)),
  paused: (uploader) => words.pausedAt(percent(uploader)),
  processing: () => words.processing,
  ready: () => words.ready,
  rejected: ({ error }) => words.refused(error?.message ?? ""),
  failed: ({ error }) => error?.message ?? "",
  aborted: () => words.aborted,
};

export class Uploads {
  /** The element of the cards. */ element = make("ul", { id: "uploads", className: "uploads", "aria-label": words.uploads });
  /** The button that removes the cards of finished uploads. */
  clear = button("clear", words.clear, () => this.#clear(), "", { hidden: true });
  #app; #left = /** @type {Card[]} */ ([]);

  /** @param {any} app */
  constructor(app) { this.#app = app; }

  /** Shows the unfinished uploads of earlier pages. Those whose bytes have all arrived continue. */
  async restore() {
    for (const uploader of await Uploader.pending(this.#app.uploading())) {
      const card = this.#card(uploader);
      if (uploader.loaded === uploader.total) uploader.resume().catch(() => {});
      else {
        this.#left.push(card);
        this.#app.notices.tell(words.canContinue(plain(uploader.name)));
      }
    }
  }

  /** Uploads a file, or continues the unfinished upload of the same file. @param {File} file */
  add(file) {
    const card = this.#left.find(({ uploader: { state, name, total } }) => state === "paused" && name === file.name && total === file.size);
    if (!card) return this.#begin(file);
    card.uploader.resume(file).catch((error) => error.code === "other_file" && this.#begin(file));
    return card;
  }

  #begin(file) {
    const card = this.#card(new Uploader(file, this.#app.uploading()));
    card.uploader.start().then((record) => this.#app.arrived(record), (error) => this.#app.refused(error));
    return card;
  }

  #card(uploader) {
    const card = new Card(uploader, this.#app, this);
    this.element.prepend(card.element);
    return card;
  }

  #clear() {
    for (const card of [...this.element.children]) if (over.includes(/** @type {any} */ (card).dataset.state)) card.remove();
    this.turned();
    this.#app.choose.focus();
  }

  /** Called when an upload changed its state. */
  turned() {
    const finished = [...this.element.children].filter((card) => over.includes(/** @type {any} */ (card).dataset.state));
    this.clear.hidden = finished.length < 2;
  }
}

/** The card of one upload. */
class Card {
  /** @type {Uploader} */ uploader;
  #app; #uploads; #hint; #pace; #state; #bar; #pictured = false;
  #buttons = /** @type {Record<string, any>} */ ({});

  constructor(uploader, app, uploads) {
    [this.uploader, this.#app, this.#uploads] = [uploader, app, uploads];
    const name = plain(uploader.name);
    this.#state = make("p", { className: "state" });
    this.#bar = make("progress", { max: 1, value: 0, "aria-label": words.progressOf(name) });
    this.#pace = make("p", { className: "pace" });
    this.#hint = make("p", { className: "hint", hidden: true });
    this.images = make("div", { className: "images" });
    const actions = { hold: () => this.#hold(), cancel: () => uploader.abort(), retry: () => this.#replace(uploads.add(uploader.file)), remove: () => this.#replace() };
    for (const [kind, act] of Object.entries(actions)) this.#buttons[kind] = button(kind, "", act);
    this.#name("cancel", words.cancel);
    this.#name("retry", words.retry);
    this.#name("remove", words.remove);
    this.element = make("li", { className: "card", tabIndex: -1, "aria-label": name }, this.images,
      make("header", {}, make("p", { className: "name" }, `${name} (${words.size(uploader.total)})`), this.#state),
      this.#bar, this.#pace, this.#hint, make("div", { className: "actions" }, ...Object.values(this.#buttons)));
    uploader.addEventListener("progress", () => {
      this.#say("");
      this.#show();
    });
    uploader.addEventListener("state", () => this.#turn());
    uploader.addEventListener("retry", ({ detail }) => this.#say(words.retrying(detail.error.message)));
    this.#show();
  }

  /** Adds the file's name to a button's name, for people who cannot see which card the button belongs to. */
  #name(kind, text) { this.#buttons[kind].replaceChildren(text, unseen(` ${plain(this.uploader.name)}`)); }

  #hold() {
    const { uploader } = this;
    if (uploader.state !== "paused") uploader.pause();
    else uploader.resume().then((record) => this.#app.arrived(record), (error) => error.code === "other_file" && this.#say(error.message));
  }

  /** Removes this card and moves the keyboard focus to the next one. */
  #replace(next) {
    const heir = next?.element ?? this.element.nextElementSibling ?? this.element.previousElementSibling ?? this.#app.choose;
    heir.focus();
    this.element.remove();
    this.#uploads.turned();
  }

  #say(text) {
    this.#hint.textContent = text;
    this.#hint.hidden = !text;
  }

  /** Shows or hides a button. If a hidden button had the keyboard focus, the card gets it. */
  #offer(kind, isThere) {
    const one = this.#buttons[kind];
    if (!isThere && one.getRootNode().activeElement === one) this.element.focus();
    one.hidden = !isThere;
  }

  #turn() {
    this.#say("");
    this.#show();
    this.#uploads.turned();
    const { state, name } = this.uploader;
    if (!["waiting", "uploading", "processing"].includes(state)) this.#app.notices.tell(`${plain(name)}: ${states[state](this.uploader)}`);
  }

  #show() {
    const { uploader } = this;
    const { state, speed, timeLeft } = uploader;
    const isOpen = ["waiting", "uploading", "paused"].includes(state);
    this.element.dataset.state = state;
    if (uploader.fileId) this.element.dataset.file = uploader.fileId;
    this.#state.textContent = states[state](uploader);
    this.#pace.textContent = timeLeft ? words.pace(Math.round(speed), timeLeft) : "";
    this.#bar.hidden = over.includes(state);
    if (state === "processing") this.#bar.removeAttribute("value");
    else this.#bar.value = uploader.total ? uploader.loaded / uploader.total : 0;
    if (state === "paused" && !uploader.file && uploader.loaded < uploader.total) this.#say(words.chooseAgain);
    this.#name("hold", state === "paused" ? words.proceed : words.pause);
    this.#offer("hold", isOpen);
    this.#offer("cancel", isOpen);
    this.#offer("retry", state === "aborted" || (state === "failed" && !hopeless.includes(uploader.error?.code ?? "")));
    this.#offer("remove", over.includes(state) && state !== "ready");
    const small = uploader.record && variant(uploader.record, "thumb");
    if (state !== "ready" || !small || this.#pictured) return;
    this.#pictured = true;
    this.images.append(picture(this.#app, uploader.record, small, () => this.images.replaceChildren()));
  }
}
