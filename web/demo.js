// The demo page: a list of files on their way, over the module that every front end may use.

import { Uploader } from "./stowage.js";

const reasons = {
  type_not_allowed: "Only photos, PDF and office documents are accepted.",
  malware: "The virus scanner found something in it.",
  unreadable: "It could not be read as what it says it is.",
  type_mismatch: "Its content is not of the type that it says it is.",
  size_mismatch: "Its size is not what was announced.",
  dimensions_exceeded: "The picture has more pixels, or is longer, than is accepted.",
  checksum_mismatch: "Its bytes are not those that were announced.",
  macros: "It holds macros.",
  encrypted: "It opens with a password only.",
  active_content: "It would run something when it is opened.",
  decompression_bomb: "It unpacks to far more than a document does.",
};

const states = {
  waiting: () => "Waiting for its turn",
  uploading: (uploader) => `Uploading: ${percent(uploader)}`,
  paused: (uploader) => `Paused at ${percent(uploader)}`,
  processing: () => "Uploaded; it is being scanned",
  ready: () => "Ready",
  rejected: ({ error }) => `Refused. ${reasons[error?.reason] ?? error?.message ?? ""}`,
  failed: ({ error }) => reasons[error?.code] ?? error?.message ?? "It failed.",
  aborted: () => "Cancelled",
};

/** What another try would be refused for again. */
const hopeless = ["type_not_allowed", "too_large", "invalid_request"];

const choose = document.querySelector("#choose");
const drop = document.querySelector("#drop");
/** Who may look at the images: everybody, unless the page's address ends in `#private` or `#premium`. */
const visibility = ["private", "premium"].find((name) => location.hash === `#${name}`) ?? "public";
const options = { token, visibility };

/** A token for this page, from the development server; asked again when it has run out. */
async function token() {
  const answer = await fetch("session.json", { cache: "no-store" });
  if (!answer.ok) throw new Error("no session");
  return (await answer.json()).token;
}

/** Gets the browser cookies for images that are not public; an `<img>` sends no token. */
async function cookies() {
  if (visibility === "public") return;
  await fetch("/v1/cookies", { method: "POST", headers: { Authorization: `Bearer ${await token()}` } });
}

const percent = ({ loaded, total }) => `${total ? Math.floor((100 * loaded) / total) : 0} %`;

/** A name whose letters stand where they are: what turns them around is shown as unknown. */
const plain = (name) => name.replace(/[\u202a-\u202e\u2066-\u2069]/g, "\ufffd");

function size(bytes) {
  if (bytes >= 1 << 20) return `${(bytes / (1 << 20)).toFixed(1)} MB`;
  return bytes >= 1024 ? `${Math.round(bytes / 1024)} kB` : `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
}

/** Tells a screen reader what has become of files: what comes together is said together, and percentages never. */
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

/** One file's place on the page. */
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

  /** The file's name is part of each button's name, for whoever does not see where it stands. */
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

  /** Takes this card away, and leaves the keyboard where the next one is. */
  #replace(next) {
    const heir = next?.element ?? this.element.nextElementSibling ?? this.element.previousElementSibling ?? choose;
    heir.focus();
    this.element.remove();
  }

  #hint(words) {
    this.#part(".hint").textContent = words;
    this.#part(".hint").hidden = !words;
  }

  /** A button that goes while it has the keyboard's focus hands it to its card. */
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
    this.#part("progress").hidden = isOver;
    if (state === "processing") this.#part("progress").removeAttribute("value");
    else this.#part("progress").value = uploader.total ? uploader.loaded / uploader.total : 0;
    if (state === "paused" && !uploader.file && uploader.loaded < uploader.total) this.#hint("Choose the same file again to go on.");
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

/** The cards of what an earlier page left. */
const left = [];

/** Sends a file; where it is one that was left, that goes on. */
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

// Dropped anywhere: a file that misses the field would otherwise be opened in the page's place.
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
  notice.textContent = "There is no token for this page. It works only on a server that script/server started.";
  notice.hidden = false;
}
