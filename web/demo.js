// The demo page: a list of uploads, made with web/stowage.js, which every front end may use.

import { Uploader } from "./stowage.js";
import { size } from "./stowage-words.js";

const states = {
  waiting: () => "Waiting",
  uploading: (uploader) => `Uploading: ${percent(uploader)}`,
  paused: (uploader) => `Paused at ${percent(uploader)}`,
  processing: () => "Uploaded; the server is checking the file",
  ready: () => "Ready",
  rejected: ({ error }) => `Refused. ${error?.message ?? ""}`,
  failed: ({ error }) => error?.message ?? "The upload failed.",
  aborted: () => "Cancelled",
};

/** Errors for which the server would refuse the same file again. */
const hopeless = ["type_not_allowed", "too_large", "invalid_request", "empty_file"];

const choose = document.querySelector("#choose");
const drop = document.querySelector("#drop");
/** Who may see the images. The page's address may end in `#private` or `#premium`; the default is everybody. */
const visibility = ["private", "premium"].find((name) => location.hash === `#${name}`) ?? "public";
const options = { token, visibility };

/** Gets a token for this page from the development server. The module calls this again when the token has expired. */
async function token() {
  const answer = await fetch("session.json", { cache: "no-store" });
  if (!answer.ok) throw new Error("The server has no session.json.");
  return (await answer.json()).token;
}

/** Gets cookies for images that are not public, because an `<img>` sends no token. */
async function cookies() {
  if (visibility === "public") return;
  await fetch("/v1/cookies", { method: "POST", headers: { Authorization: `Bearer ${await token()}` } });
}

const percent = ({ loaded, total }) => `${total ? Math.floor((100 * loaded) / total) : 0} %`;

/** Replaces characters that change the direction of text, so that a file name looks as it is. */
const plain = (name) => name.replace(/[\u202a-\u202e\u2066-\u2069]/g, "\ufffd");

/** The speed and the time that is left, once they are known. */
function pace({ speed, timeLeft }) {
  if (!timeLeft) return "";
  const left = timeLeft < 100 ? `${Math.ceil(timeLeft)} s` : `${Math.ceil(timeLeft / 60)} min`;
  return `${size(Math.round(speed))} per second, ${left} left`;
}

/** Tells a screen reader how uploads ended. News of the same moment is one message, and percentages are left out. */
const news = [];
function tell(words) {
  if (news.push(words) > 1) return;
  setTimeout(() => {
    const more = news.length > 3 ? `; and ${news.length - 3} more` : "";
    document.querySelector("#news").textContent = news.slice(0, 3).join("; ") + more;
    news.length = 0;
  }, 700);
}

function figure(variant, name) {
  const element = document.createElement("figure");
  element.className = variant.name;
  const image = new Image(variant.width, variant.height);
  image.src = variant.url;
  image.alt = `${variant.name} of ${name}`;
  image.dataset.variant = variant.name;
  const link = document.createElement("a");
  link.href = variant.url;
  link.textContent = variant.url.slice(variant.url.lastIndexOf("/") + 1);
  const caption = document.createElement("figcaption");
  caption.append(`${variant.name}, ${variant.width} × ${variant.height}, ${size(variant.size)}: `, link);
  element.append(image, caption);
  return element;
}

/** The card of one file. */
class Card {
  #part;
  #pictured = false;

  constructor(uploader) {
    this.uploader = uploader;
    this.element = document.querySelector("#card").content.firstElementChild.cloneNode(true);
    this.#part = (selector) => this.element.querySelector(selector);
    this.#part(".name").textContent = `${plain(uploader.name)} (${size(uploader.total)})`;
    this.#part("progress").setAttribute("aria-label", `Progress of ${uploader.name}`);
    for (const button of this.element.querySelectorAll("button")) this.#name(button, button.textContent);
    this.#on(".hold", () => this.#hold());
    this.#on(".cancel", () => uploader.abort());
    this.#on(".retry", () => this.#replace(add(uploader.file)));
    this.#on(".remove", () => this.#replace());
    uploader.addEventListener("progress", () => {
      this.#hint("");
      this.#show();
    });
    uploader.addEventListener("state", () => this.#turn());
    uploader.addEventListener("retry", ({ detail }) => this.#hint(`Trying again: ${detail.error.message}`));
    document.querySelector("#files").prepend(this.element);
    this.#show();
  }

  #on(selector, action) { this.#part(selector).addEventListener("click", action); }

  /** Adds the file's name to a button's name, for people who cannot see which card the button belongs to. */
  #name(button, text) {
    const whose = document.createElement("span");
    whose.className = "unseen";
    whose.textContent = ` ${this.uploader.name}`;
    button.replaceChildren(text, whose);
  }

  #hold() {
    const { uploader } = this;
    if (uploader.state !== "paused") uploader.pause();
    else uploader.resume().catch((error) => error.code === "other_file" && this.#hint(error.message));
  }

  /** Removes this card and moves the keyboard focus to the next one. */
  #replace(next) {
    const heir = next?.element ?? this.element.nextElementSibling ?? this.element.previousElementSibling ?? choose;
    heir.focus();
    this.element.remove();
  }

  #hint(words) {
    this.#part(".hint").textContent = words;
    this.#part(".hint").hidden = !words;
  }

  /** Shows or hides a button. If a hidden button had the keyboard focus, the card gets it. */
  #offer(selector, isThere) {
    const button = this.#part(selector);
    if (!isThere && document.activeElement === button) this.element.focus();
    button.hidden = !isThere;
  }

  #turn() {
    this.#hint("");
    this.#show();
    const { state, name } = this.uploader;
    if (!["waiting", "uploading", "processing"].includes(state)) tell(`${name}: ${states[state](this.uploader)}`);
  }

  #show() {
    const { uploader } = this;
    const { state } = uploader;
    const isUnderWay = ["waiting", "uploading", "paused"].includes(state);
    const isOver = ["ready", "rejected", "failed", "aborted"].includes(state);
    this.element.dataset.state = state;
    if (uploader.fileId) this.element.dataset.file = uploader.fileId;
    this.#part(".state").textContent = states[state](uploader);
    this.#part(".pace").textContent = pace(uploader);
    this.#part("progress").hidden = isOver;
    if (state === "processing") this.#part("progress").removeAttribute("value");
    else this.#part("progress").value = uploader.total ? uploader.loaded / uploader.total : 0;
    if (state === "paused" && !uploader.file && uploader.loaded < uploader.total) this.#hint("Choose the same file again to continue.");
    this.#name(this.#part(".hold"), state === "paused" ? "Continue" : "Pause");
    this.#offer(".hold", isUnderWay);
    this.#offer(".cancel", isUnderWay);
    this.#offer(".retry", state === "aborted" || (state === "failed" && !hopeless.includes(uploader.error?.code)));
    this.#offer(".remove", isOver && state !== "ready");
    const pictures = (uploader.record?.variants ?? []).filter(({ name }) => name !== "original");
    if (state === "ready" && pictures.length && !this.#pictured) {
      this.#pictured = true;
      pictures.sort((one, other) => one.width - other.width);
      cookies().finally(() => {
        this.#part(".images").append(...pictures.map((variant) => figure(variant, uploader.name)));
      });
    }
  }
}

/** The cards of uploads that an earlier page left unfinished. */
const left = [];

/** Uploads a file, or continues the unfinished upload of the same file. */
function add(file) {
  const card = left.find(({ uploader: { state, name, total } }) =>
    state === "paused" && name === file.name && total === file.size);
  if (!card) return begin(file);
  card.uploader.resume(file).catch((error) => error.code === "other_file" && begin(file));
  return card;
}

function begin(file) {
  const card = new Card(new Uploader(file, options));
  card.uploader.start();
  return card;
}

choose.addEventListener("change", () => {
  for (const file of choose.files) add(file);
  choose.value = "";
});

// The whole page takes dropped files. Otherwise the browser would open a file that misses the field.
addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
for (const type of ["dragleave", "drop"]) addEventListener(type, () => drop.classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  if (!choose.disabled) for (const file of event.dataTransfer.files) add(file);
});

try {
  for (const uploader of await Uploader.pending(options)) {
    const card = new Card(uploader);
    if (uploader.loaded === uploader.total) uploader.resume().catch(() => {});
    else {
      left.push(card);
      tell(`${uploader.name} can be continued`);
    }
  }
  choose.disabled = false;
} catch {
  const notice = document.querySelector("#notice");
  notice.textContent = "This page has no token. It works only on a server that script/server started.";
  notice.hidden = false;
}
