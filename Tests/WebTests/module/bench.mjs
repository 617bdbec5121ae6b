// The environment of the module's tests: a server that plays API and store as a test says, and the browser functions
// that Node lacks.

import { webcrypto } from "node:crypto";
import { createServer, request as open } from "node:http";

/** The waiting times that the module requested. For the module, time runs a hundred times faster. */
export const waits = [];
const realTimeout = globalThis.setTimeout;
globalThis.setTimeout = (action, ms = 0, ...rest) => {
  waits.push(ms);
  return realTimeout(action, ms / 100, ...rest);
};
export const pause = (ms) => new Promise((resolve) => realTimeout(resolve, ms));

globalThis.crypto ??= webcrypto;
globalThis.CustomEvent ??= class extends Event {
  constructor(type, { detail }) {
    super(type);
    this.detail = detail;
  }
};

/** The part of XMLHttpRequest that the module uses. */
globalThis.XMLHttpRequest = class {
  upload = {};
  status = 0;
  responseText = "";
  #headers = {};

  open(method, url) { this.#headers = {}; Object.assign(this, { method, url }); }
  setRequestHeader(name, value) { this.#headers[name] = value; }
  getAllResponseHeaders() { return this.answer ?? ""; }
  abort() { this.request?.destroy(); }

  async send(body) {
    const bytes = Buffer.from(await body.arrayBuffer());
    const end = () => { this.onloadend?.(); this.onloadend = undefined; };
    this.request = open(this.url, { method: this.method, headers: { ...this.#headers, "content-length": bytes.length } });
    this.request.on("error", end).on("response", async (response) => {
      let text = "";
      try { for await (const piece of response) text += piece; } catch { return end(); }
      this.status = response.statusCode;
      this.responseText = text;
      this.answer = Object.entries(response.headers).map((pair) => pair.join(": ")).join("\r\n");
      end();
    });
    const half = bytes.length >> 1;
    this.request.write(bytes.subarray(0, half), () => this.upload.onprogress?.({ loaded: half }));
    this.request.end(bytes.subarray(half), () => this.upload.onprogress?.({ loaded: bytes.length }));
  }
};

const problem = (status, code, more = {}) => ({ status, json: { title: code, code, ...more } });
export { problem };

/**
 * One system. Files above `partSize` are uploaded in parts. `script` may answer a request in place of the system
 * with {status, json, headers, text}, or "cut" to end the connection.
 */
export class Bench {
  partSize = 1000;
  /** The lifetime of a presigned URL, in seconds. */
  lifetime = 900;
  /** "METHOD path" of every request, in order; ids are fixed: f1, f2, … */
  log = [];
  files = new Map();
  script = () => undefined;
  most = { put: 0, claims: 0 };
  #now = { put: 0 };

  static async open(t) {
    const bench = new Bench();
    bench.server = createServer((request, response) => bench.#serve(request, response));
    await new Promise((resolve) => bench.server.listen(0, "127.0.0.1", resolve));
    bench.url = `http://127.0.0.1:${bench.server.address().port}`;
    t.after(() => { bench.server.closeAllConnections(); bench.server.close(); });
    waits.length = 0;
    return bench;
  }

  options(more = {}) { return { url: this.url, token: "t", filename: "a.pdf", ...more }; }

  /** Returns the number of matching requests. */
  count(pattern) { return this.log.filter((line) => pattern.test(line)).length; }

  async #serve(request, response) {
    const { method, url } = request;
    const line = `${method} ${url.split("?")[0]}`;
    this.log.push(line);
    this.#now.put += method === "PUT";
    this.most.put = Math.max(this.most.put, this.#now.put);
    const pieces = [];
    try { for await (const piece of request) pieces.push(piece); } catch { return; }
    const body = Buffer.concat(pieces);
    const said = await this.script({ line, count: this.log.filter((other) => other === line).length, body, request });
    this.#now.put -= method === "PUT";
    if (said?.lost || said === undefined) this.answer = this.#answer(method, url, body);
    const { status, json, headers = {}, text = "" } = said === undefined ? this.answer : said;
    if (said === "cut" || said?.lost) return request.socket.destroy();
    response.writeHead(status, { ...(json && { "content-type": "application/json" }), ...headers });
    response.end(json ? JSON.stringify(json) : text);
  }

  #answer(method, url, body) {
    const [, area, kind, id, what] = url.split("?")[0].split("/");
    if (area === "store") return this.#store(kind, id, body);
    const file = this.files.get(id);
    if (method === "POST" && !id) return this.#claim(JSON.parse(body));
    if (!file) return problem(404, "not_found");
    if (kind === "files") {
      if (file.state === "received") file.state = "ready";
      return { status: 200, json: { id, state: file.state, reason: file.reason, variants: [] } };
    }
    const hasArrived = ["received", "ready", "rejected"].includes(file.state);
    if (method === "DELETE") {
      if (hasArrived) return problem(409, "upload_closed");
      file.state = "aborted";
      return { status: 204 };
    }
    if (what === "complete" && file.count === 1) {
      return file.state === "aborted" ? problem(409, "upload_closed") : { status: 200, json: { fileId: id, state: file.state } };
    }
    if (what === "complete" && hasArrived) return { status: 200, json: { fileId: id, state: file.state } };
    if (file.state !== "pending") return problem(409, "upload_closed");
    const sizes = [...file.parts].map(([number, { length: size }]) => ({ number, size }));
    if (what === "parts" && method === "GET") return { status: 200, json: { parts: sizes } };
    if (what === "parts") {
      const parts = JSON.parse(body).numbers.map((number) => ({ number, url: `${this.url}/store/${id}/${number}`, headers: {} }));
      return { status: 200, json: { parts } };
    }
    const numbers = [...Array(file.count)].map((_, index) => index + 1).filter((number) => !file.parts.has(number));
    if (numbers.length) return problem(409, "parts_missing", { numbers });
    file.bytes = Buffer.concat([...Array(file.count)].map((_, index) => file.parts.get(index + 1)));
    file.state = "received";
    return { status: 200, json: { fileId: id, state: "received" } };
  }

  #claim(claim) {
    const fileId = `f${this.files.size + 1}`;
    const count = Math.ceil(claim.size / this.partSize);
    this.files.set(fileId, { claim, count, parts: new Map(), state: "pending" });
    this.most.claims = Math.max(this.most.claims, [...this.files.values()].filter(({ state }) => state === "pending").length);
    const put = { url: `${this.url}/store/${fileId}/whole?X-Amz-Expires=${this.lifetime}`, headers: { "if-none-match": "*" } };
    const multipart = { partSize: this.partSize, partCount: count };
    return { status: 201, json: { fileId, ...(count > 1 ? { multipart } : { put }) } };
  }

  #store(id, what, body) {
    const file = this.files.get(id);
    if (what !== "whole") file.parts.set(Number(what), body);
    else if (file.bytes) return { status: 412 };
    else Object.assign(file, { bytes: body, state: "received" });
    return { status: 200, headers: { etag: '"tag"' } };
  }
}
