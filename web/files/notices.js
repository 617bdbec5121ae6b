// The messages of the page: news for screen readers, messages with Undo, and a banner while something is wrong.

import { button, make } from "./elements.js";
import { words } from "./words.js";

const [lifetime, undoLifetime, gathering] = [5_000, 12_000, 700];

export class Notices {
  /** The element of the messages. */ toasts = make("div", { className: "toasts" });
  /** The element of the news for screen readers. */ news = make("p", { id: "news", className: "unseen", role: "status" });
  /** The element that holds both. A modal dialog silences everything around it, so it stands in the newest dialog. */
  voice = make("div", { className: "voice" }, this.toasts, this.news);
  /** The element of the banner. */ banner = make("div", { id: "notice", className: "banner", role: "alert", hidden: true });
  #said = /** @type {string[]} */ ([]); #undo;

  /** Tells a screen reader. News of the same moment is one message. */
  tell(text) {
    if (this.#said.push(text) > 1) return;
    setTimeout(() => {
      const more = this.#said.length > 3 ? [words.andMore(this.#said.length - 3)] : [];
      this.news.textContent = [...this.#said.slice(0, 3), ...more].join("; ");
      this.#said = [];
    }, gathering);
  }

  /**
   * Shows a message for some seconds, longer while the pointer or the keyboard is on it.
   *
   * @param {string} text @param {() => void} [undo] what the button Undo does
   */
  show(text, undo) {
    this.tell(text);
    let timer;
    const toast = make("div", { className: "toast" }, make("span", {}, text));
    const end = () => {
      clearTimeout(timer);
      const had = toast.contains(toast.getRootNode().activeElement);
      toast.remove();
      if (this.#undo === act) this.#undo = undefined;
      if (had) this.onleave();
    };
    const act = () => {
      end();
      undo?.();
    };
    if (undo) {
      this.#undo = act;
      toast.append(button("undo", words.undo, act, "", { "aria-keyshortcuts": "Control+Z" }));
    }
    toast.append(button("dismiss", words.close, end, "close"));
    const wait = () => (timer = setTimeout(end, undo ? undoLifetime : lifetime));
    for (const type of ["pointerenter", "focusin"]) toast.addEventListener(type, () => clearTimeout(timer));
    for (const type of ["pointerleave", "focusout"]) toast.addEventListener(type, () => (clearTimeout(timer), wait()));
    wait();
    this.toasts.append(toast);
    while (this.toasts.childElementCount > 3) this.toasts.firstElementChild.remove();
  }

  /** Called when the keyboard focus was on a message that ended. */
  onleave = () => {};

  /** Undoes what the newest message offers to undo. Returns false if there is nothing. */
  undo() {
    const undo = this.#undo;
    undo?.();
    return Boolean(undo);
  }

  /** Shows the banner, or hides it without a text. @param {string} [text] @param {() => void} [retry] */
  warn(text, retry) {
    this.banner.hidden = !text;
    if (this.banner.dataset.text === (text ?? "")) return;
    this.banner.dataset.text = text ?? "";
    this.banner.replaceChildren(...(text ? [make("span", {}, text)] : []), ...(text && retry ? [button("again", words.retry, retry)] : []));
  }
}
