// Uploads files to Stowage from a browser. web/README.md explains how it is used.

/** @typedef {import("./types").Options} Options @typedef {import("./types").FileRecord} FileRecord */

const [firstDelay, longestDelay, answerTime, stallTime, day] = [500, 15_000, 60_000, 90_000, 86_400_000];
const [refusals, largestHashed] = [8, 50 << 20];
const Signals = /** @type {any} newer than the compiler's library */ (AbortSignal);

/** What an upload failed of: `code` is stable, `message` is for a person, `problem` is the server's document. */
export class UploadError extends Error {
  /** @param {string} code @param {string} message @param {import("./types").More} more */
  constructor(code, message, { status = -1, problem, record, cause, later, tries = 1 } = {}) {
    super(message, { cause });
    this.code = code;
    this.status = status;
    this.problem = problem;
    this.detail = /** @type {string | undefined} */ (problem?.detail);
    this.record = record;
    this.reason = record?.reason;
    /** How often it is worth trying: for ever what passes by itself. */
    this.tries = status === 0 || status === 408 || status === 429 || status >= 500 ? Infinity : tries;
    /** Milliseconds until then, from a Retry-After of seconds or a date. */
    this.wait = Math.max(0, Number(later) * 1000 || Date.parse(later ?? "") - Date.now() || 0);
  }
}

/** Lets so many through at once; the others wait in line. */
const gate = (free, line = []) => async (signal, body) => {
  if ((free -= 1) < 0) await new Promise((enter) => line.push(enter));
  try {
    signal.throwIfAborted();
    return await body();
  } finally {
    free += 1;
    line.shift()?.();
  }
};

// A folder of photos claims no room long before its turn; browsers open six connections to a host.
const [files, connections] = [gate(3), gate(6)];

/** Ends early when the line is back. */
const sleep = (ms, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, ms);
  globalThis.addEventListener?.("online", resolve, { once: true, signal });
  signal.addEventListener("abort", () => [clearTimeout(timer), reject(signal.reason)]);
});

let database;

/** What survives a reload: uploads by fileId, and their files. Answers undefined where the browser keeps nothing. */
async function memory(action) {
  try {
    database ??= new Promise((resolve, reject) => {
      const opening = indexedDB.open("stowage", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("uploads");
      [opening.onsuccess, opening.onerror] = [() => resolve(opening.result), reject];
    });
    const transaction = (await database).transaction("uploads", "readwrite");
    const request = action(transaction.objectStore("uploads"));
    await new Promise((resolve, reject) => ([transaction.oncomplete, transaction.onabort] = [resolve, reject]));
    return request.result;
  } catch { return undefined; }
}
const fileKey = (fileId) => `${fileId} file`;
const erase = (fileId) => memory((store) => (store.delete(fileId), store.delete(fileKey(fileId))));
const lockOf = (fileId) => `stowage ${fileId}`;

/** One file on its way. Events: `progress` and `state` with the uploader as `detail`, `retry` and `error` with what failed. */
export class Uploader extends EventTarget {
  /** @type {import("./types").State} */ state = "waiting";
  /** The bytes that went up; never runs backwards. */ loaded = 0;
  /** @type {FileRecord | undefined} once it is judged */ record;
  /** @type {UploadError | undefined} why it ended */ error;
  #options; #base; #token; #upload; #end; #saving; #pause; #hasRunOut;
  /** Ends what is under way. */ #leg = new AbortController();
  /** Of each part, the bytes that went up. */ #sent = new Map();
  #goOn = (/** @type {any} */ _) => {};

  /** @param {Blob | undefined} file undefined where it must be chosen again @param {Options} options */
  constructor(file, options) {
    super();
    /** @type {any} */ this.file = file;
    this.name = options.filename ?? this.file?.name ?? "file";
    this.total = file?.size ?? 0;
    this.#options = { parallel: 4, patience: 600_000, remember: true, ...options };
    this.#base = new URL("/v1/", options.url ?? globalThis.location?.href).href;
    options.signal?.addEventListener("abort", () => this.abort());
    if (options.signal?.aborted) this.state = "aborted";
    this.addEventListener("progress", () => options.onProgress?.(this));
    this.addEventListener("state", () => options.onState?.(this));
  }

  /** @returns {string | undefined} the file's identifier, once there is room for it */
  get fileId() { return this.#upload?.fileId ?? this.record?.id; }

  /** What an earlier page left unfinished, each paused: `resume` goes on. @param {Options} options */
  static async pending(options) {
    return Promise.all((await new Uploader(undefined, options).#remembered()).map(async (upload) => {
      const file = await memory((store) => store.get(fileKey(upload.fileId)));
      const uploader = new Uploader(file, { ...options, filename: upload.name });
      [uploader.#upload, uploader.loaded, uploader.total] = [upload, upload.loaded, upload.size];
      uploader.pause();
      return uploader;
    }));
  }

  /** Begins, unless that was done, and answers the record once it is ready; throws an `UploadError`. */
  start() {
    if (!this.#end) (this.#end = this.#run()).catch(() => {});
    return /** @type {Promise<FileRecord>} */ (this.#end);
  }

  /** Stops sending; what is under way of a part is sent again. */
  pause() {
    if (this.state !== "waiting" && this.state !== "uploading") return;
    this.#pause = new Promise((resolve) => (this.#goOn = resolve));
    this.#leg.abort();
    this.#set("paused");
  }

  /** Goes on. @param {Blob} [file] the same one, chosen again where it is not here */
  resume(file = this.file) {
    const isRight = file ? !this.#upload || this.#fits(this.#upload, file) : this.#upload?.hasArrived;
    if (!isRight) return Promise.reject(new UploadError("other_file", "Choose the file that it began with."));
    this.file = file;
    if (this.state === "paused") this.#set("waiting");
    this.#goOn((this.#pause = undefined));
    return this.start();
  }

  /** Gives it up, unless it has arrived; done once the server was told. */
  async abort() {
    this.#set("aborted");
    this.#leg.abort();
    this.#goOn(undefined);
    await this.start().catch(() => {});
  }

  async #run() {
    try {
      while (!(await this.#goes()));
      await this.#saving;
      await this.#report(0, this.total);
      await this.#save({ hasArrived: true });
      this.#set("processing");
      for (let wait = 200; !this.record; wait = Math.min(wait * 1.5, longestDelay / 2)) {
        const record = await this.#call("GET", `files/${this.#upload.fileId}`);
        if (record.state !== "pending" && record.state !== "received") this.record = record;
        else await sleep(wait, this.#leg.signal);
      }
      const { record } = this;
      if (record.state !== "ready") throw new UploadError(record.state, `The file is ${record.state}.`, { record });
      this.#set("ready");
      return record;
    } catch (caught) {
      const error = this.state === "aborted" ? new UploadError("aborted", "It was cancelled.")
        : caught instanceof UploadError ? caught : new UploadError("unexpected", String(caught), { cause: caught });
      this.error = error;
      this.#set(error.code === "rejected" ? "rejected" : "failed");
      this.#emit("error", error);
      throw error;
    } finally {
      this.#leg.abort();
      if (this.error?.code !== "unreachable") await this.#forget();
    }
  }

  /** Sends until that is done; false where a pause came between. */
  async #goes() {
    await this.#pause;
    const { signal } = (this.#leg = new AbortController());
    try {
      if (this.state === "aborted") this.#leg.abort();
      await files(signal, () => this.#retry(signal, () => this.#send(signal)));
      return true;
    } catch (error) {
      if (this.state === "aborted" || /** @type {Error} */ (error).name !== "AbortError") throw error;
      return false;
    }
  }

  /** Sends what the bucket does not have, whatever came before. */
  async #send(signal) {
    this.#set("uploading");
    this.#sent.clear();
    if (this.#upload?.hasArrived) return;
    this.#upload ??= (await this.#remembered()).find((upload) => this.#fits(upload, this.file));
    const { state } = this.#upload ? await this.#call("GET", `files/${this.#upload.fileId}`) : { state: "pending" };
    if (["received", "ready", "rejected"].includes(state)) return;
    if (state !== "pending" || (this.#hasRunOut && this.#upload?.put)) await this.#forget();
    const isNew = !this.#upload;
    if (isNew) await this.#claim(this.file);
    const { fileId, put, multipart } = this.#upload;
    globalThis.navigator?.locks?.request(lockOf(fileId), () => this.#end.catch(() => {}));
    signal.throwIfAborted();
    if (multipart) return this.#putParts(`uploads/${fileId}`, multipart, isNew, signal);
    return this.#put(1, this.file, put, signal);
  }

  /** Has room reserved, and remembers it. */
  async #claim(file) {
    const { visibility, checksum = file.size <= largestHashed, contentType = file.type, remember } = this.#options;
    const hash = checksum && (await globalThis.crypto?.subtle?.digest("SHA-256", await file.arrayBuffer()));
    const sha256 = hash && Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const [{ size, lastModified: modified }, { name, loaded }] = [file, this];
    const claim = { filename: name, size, contentType, visibility, sha256: sha256 || undefined };
    const ticket = await this.#call("POST", "uploads", claim);
    await this.#save({ ...ticket, ...(await this.#owner()), name, size, modified, loaded, since: Date.now() });
    if (remember) memory((store) => store.put(file, fileKey(ticket.fileId)));
  }

  async #putParts(path, { partSize, partCount }, isNew, signal) {
    const piece = (number) => this.file.slice((number - 1) * partSize, number * partSize);
    const { parts } = isNew ? { parts: [] } : await this.#call("GET", `${path}/parts`);
    for (const { number, size } of parts) if (size === piece(number).size) this.#sent.set(number, size);
    const left = Array.from({ length: partCount }, (_, index) => index + 1).filter((number) => !this.#sent.has(number));
    const lanes = gate(this.#options.parallel);
    const send = (number) => lanes(signal, () => this.#retry(signal, async () => {
      const answer = await this.#call("POST", `${path}/parts`, { numbers: [number] });
      await this.#put(number, piece(number), answer.parts[0], signal);
    }));
    await Promise.all(left.map((number) => send(number).catch((error) => this.#leg.abort(error))));
    signal.throwIfAborted();
    await this.#call("POST", `${path}/complete`).catch((error) => {
      throw error.code === "parts_missing" ? Object.assign(error, { tries: refusals }) : error;
    });
  }

  /** PUTs, saying how far it is: fetch cannot tell. */
  #put(number, body, { url, headers }, signal) {
    return connections(signal, () => new Promise((resolve, reject) => {
      const [request, began] = [new XMLHttpRequest(), Date.now()];
      request.open("PUT", url);
      request.timeout = stallTime;
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.upload.onprogress = ({ loaded }) => {
        request.timeout = Date.now() - began + stallTime;
        this.#report(number, Math.min(loaded, body.size));
      };
      request.onloadend = async () => {
        const { status, responseText } = request;
        // 412: it has arrived, only the answer was lost.
        const isThere = (status >= 200 && status < 300) || status === 412;
        this.#report(number, isThere ? body.size : 0);
        this.#hasRunOut = status === 403;
        if (isThere) return resolve(undefined);
        const later = /^retry-after: (.*)$/im.exec(request.getAllResponseHeaders())?.[1];
        const words = status ? `The store answered ${/<Code>(\w+)/.exec(responseText)?.[1] ?? status}.` : "The store cannot be reached.";
        const isReadable = status || (await body.slice(0, 1).arrayBuffer().catch(() => undefined));
        reject(isReadable ? new UploadError(status ? "store_refused" : "unreachable", words, { status, later, tries: refusals })
          : new UploadError("file_unreadable", "The file was changed or removed."));
      };
      signal.addEventListener("abort", () => request.abort());
      request.send(body);
    }));
  }

  /** One request of the API. What makes or removes an upload is not cut off: its answer must be known. */
  #call(method, path, body, signal = this.#leg.signal) {
    const { token } = this.#options;
    const ends = method === "DELETE" || path === "uploads" ? [] : [signal];
    return this.#retry(signal, async () => {
      const headers = { authorization: `Bearer ${await this.#bearer()}`, ...(body && { "content-type": "application/json" }) };
      const answer = await fetch(this.#base + path, {
        method, headers, body: body && JSON.stringify(body), keepalive: method === "DELETE",
        signal: Signals.any([...ends, Signals.timeout(answerTime)]),
      }).catch((cause) => { throw new UploadError("unreachable", "The server cannot be reached.", { cause, status: 0 }); });
      const problem = await answer.json().catch(() => undefined);
      if (answer.ok && (problem || answer.status === 204)) return problem;
      if (answer.status === 401) this.#token = undefined;
      const { code = `http_${answer.status}`, title = `The server answered ${answer.status}`, detail } = problem ?? {};
      const tries = answer.status === 401 && typeof token === "function" ? 2 : 1;
      const more = { status: answer.ok ? 0 : answer.status, problem, tries, later: answer.headers.get("retry-after") };
      throw new UploadError(code, `${title}. ${detail ?? ""}`.trim(), more);
    });
  }

  /** Tries until it succeeds, with exponential backoff and full jitter; progress begins the count again. */
  async #retry(signal, body) {
    for (let [tries, refused, reached, since] = [0, 0, -1, 0]; ; tries += 1) {
      signal.throwIfAborted();
      try {
        return await body();
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof UploadError)) throw error;
        const counts = this.loaded <= reached && globalThis.navigator?.onLine !== false;
        if (!counts) [tries, refused, reached, since] = [0, 0, this.loaded, Date.now()];
        if (error.tries < Infinity && (refused += 1) >= error.tries) throw Object.assign(error, { tries: 1 });
        if (Date.now() - since > this.#options.patience) throw new UploadError("unreachable", error.message, { cause: error });
        const delay = error.wait + Math.random() * Math.min(longestDelay, firstDelay * 2 ** tries);
        this.#emit("retry", { error, delay });
        await sleep(delay, signal);
      }
    }
  }

  #bearer = async () => (this.#token ??= await (this.#options.token instanceof Function ? this.#options.token() : this.#options.token));

  /** Whose uploads these are: nobody is shown another's. */
  async #owner() {
    const [, claims] = (await this.#bearer()).split(".");
    return { base: this.#base, user: claims && JSON.parse(atob(claims.replace(/-/g, "+").replace(/_/g, "/"))).sub };
  }

  /** Those uploads of this user that no page works on; those of earlier days are forgotten. */
  async #remembered() {
    const { base, user } = await this.#owner();
    const held = (await globalThis.navigator?.locks?.query())?.held?.map(({ name }) => name) ?? [];
    const all = (await memory((store) => store.getAll())) ?? [];
    for (const { fileId } of all.filter(({ since }) => since < Date.now() - day)) await erase(fileId);
    const isOurs = (upload) => upload.base === base && upload.user === user && upload.since >= Date.now() - day;
    return all.filter((upload) => isOurs(upload) && !held.includes(lockOf(upload.fileId)));
  }

  #fits = (upload, file) => upload.name === this.name && upload.size === file.size && upload.modified === file.lastModified;

  /** Says how far it is once that is remembered: a reload goes on from there. */
  #report(number, bytes) {
    this.#sent.set(number, bytes);
    const sum = Math.min(this.total, [...this.#sent.values()].reduce((one, other) => one + other, 0));
    if (this.#saving || sum <= this.loaded || !this.#upload) return undefined;
    this.#saving = this.#save({ loaded: sum }).then(() => {
      [this.#saving, this.loaded] = [undefined, sum];
      this.#emit("progress", this);
    });
    return this.#saving;
  }

  async #save(changes) {
    const upload = (this.#upload = { ...this.#upload, ...changes });
    if (this.#options.remember) await memory((store) => store.put(upload, upload.fileId));
  }

  /** Has the server drop what is not whole, and remembers nothing more of it. */
  async #forget() {
    const { fileId, hasArrived } = this.#upload ?? {};
    await this.#saving;
    this.#upload = undefined;
    if (fileId && !hasArrived) await this.#call("DELETE", `uploads/${fileId}`, undefined, new AbortController().signal).catch(() => {});
    if (fileId) await erase(fileId);
  }

  #set(state) {
    if (this.state === state || ["ready", "rejected", "failed", "aborted"].includes(this.state)) return;
    this.state = state;
    this.#emit("state", this);
  }

  #emit(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
}

/** Uploads a file and answers its record once it is ready. @param {Blob} file @param {Options} options */
export const upload = (file, options) => new Uploader(file, options).start();
