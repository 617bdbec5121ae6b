// The requests of stowage-uppy.js: to Stowage and to the store, and the answers that @uppy/aws-s3 6 expects of a store.
import { explain } from "./stowage-words.js";

const idempotent = ["GET", "DELETE"];
/** A connection without any movement for this many milliseconds is closed. */
const silence = 90_000;

/** A refusal. `message` is a sentence for people. */
export class StowageError extends Error {
  /** @param {import("./types").Matter} matter @param {object} [source] the request, by whose status Uppy decides about repeating */
  constructor(matter, source = { status: matter.status }) {
    super(explain(matter));
    this.name = "StowageError";
    /** The stable name of the error, for programs. */
    this.code = matter.code;
    /** Why Stowage rejected the file. */
    this.reason = matter.record?.reason;
    /** The server's own words. */
    this.detail = matter.problem?.detail;
    this.status = matter.status;
    this.source = source;
  }
}

/** A function that sends requests to `/v1/…` and repeats a failed one up to three times if that can help. */
export function caller(base, token) {
  const api = new URL("/v1/", base).href;
  return async function call(method, path, { body, signal, again = idempotent.includes(method) } = {}) {
    for (let attempt = 1; ; attempt += 1) {
      let answer;
      await online(signal);
      try {
        const bearer = typeof token === "function" ? await token({ signal }) : token;
        answer = await fetch(api + path, {
          method,
          signal,
          keepalive: method === "DELETE",
          headers: { authorization: `Bearer ${bearer}`, ...(body && { "content-type": "application/json" }) },
          body: body && JSON.stringify(body),
        });
      } catch (error) {
        if (signal?.aborted) throw error;
        if (!again || attempt === 4) throw Object.assign(new StowageError({ code: "unreachable", status: 0 }), { cause: error });
      }
      if (answer?.ok) return answer.status === 204 ? undefined : answer.json();
      if (answer && (attempt === 4 || ![429, 502, 503, 504].includes(answer.status))) {
        const problem = await answer.json().catch(() => undefined);
        throw new StowageError({ code: problem?.code, status: answer.status, problem, claim: body });
      }
      const wait = Number(answer?.headers.get("retry-after")) || 2 ** (attempt - 1);
      await pause(wait * 1000 * (0.75 + Math.random() / 2), signal);
    }
  };
}

/**
 * Sends bytes to the store by XMLHttpRequest, since fetch reports no upload progress.
 *
 * Returns the headers of the answer, as the option `uploadPartBytes` of @uppy/aws-s3 does.
 */
export function send({ url, headers = {} }, body, onProgress, signal) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const [request, began] = [new XMLHttpRequest(), Date.now()];
    const stop = () => request.abort();
    signal?.addEventListener("abort", stop);
    request.open("PUT", url);
    request.timeout = silence;
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      request.timeout = Date.now() - began + silence;
      onProgress?.(event);
    };
    request.onloadend = () => {
      signal?.removeEventListener("abort", stop);
      const { status, responseText } = request;
      if (signal?.aborted) return reject(new DOMException("The request was aborted.", "AbortError"));
      if (status < 200 || status >= 300) return reject(refusal(request, status, responseText));
      const lines = request.getAllResponseHeaders().trim().split(/[\r\n]+/).map((line) => line.split(/: (.*)/s));
      const all = Object.fromEntries(lines.map(([name, value]) => [name.toLowerCase(), value]));
      resolve({ ...all, ETag: all.etag ?? "" });
    };
    request.send(body);
  });
}

function refusal(request, status, text) {
  const answer = /<Code>(\w+)/.exec(text)?.[1] ?? status;
  const error = new StowageError({ code: status ? "store_refused" : "unreachable", status, answer }, request);
  // By these words Uppy asks for a new URL of the part.
  if (status === 403) error.message = "Request has expired";
  return error;
}

/** Waits while the browser is offline, so that no attempt is used up. */
export async function online(signal) {
  while (globalThis.navigator?.onLine === false) await pause(1_000, signal);
}

export function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}

/**
 * Joins the requests that come for one upload at the same time into one request, because Uppy asks for each part separately.
 *
 * The joint request is aborted when all of its callers have aborted.
 */
export function batcher(ask) {
  const open = new Map();
  return (fileId, number, signal) => new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    if (!open.has(fileId)) {
      const waiting = [];
      open.set(fileId, waiting);
      setTimeout(() => {
        open.delete(fileId);
        flush(waiting, (numbers, shared) => ask(fileId, numbers, shared));
      });
    }
    open.get(fileId).push({ number, signal, resolve, reject });
  });
}

async function flush(waiting, ask) {
  const shared = new AbortController();
  let left = waiting.length;
  const leave = ({ signal, reject }) => {
    reject(signal.reason);
    left -= 1;
    if (left === 0) shared.abort(signal.reason);
  };
  for (const one of waiting) {
    if (one.signal?.aborted) leave(one);
    else one.signal?.addEventListener("abort", () => leave(one), { once: true });
  }
  try {
    const numbers = [...new Set(waiting.map(({ number }) => number))];
    const parts = new Map();
    for (let from = 0; from < numbers.length; from += 100) {
      for (const part of await ask(numbers.slice(from, from + 100), shared.signal)) parts.set(part.number, part);
    }
    for (const { number, resolve } of waiting) resolve(parts.get(number));
  } catch (error) {
    for (const { reject } of waiting) reject(error);
  }
}

/** An address whose answer is this XML. Nothing leaves the browser. */
const xml = (text) => ({ url: `data:application/xml,${encodeURIComponent(`<?xml version="1.0"?>${text}`)}` });

/**
 * The options of @uppy/aws-s3 6, which asks for a signed URL of each request to the store.
 *
 * Version 6 sends no headers but Content-Type, and it lets the store begin and complete uploads. So single files are sent
 * here, Stowage begins and completes uploads, and version 6 gets addresses that answer what a store would. It sends
 * the parts by itself.
 */
export function rewrite({ url, uppy, claim, putWhole, begin, signPart, complete, abort, list }) {
  const files = new Map();
  const keyOf = (file) => {
    const key = `stowage/${crypto.randomUUID()}`;
    files.set(key, file.id);
    return key;
  };

  async function putFile(file) {
    const upload = await claim(file);
    const onProgress = ({ loaded }) => {
      const now = uppy.getFile(file.id);
      if (!now) return;
      const bytesUploaded = Math.min(loaded, file.data.size);
      uppy.emit("upload-progress", now, { uploadStarted: now.progress.uploadStarted ?? 0, bytesUploaded, bytesTotal: file.data.size });
    };
    // After a pause, version 6 asks again while the first request still goes on.
    if (!upload.isSent) {
      upload.sending ??= putWhole(upload, file.data, onProgress, upload.control.signal).finally(() => { upload.sending = undefined; });
      await upload.sending;
    }
    return upload.fileId;
  }

  const answers = {
    POST: async (file) => xml(`<InitiateMultipartUploadResult><UploadId>${await begin(file)}</UploadId></InitiateMultipartUploadResult>`),
    PUT: async (file) => xml(`<File>${await putFile(file)}</File>`),
  };
  const partAnswers = {
    async GET(fileId) {
      const parts = (await list(fileId)).map(({ number }) => `<Part><PartNumber>${number}</PartNumber><ETag>sent</ETag></Part>`);
      return xml(`<ListPartsResult>${parts.join("")}</ListPartsResult>`);
    },
    async PUT(fileId, number) {
      const { url: target, headers } = await signPart(fileId, number);
      // A store that obeys unsigned headers is sent them signed, and version 6 cannot send headers.
      if (Object.keys(headers).length) throw new Error("This store's uploads need headers, which @uppy/aws-s3 6 does not send.");
      return { url: target };
    },
    async POST(fileId) {
      const { location } = await complete(fileId);
      const result = `<Location>${location}</Location><Bucket>stowage</Bucket><Key>${fileId}</Key><ETag>sent</ETag>`;
      return xml(`<CompleteMultipartUploadResult>${result}</CompleteMultipartUploadResult>`);
    },
    async DELETE(fileId) {
      await abort(fileId);
      return xml("<Aborted/>");
    },
  };

  return {
    bucket: "stowage",
    region: "auto",
    s3Endpoint: new URL("/", url).href,
    getKey: keyOf,
    generateObjectKey: keyOf,
    async signRequest({ method, key, uploadId, partNumber }) {
      if (uploadId) return partAnswers[method](uploadId, partNumber);
      const file = uppy?.getFile(files.get(key));
      if (!file) throw new Error("With @uppy/aws-s3 6, give stowageUppy the option uppy.");
      return answers[method](file);
    },
  };
}
