// The files page as one element, for pages of any application. web/README.md explains the usage.
//
//     import { StowageFiles } from "./stowage-files.js";
//     document.body.append(new StowageFiles({ token: async () => "…" }));

import { actions } from "./files/actions.js";
import { Client } from "./files/client.js";
import { button, choice, make, plain } from "./files/elements.js";
import { Listing, usual } from "./files/listing.js";
import { Notices } from "./files/notices.js";
import { preview, visibilities } from "./files/preview.js";
import { isUnderWay, row } from "./files/row.js";
import { style } from "./files/style.js";
import { toolbar } from "./files/toolbar.js";
import { accept, Uploads } from "./files/uploads.js";
import { Windowed } from "./files/window.js";
import { words } from "./files/words.js";
import { UploadError } from "./stowage.js";
export { words } from "./files/words.js";
export { explain, sentences } from "./stowage.js";

const [watch, most] = [3_000, 10];

/** The element `<stowage-files>`. */
export class StowageFiles extends HTMLElement {
  /** @type {any} */ client;
  /** @type {any} */ listing;
  /** The identifiers of the selected files. */ selection = new Set();
  notices = new Notices();
  layer = make("div");
  /** @type {any} the field that chooses files */ choose;
  /** @type {any} does something with files */ act;
  #options; #uploads; #window; #parts; #anchor; #usage; #isFull = false; #stop = new AbortController(); #timer;

  /** @param {import("./types").FilesOptions} [options] attributes of the element replace missing options */
  constructor(options) {
    super();
    this.#options = { ...options };
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [sheet];
  }

  /** A token, or a function that returns one. Setting it on an element of the page starts it. */
  set token(token) {
    this.#options.token = token;
    if (this.isConnected) this.#start();
  }
  get token() { return this.#options.token; }

  connectedCallback() {
    for (const name of ["url", "visibility"]) this.#options[name] ??= this.getAttribute(name) ?? undefined;
    if (this.#options.token) this.#start();
  }

  disconnectedCallback() { this.#end(); }

  /** The options for an upload that begins now. */
  uploading() {
    const { token, url } = this.#options;
    return { token, url, visibility: this.#parts.visibility.value };
  }

  /** The sentence for an error. */
  sentence(error) { return error instanceof UploadError ? error.message : new UploadError("unexpected", { cause: error }).message; }

  /** Opens the dialog of a file. */
  open(file) { preview(this, file); }

  /** Puts an element into the newest dialog, or into the page if none is open. */
  place(element) { (this.layer.lastElementChild ?? this.#parts.home).append(element); }

  /** Selects a file or not; with shift, all files from the last one that was selected. */
  tick(file, isOn, isRange) {
    const place = (id) => this.listing.files.findIndex((one) => one.id === id);
    const [here, from] = [place(file.id), isRange && this.#anchor ? place(this.#anchor) : -1];
    const range = from >= 0 ? this.listing.files.slice(Math.min(here, from), Math.max(here, from) + 1) : [file];
    this.#anchor = file.id;
    this.select(range.map(({ id }) => id), isOn);
  }

  /** @param {Iterable<string>} ids @param {boolean} isOn */
  select(ids, isOn) {
    for (const id of ids) this.selection[isOn ? "add" : "delete"](id);
    this.#draw();
  }

  /** Called when an uploaded file is ready. */
  arrived(record) {
    this.listing.put([record]);
    this.refreshUsage();
  }

  /** Called when an upload failed. */
  refused() { this.refreshUsage(); }

  listHasFocus() { return this.#parts.list.contains(this.shadowRoot?.activeElement); }

  /** Moves the keyboard focus into the list, or to the search if the list is empty. */
  focusList(index = 0) { if (!this.#window.focus(index)) this.#parts.tools.search.focus(); }

  /** Reads the usage again, a moment later, so that many changes cause one request. */
  refreshUsage() {
    clearTimeout(this.#usage);
    this.#usage = setTimeout(async () => {
      const usage = await this.client.ask("GET", "usage").catch(() => undefined);
      if (usage) this.#drawUsage(usage);
    }, 300);
  }

  #start() {
    this.#end();
    this.#stop = new AbortController();
    this.client = new Client(/** @type {any} */ (this.#options));
    this.listing = new Listing(this.client);
    this.act = actions(this);
    this.#uploads = new Uploads(this);
    this.#build();
    this.#listen();
    this.listing.addEventListener("change", () => this.#draw());
    this.listing.load();
    this.refreshUsage();
    this.#begin();
  }

  /** Uploads can begin once the token is there. */
  async #begin() {
    try {
      await this.#uploads.restore();
      this.choose.disabled = false;
    } catch (error) {
      this.#warn(error);
    }
  }

  #end() {
    this.#stop.abort();
    this.client?.close();
    this.listing?.close();
    this.#window?.close();
    clearTimeout(this.#usage);
    clearTimeout(this.#timer);
    this.selection.clear();
    this.shadowRoot?.replaceChildren();
  }

  #build() {
    this.choose = make("input", { type: "file", id: "choose", multiple: true, disabled: true, accept, "aria-describedby": "accepted", onchange: () => this.#take(this.choose.files) });
    const drop = make("label", { id: "drop", className: "drop", part: "drop" }, this.choose, make("strong", {}, words.choose), make("span", {}, words.drop), make("span", { id: "accepted" }, words.accepted));
    const visibility = choice("field visibility", words.newFiles, visibilities(), this.#options.visibility ?? "private", undefined);
    const tools = toolbar(this);
    const list = make("ul", { id: "list", className: "list", "aria-label": words.files });
    const [bar, room] = [make("meter", { className: "quota", min: 0, max: 1, "aria-label": words.storage }), make("p", { className: "room" })];
    const empty = make("div", { className: "empty", hidden: true });
    const [count, wait] = [make("p", { className: "count", role: "status" }), make("p", { className: "loading", hidden: true }, words.loading)];
    const home = make("div", { className: "home-of-news" });
    this.#parts = { home, drop, visibility, tools, list, bar, room, empty, count, wait };
    this.#window = new Windowed(list, (file) => row(this, file), () => this.listing.more());
    this.notices.onleave = () => this.focusList();
    this.shadowRoot?.replaceChildren(
      make("div", { className: "page" },
        this.notices.banner, drop,
        make("div", { className: "under" }, make("label", { className: "seen" }, make("span", {}, words.newFiles), visibility), this.#uploads.clear),
        this.#uploads.element, make("div", { className: "storage" }, bar, room),
        tools.element, this.#parts.home, count, list, empty, wait),
      this.layer);
    this.place(this.notices.voice);
  }

  #listen() {
    const { signal } = this.#stop;
    const { drop } = this.#parts;
    // The whole page takes dropped files. Otherwise the browser would open a file that misses the field.
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files") && !event.defaultPrevented;
    const on = (type, act) => addEventListener(type, act, { signal });
    on("dragover", (event) => hasFiles(event) && (event.preventDefault(), drop.classList.add("over")));
    for (const type of ["dragleave", "drop"]) on(type, () => drop.classList.remove("over"));
    on("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.#take(event.dataTransfer.files);
    });
    on("paste", (event) => {
      const target = event.composedPath()[0];
      if (target.matches?.("input:not([type=checkbox], [type=file]), textarea, [contenteditable]") || !event.clipboardData?.files.length) return;
      event.preventDefault();
      this.#take([...event.clipboardData.files].map((file) => (file.name === "image.png" ? renamed(file) : file)));
    });
    on("keydown", (event) => {
      const isUndo = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z";
      const target = /** @type {any} */ (event.composedPath()[0]);
      const isTyping = target.isContentEditable || (target.matches?.("input:not([type=checkbox], [type=file]), textarea") && target.value);
      if (isUndo && !isTyping && this.notices.undo()) event.preventDefault();
    });
    on("offline", () => this.#draw());
    on("online", () => this.#again());
  }

  #take(files) {
    if (!this.choose.disabled) for (const file of [...files]) this.#uploads.add(file);
    this.choose.value = "";
  }

  /** Tries what failed again. */
  #again() {
    this.listing.retry();
    this.refreshUsage();
    if (this.choose.disabled) this.#begin();
    this.#draw();
  }

  #warn(error) {
    const isOffline = navigator.onLine === false;
    if (isOffline) this.notices.warn(words.offline);
    else if (error) this.notices.warn(this.sentence(error), () => this.#again());
    else this.notices.warn(this.#isFull ? words.full : undefined);
  }

  #draw() {
    const { files, isComplete, isLoading, error, query } = this.listing;
    const { list, empty, count, wait, tools } = this.#parts;
    const isEmpty = !files.length && isComplete && !isLoading;
    list.classList.toggle("grid", tools.layout === "grid");
    this.#window.layout = tools.layout;
    this.#window.show(files, isComplete);
    wait.hidden = !isLoading;
    list.setAttribute("aria-busy", String(isLoading));
    this.#warn(error);
    const text = files.length && !isLoading ? words.found(files.length, isComplete) : "";
    if (count.textContent !== text && (text || isEmpty)) count.textContent = text;
    tools.show(files.filter(({ id }) => this.selection.has(id)));
    empty.hidden = !isEmpty;
    if (isEmpty && empty.dataset.query !== JSON.stringify(query)) {
      empty.dataset.query = JSON.stringify(query);
      const isFiltered = ["name", "type", "state", "visibility"].some((name) => query[name] !== usual[name]);
      empty.replaceChildren(make("p", {}, isFiltered ? words.nothingFound : query.isBin ? words.emptyBin : words.empty),
        ...(isFiltered ? [button("all", words.showAll, () => tools.reset())] : []));
    }
    if (!this.#timer && files.some(isUnderWay)) this.#timer = setTimeout(() => this.#follow(), watch);
  }

  /** Asks what became of files on the screen that are not ready yet, or whose pictures are not. */
  async #follow() {
    const shown = new Set(this.#window.elements.map(({ dataset }) => dataset.file));
    const some = this.listing.files.filter((file) => isUnderWay(file) && shown.has(file.id)).slice(0, most);
    const found = await Promise.all(some.map(({ id }) => this.client.ask("GET", `files/${id}`).catch(() => undefined)));
    const changed = found.filter((file, index) => file && (file.state !== some[index].state || file.variants.length !== some[index].variants.length));
    this.#timer = undefined;
    if (changed.length) this.listing.put(changed);
    else if (!this.#stop.signal.aborted) this.#timer = setTimeout(() => this.#follow(), watch);
  }

  #drawUsage({ usedBytes, reservedBytes, reclaimableBytes, quotaBytes }) {
    const { bar, room } = this.#parts;
    const share = quotaBytes ? (usedBytes + reservedBytes) / quotaBytes : 1;
    Object.assign(bar, { high: 0.9, value: Math.min(1, share) });
    bar.dataset.level = share >= 1 ? "full" : share > 0.9 ? "high" : "low";
    room.textContent = [words.used(usedBytes + reservedBytes, quotaBytes), reclaimableBytes ? words.reclaimable(reclaimableBytes) : ""].filter(Boolean).join(", ");
    this.#isFull = share >= 1;
    this.#warn(this.listing.error);
  }
}

/** A pasted picture gets the time as its name. */
const renamed = (file) => new File([file], `${plain(words.pasted(new Date().toISOString().slice(0, 19).replace("T", " ").replaceAll(":", ".")))}.png`, { type: file.type });

if (!customElements.get("stowage-files")) customElements.define("stowage-files", StowageFiles);
