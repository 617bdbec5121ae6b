// The loaded part of a list of files: its pages, and the changes that this page makes to it.

/** @typedef {import("../types").FileRecord} FileRecord */

/** The query of a list without filters. */
export const usual = { name: "", type: "", state: "", visibility: "", sort: "-createdAt", isBin: false };
const pageSize = 200;

/** The values by which lists are sorted, with the file's identifier behind them. */
const keys = {
  createdAt: (/** @type {FileRecord} */ { id }) => [id, ""],
  filename: ({ filename, id }) => [filename.normalize("NFKC").toLowerCase(), id],
  size: ({ size = 0, id }) => [size, id],
};

/** A list of files. The event `change` tells that its files or its state changed. */
export class Listing extends EventTarget {
  /** @type {FileRecord[]} */ files = [];
  /** True once the last page is loaded. */ isComplete = false;
  isLoading = false;
  /** @type {any} why the last request failed */ error;
  query = usual;
  #client; #next; #known = new Set(); #leg = new AbortController();

  constructor(client) {
    super();
    this.#client = client;
  }

  /** Starts anew with another query. The files of before stay until the first page is there. @param {Partial<typeof usual>} changes */
  async load(changes = {}) {
    this.#leg.abort();
    this.#leg = new AbortController();
    this.query = { ...this.query, ...changes };
    [this.#next, this.isComplete, this.isLoading] = [undefined, false, false];
    await this.#page(true);
  }

  /** Loads the next page, unless one is under way or there is none. */
  async more() {
    if (!this.isLoading && !this.isComplete && !this.error) await this.#page(false);
  }

  /** Tries the page that failed again. */
  async retry() {
    if (this.error) await this.#page(this.#next === undefined);
  }

  async #page(isFirst) {
    const { signal } = this.#leg;
    [this.isLoading, this.error] = [true, undefined];
    this.#tell();
    try {
      const page = await this.#client.ask("GET", `files?${this.#parameters()}`, undefined, { signal });
      signal.throwIfAborted();
      if (isFirst) {
        this.files = [];
        this.#known.clear();
      }
      const found = page.files.filter((file) => this.#shows(file) && !this.#known.has(file.id));
      for (const file of found) this.#known.add(file.id);
      this.files.push(...found);
      [this.#next, this.isComplete] = [page.next, !page.next];
    } catch (error) {
      if (signal.aborted) return;
      this.error = error;
    }
    this.isLoading = false;
    this.#tell();
  }

  #parameters() {
    const { name, type, state, visibility, sort, isBin } = this.query;
    const all = { limit: String(pageSize), name: name.trim().slice(0, 100), type, visibility, sort, state: isBin ? "deleted" : state, after: this.#next };
    return new URLSearchParams(Object.entries(all).filter(([, value]) => value));
  }

  /** A file that was deleted before it was ready cannot be restored, so the bin leaves it out. */
  #shows(file) { return !this.query.isBin || file.readyAt; }

  /** True if the filters select the file. */
  selects(/** @type {FileRecord} */ file) {
    const { name, type, state, visibility, isBin } = this.query;
    const states = isBin ? ["deleted"] : (state || "pending,received,ready,rejected").split(",");
    const isType = !type || (type.endsWith("/*") ? file.contentType.startsWith(type.slice(0, -1)) : file.contentType === type);
    const fold = (text) => text.normalize("NFKC").toLowerCase();
    return states.includes(file.state) && isType && (!visibility || file.visibility === visibility) && fold(file.filename).includes(fold(name.trim()));
  }

  /** Adds files at their places, replaces those that are there, and removes those that the filters do not select. */
  put(/** @type {FileRecord[]} */ files) {
    for (const file of files) {
      const index = this.#known.has(file.id) ? this.files.findIndex(({ id }) => id === file.id) : -1;
      const old = this.files[index];
      if (index >= 0) this.files.splice(index, 1);
      this.#known.delete(file.id);
      if (!this.selects(file)) continue;
      const isInPlace = old && old.filename === file.filename && old.size === file.size;
      const place = isInPlace ? index : this.#place(file);
      // Behind the loaded files, a later page will bring it.
      if (place === this.files.length && !this.isComplete && !old) continue;
      this.files.splice(place, 0, file);
      this.#known.add(file.id);
    }
    this.#tell();
  }

  /** Removes files. @param {Iterable<string>} ids */
  remove(ids) {
    const gone = new Set(ids);
    this.files = this.files.filter(({ id }) => !gone.has(id));
    for (const id of gone) this.#known.delete(id);
    this.#tell();
  }

  /** The index before the first file that stands behind this one. */
  #place(file) {
    const [name, sign] = [this.query.sort.replace("-", ""), this.query.sort.startsWith("-") ? -1 : 1];
    const key = keys[name](file);
    const stands = (other) => {
      const [one, two] = keys[name](other);
      return sign * (one < key[0] ? -1 : one > key[0] ? 1 : two < key[1] ? -1 : 1) < 0;
    };
    let [low, high] = [0, this.files.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (stands(this.files[middle])) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Ends the request under way. */
  close() { this.#leg.abort(); }
  #tell() { this.dispatchEvent(new Event("change")); }
}
