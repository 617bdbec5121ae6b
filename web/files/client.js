// The requests of the files page to Stowage's API, and the cookies that open private images.

import { UploadError } from "../stowage.js";

const [attempts, deadline, early, longest] = [4, 30_000, 60_000, 15_000];
const Signals = /** @type {any} newer than the compiler's library */ (AbortSignal);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Client {
  #options; #base; #token; #cookies; #cookiesEnd = 0; #timer;

  /** @param {{ token: any, url?: string }} options */
  constructor(options) {
    this.#options = options;
    this.#base = base(options.url ?? location.href);
  }

  /**
   * Sends a request and returns the JSON of the response. Temporary failures are tried again, up to four times; a request
   * that makes something new is sent once. Throws an `UploadError`.
   *
   * @param {string} method @param {string} path below `/v1/` @param {any} [body]
   * @param {{ signal?: AbortSignal, once?: boolean }} more @returns {Promise<any>}
   */
  async ask(method, path, body, more = {}) {
    const { signal, once = false } = more;
    const answer = await this.#send(method, path, body, signal, once);
    return answer.status === 204 ? undefined : answer.json().catch((cause) => fail("unreachable", { cause, status: 0 }));
  }

  /** Does `body` for each of `items`, six at a time. Returns the errors by item. */
  async each(items, body) {
    const [line, errors] = [[...items], new Map()];
    const work = async () => {
      for (let item = line.shift(); item !== undefined; item = line.shift()) {
        await body(item).catch((error) => errors.set(item, error));
      }
    };
    await Promise.all(Array.from({ length: 6 }, work));
    return errors;
  }

  /**
   * Returns the URL of a file's bytes at the store, valid for a minute. The API redirects there, and the request ends at
   * the redirect's response, so no bytes are kept. Where nginx delivers downloads, it is a link that lives a minute.
   *
   * @param {string} id @param {"attachment" | "inline"} disposition
   */
  async address(id, disposition) {
    const end = new AbortController();
    try {
      const answer = await this.#send("GET", `files/${id}/download?disposition=${disposition}`, undefined, end.signal);
      if (answer.redirected) return answer.url;
    } finally {
      end.abort();
    }
    return (await this.ask("POST", `files/${id}/links`, { expiresInSeconds: 60, disposition }, { once: true })).url;
  }

  /** Gets cookies for images that are not public, and renews them before they end. Never fails: the images tell. */
  cookies() {
    if (!this.#cookies || Date.now() > this.#cookiesEnd - early / 2) this.#cookies = this.#renew();
    return this.#cookies;
  }

  /** Ends the renewal of cookies. */
  close() {
    clearTimeout(this.#timer);
    this.#cookies = undefined;
  }

  async #renew() {
    this.#cookiesEnd = Date.now() + early;
    clearTimeout(this.#timer);
    const grant = await this.ask("POST", "cookies").catch(() => undefined);
    // After a failure the next image that needs cookies asks again, at the earliest in half a minute.
    if (!grant) return;
    this.#cookiesEnd = Date.parse(grant.expiresAt);
    const wait = Math.max(early / 2, this.#cookiesEnd - Date.now() - early);
    this.#timer = setTimeout(() => (this.#cookies = this.#renew()), Math.min(wait, 86_400_000));
  }

  async #send(method, path, body, signal, once = false) {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#sendOnce(method, path, body, signal);
      } catch (error) {
        if (!(error instanceof UploadError)) throw error;
        const isExpired = error.status === 401 && typeof this.#options.token === "function" && tries === 1;
        const isTemporary = error.status === 429 || (!once && error.tries === Infinity);
        if (tries >= attempts || globalThis.navigator?.onLine === false || !(isExpired || isTemporary)) throw error;
        await sleep(isExpired ? 0 : Math.min(longest, error.wait + Math.random() * 500 * 2 ** tries));
        signal?.throwIfAborted();
      }
    }
  }

  async #sendOnce(method, path, body, signal) {
    if (!this.#base) throw new UploadError("unknown_host", { status: 0 });
    const headers = /** @type {Record<string, string>} */ ({ authorization: `Bearer ${await this.#bearer()}` });
    if (body) headers["content-type"] = "application/json";
    const end = Signals.any([Signals.timeout(deadline), ...(signal ? [signal] : [])]);
    const credentials = path === "cookies" ? "include" : "same-origin";
    const init = /** @type {RequestInit} */ ({ method, headers, credentials, body: body && JSON.stringify(body), signal: end, cache: "no-cache" });
    const answer = await fetch(this.#base + path, init).catch((cause) => {
      signal?.throwIfAborted();
      return fail("unreachable", { cause, status: 0 });
    });
    if (answer.ok) return answer;
    if (answer.status === 401) this.#token = undefined;
    const problem = await answer.json().catch(() => undefined);
    return fail(problem?.code ?? `http_${answer.status}`, { status: answer.status, problem, later: answer.headers.get("retry-after") });
  }

  async #bearer() {
    const { token } = this.#options;
    try {
      this.#token ??= Promise.resolve(typeof token === "function" ? token() : token);
      const text = await this.#token;
      if (typeof text === "string" && text) return text;
    } catch (cause) {
      this.#token = undefined;
      fail("no_token", { cause });
    }
    this.#token = undefined;
    return fail("no_token", {});
  }
}

/** Returns the address of the API; undefined for what is no address of a site. */
function base(url) {
  try {
    const { href, protocol } = new URL("/v1/", url);
    return ["http:", "https:"].includes(protocol) ? href : undefined;
  } catch {
    return undefined;
  }
}

/** @returns {any} never */
function fail(code, more) { throw new UploadError(code, more); }
