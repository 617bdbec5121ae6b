// Uploads files to Stowage from a browser. web/README.md explains the usage.
import { UploadError } from "./stowage-words.js";
export { UploadError, explain, sentences } from "./stowage-words.js";
const [firstDelay, longestDelay, silence, day, refusals, hashable, pace] = [500, 15_000, 90_000, 86_400_000, 8, 50 << 20, 10_000];
const Signals = /** @type {any} newer than the compiler's library */ (AbortSignal);
/** @typedef {import("./types").Options} Options */

/** Runs up to `free` tasks at the same time; further tasks wait in line. */
const gate = (free, line = []) => async (signal, body) => {
  if ((free -= 1) < 0) await new Promise((enter) => line.push(enter));
  try {
    signal.throwIfAborted();
    return await body();
  } finally { free += 1; line.shift()?.(); }
};
// Three files at a time, so that waiting files reserve no room yet; six requests, as browsers open six connections to a host.
const [files, connections] = [gate(3), gate(6)];
const sleep = (ms, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, ms);
  globalThis.addEventListener?.("online", resolve, { once: true, signal });
  signal.addEventListener("abort", () => [clearTimeout(timer), reject(signal.reason)]);
});

let database;
/** The data that survives a reload: uploads by fileId, and their files. Undefined if the browser cannot keep data. */
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
const now = () => performance.timeOrigin + performance.now(); // in milliseconds, independent of changes of the system clock
const keyOf = (fileId) => `stowage ${fileId}`;
const erase = (fileId) => memory((store) => [store.delete(fileId), store.delete(keyOf(fileId))][1]);
/** The upload of one file. Events: `progress` and `state`, whose `detail` is the uploader, and `retry` with the error. */
export class Uploader extends EventTarget {
  /** @type {import("./types").State} */ state = "waiting";
  /** The number of sent bytes; it never decreases. */ loaded = 0;
  /** @type {import("./types").FileRecord | undefined} the record of the checked file */ record;
  /** @type {UploadError | undefined} why the upload ended */ error;
  #options; #base; #token; #upload; #end; #saving; #hasRunOut; #pace = [[0, 0]]; #leg = new AbortController(); #sent = new Map();
  /** @param {Blob | undefined} file undefined if the user must choose the file again @param {Options} options */
  constructor(file, options = /** @type {Options} */ ({})) {
    super();
    this.file = /** @type {any} */ (file);
    this.name = options.filename ?? this.file?.name ?? "file";
    this.total = file?.size ?? 0;
    this.#options = { parallel: 4, patience: 600_000, remember: true, ...options };
    this.#base = new URL("/v1/", options.url ?? globalThis.location?.href).href;
    this.addEventListener("progress", () => options.onProgress?.(this));
    this.addEventListener("state", () => options.onState?.(this));
    options.signal?.addEventListener("abort", () => this.abort());
    if (options.signal?.aborted) this.state = "aborted";
  }
  /** @returns {string | undefined} the file's identifier, after the claim */ get fileId() { return this.#upload?.fileId ?? this.record?.id; }
  /** The bytes per second of the last ten seconds. */ get speed() {
    const [[since, bytes]] = this.#pace;
    return this.state === "uploading" ? (1000 * (this.loaded - bytes)) / Math.max(1, now() - since) : 0;
  }
  /** The seconds until all bytes are sent at this speed. Undefined if no bytes are being sent. */
  get timeLeft() { return this.speed > 0 ? (this.total - this.loaded) / this.speed : undefined; }
  /** The unfinished uploads of earlier pages, each paused; `resume` continues one. @param {Options} options */
  static async pending(options) {
    return Promise.all((await new Uploader(undefined, options).#remembered()).map(async (upload) => {
      const file = await memory((store) => store.get(keyOf(upload.fileId)));
      const uploader = new Uploader(file, { ...options, filename: upload.name });
      [uploader.#upload, uploader.loaded, uploader.total] = [upload, upload.loaded, upload.size];
      uploader.pause();
      return uploader;
    }));
  }
  /** Starts the upload, once. Answers the record of the ready file; throws an `UploadError`. */
  start() {
    if (!this.#end) (this.#end = this.#run()).catch(() => {});
    return /** @type {Promise<import("./types").FileRecord>} */ (this.#end);
  }
  /** Stops sending. A part that is not complete is sent again later. */
  pause() {
    if (this.state !== "waiting" && this.state !== "uploading") return;
    this.#set("paused");
    this.#leg.abort();
  }
  /** Continues the upload. @param {Blob} [file] the same file, if the user had to choose it again */
  resume(file = this.file) {
    const isRight = file ? !this.#upload || this.#upload.trace === this.#trace(file) : this.#upload?.hasArrived;
    if (!isRight) return Promise.reject(new UploadError("other_file"));
    this.file = file;
    if (this.state === "paused") this.#set("waiting");
    return this.start();
  }
  /** Aborts the upload, unless the file has arrived. Resolves when the server knows. */
  async abort() {
    this.#set("aborted");
    this.#leg.abort();
    await this.start().catch(() => {});
  }
  async #run() {
    try {
      if (this.file?.size === 0) throw new UploadError("empty_file");
      while (!(await this.#sends()));
      while (this.loaded < this.total) await this.#report(0, this.total);
      await this.#save({ hasArrived: true });
      if (this.#upload.put) this.#call("POST", `uploads/${this.fileId}/complete`).catch(() => {}); // a hint
      this.#set("processing");
      for (let wait = 200; !this.record; wait = Math.min(wait * 1.5, longestDelay / 2)) {
        const record = await this.#call("GET", `files/${this.fileId}`);
        if (record.state === "pending" || record.state === "received") await sleep(wait, this.#leg.signal);
        else this.record = record;
      }
      if (this.record.state !== "ready") throw new UploadError(this.record.state, { record: this.record });
      this.#set("ready");
      return this.record;
    } catch (cause) {
      this.error = this.state === "aborted" ? new UploadError("aborted")
        : cause instanceof UploadError ? cause : new UploadError("unexpected", { cause });
      this.#set(this.error.code === "rejected" ? "rejected" : "failed");
      throw this.error;
    } finally {
      this.#leg.abort();
      if (this.error?.code !== "unreachable") await this.#forget();
    }
  }
  async #sends() {
    while (this.state === "paused") await new Promise((go) => this.addEventListener("state", go, { once: true }));
    const { signal } = (this.#leg = new AbortController());
    if (this.state === "aborted") this.#leg.abort();
    return files(signal, () => this.#retry(signal, () => this.#send(signal))).then(() => true, (error) => {
      if (this.state === "aborted" || error.name !== "AbortError") throw error;
    });
  }
  /** Sends the bytes that the bucket does not have yet. */
  async #send(signal) {
    this.#set("uploading");
    this.#sent.clear();
    if (this.#upload?.hasArrived) return;
    this.#upload ??= (await this.#remembered()).find(({ trace }) => trace === this.#trace(this.file));
    const { state } = this.#upload ? await this.#call("GET", `files/${this.fileId}`) : { state: "pending" };
    if (state === "received" || state === "ready" || state === "rejected") return;
    if (state !== "pending" || (this.#hasRunOut && this.#upload?.put)) await this.#forget();
    const isNew = !this.#upload;
    if (isNew) await this.#claim(this.file);
    globalThis.navigator?.locks?.request(keyOf(this.fileId), () => this.#end.catch(() => {}));
    signal.throwIfAborted();
    this.#pace = [[now(), this.loaded]];
    if (this.#upload.put) await this.#put(1, this.file, this.#upload.put, signal, this.#upload.since);
    else await this.#putParts(`uploads/${this.fileId}`, this.#upload.multipart, isNew, signal);
  }
  async #claim(file) {
    const { visibility, checksum = file.size <= hashable, contentType = file.type, remember } = this.#options;
    const hash = checksum && (await globalThis.crypto?.subtle?.digest("SHA-256", await file.arrayBuffer()));
    const sha256 = hash ? [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("") : undefined;
    const [owner, { name, total: size, loaded }] = [await this.#owner(), this];
    const ticket = await this.#call("POST", "uploads", { filename: name, size, contentType, visibility, sha256 });
    await this.#save({ ...ticket, owner, trace: this.#trace(file), name, size, loaded, since: now() });
    if (remember) memory((store) => store.put(file, keyOf(ticket.fileId)));
  }
  async #putParts(path, { partSize, partCount }, isNew, signal) {
    const piece = (number) => this.file.slice((number - 1) * partSize, number * partSize);
    const { parts } = isNew ? { parts: [] } : await this.#call("GET", `${path}/parts`);
    for (const { number, size } of parts) if (size === piece(number).size) this.#sent.set(number, size);
    const left = Array.from({ length: partCount }, (_, index) => index + 1).filter((number) => !this.#sent.has(number));
    const lanes = gate(Math.max(1, this.#options.parallel));
    await Promise.all(left.map((number) => lanes(signal, () => this.#retry(signal, async () => {
      const answer = await this.#call("POST", `${path}/parts`, { numbers: [number] });
      await this.#put(number, piece(number), answer.parts[0], signal);
    })).catch((error) => this.#leg.abort(error))));
    signal.throwIfAborted();
    await this.#call("POST", `${path}/complete`).catch((error) => {
      throw error.code === "parts_missing" ? Object.assign(error, { tries: refusals }) : error;
    });
  }
  /** Sends one PUT by XMLHttpRequest, since fetch reports no upload progress. 412 means that an earlier PUT has arrived. */
  #put = (number, body, { url, headers }, signal, since = now()) => connections(signal, async () => {
    const [request, began] = [new XMLHttpRequest(), Date.now()];
    request.open("PUT", url);
    request.timeout = silence;
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => {
      request.timeout = Date.now() - began + silence;
      this.#report(number, Math.min(loaded, body.size));
    };
    signal.addEventListener("abort", () => request.abort());
    await new Promise((resolve) => ((request.onloadend = resolve), request.send(body)));
    const { status, responseText } = request;
    const isThere = (status >= 200 && status < 300) || status === 412;
    // Some stores' refusals cannot be read (status 0). In the last thirtieth of a URL's lifetime, the URL may have expired.
    this.#hasRunOut = status === 403 || (!status && now() - since > Number(/X-Amz-Expires=(\d+)/i.exec(url)?.[1] ?? 900) * 967);
    this.#report(number, isThere ? body.size : 0);
    if (isThere) return;
    const later = /^retry-after: (.*)$/im.exec(request.getAllResponseHeaders())?.[1];
    const isReadable = status || (await body.slice(0, 1).arrayBuffer().catch(() => false));
    if (!isReadable) throw new UploadError("file_unreadable");
    const answer = /<Code>(\w+)/.exec(responseText)?.[1] ?? status;
    throw new UploadError(status ? "store_refused" : "unreachable", { status, answer, later, tries: refusals });
  });
  /** Sends one API request. A claim or an abort is never interrupted, because its result must be known. */
  #call(method, path, /** @type {any} */ body = undefined, signal = this.#leg.signal) {
    const ends = method === "DELETE" || path === "uploads" ? [] : [signal];
    return this.#retry(signal, async () => {
      const headers = { authorization: `Bearer ${await this.#bearer()}`, "content-type": "application/json" };
      const init = { method, headers, body: body && JSON.stringify(body), keepalive: method === "DELETE" };
      const end = Signals.any([...ends, Signals.timeout(silence)]);
      const answer = await fetch(this.#base + path, { ...init, signal: end }).catch((cause) => {
        throw new UploadError("unreachable", { cause, status: 0 });
      });
      const problem = await answer.json().catch(() => undefined);
      if (answer.ok && (problem || answer.status === 204)) return problem;
      if (answer.status === 401) this.#token = undefined;
      const status = answer.ok ? 0 : answer.status;
      const tries = status === 401 && typeof this.#options.token === "function" ? 2 : 1;
      const later = answer.headers.get("retry-after");
      throw new UploadError(problem?.code ?? `http_${status}`, { status, problem, tries, later, claim: body });
    });
  }
  /** Repeats `body` until it succeeds, with exponential backoff and full jitter. Progress resets the count. */
  async #retry(signal, body, { patience } = this.#options) {
    for (let [tries, refused, reached, since] = [0, 0, -1, 0]; ; tries += 1) {
      signal.throwIfAborted();
      try {
        return await body();
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof UploadError)) throw error;
        const isOffline = globalThis.navigator?.onLine === false;
        if (isOffline || this.loaded > reached) [tries, refused, reached, since] = [0, 0, this.loaded, Date.now()];
        if (error.tries < Infinity && (refused += 1) >= error.tries) throw Object.assign(error, { tries: 1 });
        if (Date.now() - since > patience) throw new UploadError("unreachable", { cause: error });
        const delay = isOffline ? longestDelay : error.wait + Math.random() * Math.min(longestDelay, firstDelay * 2 ** tries);
        this.#emit("retry", { error, delay });
        await sleep(delay, signal);
      }
    }
  }
  async #bearer({ token } = this.#options) {
    const ask = async () => (typeof token === "function" ? token() : token);
    const fail = (cause) => { throw new UploadError("no_token", { cause, tries: cause && refusals }); };
    this.#token ??= await ask().catch(fail);
    return typeof this.#token === "string" ? this.#token : fail(undefined);
  }
  /** The user whom the token names. Nobody sees another user's uploads. */
  async #owner() {
    const [, claims = ""] = (await this.#bearer()).split(".");
    try { return `${this.#base} ${JSON.parse(atob(claims.replace(/-/g, "+").replace(/_/g, "/"))).sub}`; } catch { return this.#base; }
  }
  /** The user's kept uploads that no other page works on. Uploads older than a day are erased. */
  async #remembered() {
    const [owner, oldest] = [await this.#owner(), Date.now() - day];
    const all = (this.#options.remember && (await memory((store) => store.getAll()))) || [];
    const held = ((await globalThis.navigator?.locks?.query())?.held ?? []).map(({ name }) => name);
    for (const { fileId, since } of all) if (since < oldest) await erase(fileId);
    return all.filter((upload) => upload.owner === owner && upload.since >= oldest && !held.includes(keyOf(upload.fileId)));
  }
  #trace(file) { return `${this.name} ${file.size} ${file.lastModified}`; }
  /** Keeps the progress and then reports it, so that a reload continues from there. */
  #report(number, bytes) {
    this.#sent.set(number, bytes);
    const sum = Math.min(this.total, [...this.#sent.values()].reduce((one, other) => one + other, 0));
    if (sum > this.loaded && this.#upload) this.#saving ??= this.#save({ loaded: sum }).then(() => {
      [this.#saving, this.loaded] = [undefined, sum];
      if (this.#pace.push([now(), sum]) > 2 && now() - this.#pace[1][0] > pace) this.#pace.shift();
      this.#emit("progress", this);
    });
    return this.#saving;
  }
  async #save(changes) {
    const upload = (this.#upload = { ...this.#upload, ...changes });
    if (this.#options.remember) await memory((store) => store.put(upload, upload.fileId));
  }
  /** Aborts an incomplete upload on the server and erases the kept data. */
  async #forget() {
    const [{ fileId, hasArrived }, { signal }] = [this.#upload ?? {}, new AbortController()];
    await this.#saving;
    this.#upload = undefined;
    const drop = async () => hasArrived || this.#call("DELETE", `uploads/${fileId}`, undefined, signal);
    if (fileId) await Promise.allSettled([erase(fileId), drop()]);
  }
  #set(state) {
    if (this.state === state || ["ready", "rejected", "failed", "aborted"].includes(this.state)) return;
    this.#emit("state", Object.assign(this, { state }));
  }
  #emit(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
}

/** @param {Blob} file @param {Options} options @returns the record of the ready file; throws an `UploadError` */
export const upload = (file, options) => new Uploader(file, options).start();
