// Uppy uploads to Stowage: the options of @uppy/aws-s3 3 to 5 (and of @uppy/aws-s3-multipart 3) over Stowage's own API.
// For @uppy/aws-s3 6, which has no such options, see uppy.md. No dependencies.

const MB = 1024 * 1024;
const idempotent = ["GET", "DELETE"];

/** An error that Stowage answered. `message` is for people. */
export class StowageError extends Error {
  /** @param {number} status @param {{code?: string, title?: string, detail?: string}} problem */
  constructor(status, problem) {
    super([problem.title, problem.detail].filter(Boolean).join(": ") || `The server answered ${status}.`);
    this.name = "StowageError";
    /** The stable name of the error, for programs. */
    this.code = problem.code;
    this.status = status;
    this.source = { status };
  }
}

/**
 * @typedef {object} StowageOptions
 * @property {string | URL} url The address of Stowage, such as `https://files.example.com`.
 * @property {string | ((options: {signal?: AbortSignal}) => string | Promise<string>)} token The user's bearer token, or
 *   a function that answers one. The function is called for every request.
 * @property {object} [uppy] The Uppy. With it, each file's `meta.fileId` is the file's identifier in Stowage, set before the
 *   upload, and Stowage learns at once when a file is uploaded. Otherwise Stowage waits for an event or for the sweep.
 * @property {"private" | "premium" | "public" | ((file: object) => string)} [visibility] Who may see the file's images.
 * @property {number} [singleMaximum] The server's STOWAGE_UPLOAD_SINGLE_MAX_BYTES. Default: 10 MB.
 */

/**
 * The options for `uppy.use(AwsS3, …)`. Further options of the plugin may be added to them.
 *
 * @param {StowageOptions} options
 */
export function stowageUppy({ url, token, uppy, visibility, singleMaximum = 10 * MB }) {
  const call = caller(url, token);
  const begun = new WeakMap();
  const sign = batcher((fileId, numbers, signal) =>
    call("POST", `/${fileId}/parts`, { body: { numbers }, signal, again: true }).then(({ parts }) => parts));

  /** Claims the file. An earlier claim for the same file is aborted, so that its reserved room is free. */
  async function claim(file, signal) {
    const earlier = begun.get(file.data);
    if (earlier) call("DELETE", `/${earlier}`).catch(() => {});
    const body = {
      filename: file.meta?.name ?? file.name,
      size: file.data.size,
      contentType: file.type ?? "",
      visibility: typeof visibility === "function" ? visibility(file) : visibility,
    };
    const ticket = await call("POST", "", { body, signal });
    begun.set(file.data, ticket.fileId);
    uppy?.setFileMeta(file.id, { fileId: ticket.fileId });
    return ticket;
  }

  uppy?.on?.("upload-success", (file) => {
    const fileId = begun.get(file?.data);
    // Only a hint. An upload in parts reports its completion by itself, and the sweep finds files without a hint.
    if (fileId && file.size <= singleMaximum) call("POST", `/${fileId}/complete`, { again: true }).catch(() => {});
  });

  return {
    shouldUseMultipart: (file) => file.size > singleMaximum,

    /** The server's part size: 5 MB, or the whole number of MB with which 10,000 parts suffice. */
    getChunkSize: ({ size }) => Math.max(5, Math.ceil(Math.ceil(size / 10_000) / MB)) * MB,

    async getUploadParameters(file, { signal } = {}) {
      const { put } = await claim(file, signal);
      if (!put) throw new Error("This file must be uploaded in parts: leave shouldUseMultipart as it is.");
      return { method: "PUT", url: put.url, headers: put.headers, fields: {} };
    },

    async createMultipartUpload(file, signal) {
      const { fileId, multipart } = await claim(file, signal);
      if (!multipart) throw new Error("This file must be uploaded in one piece: leave shouldUseMultipart as it is.");
      return { uploadId: fileId, key: fileId };
    },

    async signPart(_file, { uploadId, partNumber, body, signal }) {
      const part = await sign(uploadId, partNumber, signal);
      if (body && body.size !== part.size) throw new Error(`Part ${partNumber} must have ${part.size} bytes.`);
      return { method: "PUT", url: part.url, headers: part.headers, fields: {} };
    },

    async listParts(_file, { uploadId, signal }) {
      const { parts } = await call("GET", `/${uploadId}/parts`, { signal });
      return parts.map(({ number, size }) => ({ PartNumber: number, Size: size, ETag: "" }));
    },

    async completeMultipartUpload(_file, { uploadId, signal }) {
      const outcome = await call("POST", `/${uploadId}/complete`, { signal, again: true });
      return { location: new URL(`/v1/files/${uploadId}`, url).href, ...outcome };
    },

    async abortMultipartUpload(_file, { uploadId, signal }) {
      await call("DELETE", `/${uploadId}`, { signal }).catch((error) => {
        // The upload has ended already, or it never existed.
        if (error.status !== 409 && error.status !== 404) throw error;
      });
    },
  };
}

/** A function that sends requests to `/v1/uploads…` and repeats a failed one up to three times if that can help. */
function caller(base, token) {
  const uploads = new URL("/v1/uploads", base).href;
  return async function call(method, path, { body, signal, again = idempotent.includes(method) } = {}) {
    for (let attempt = 1; ; attempt += 1) {
      let answer;
      try {
        const bearer = typeof token === "function" ? await token({ signal }) : token;
        answer = await fetch(uploads + path, {
          method,
          signal,
          headers: { authorization: `Bearer ${bearer}`, ...(body && { "content-type": "application/json" }) },
          body: body && JSON.stringify(body),
        });
      } catch (error) {
        if (signal?.aborted || !again || attempt === 4) throw error;
      }
      if (answer?.ok) return answer.status === 204 ? undefined : answer.json();
      const passing = !answer || [429, 502, 503, 504].includes(answer.status);
      if (!passing || attempt === 4) throw new StowageError(answer.status, await answer.json().catch(() => ({})));
      const wait = Number(answer?.headers.get("retry-after")) || 2 ** (attempt - 1);
      await pause(wait * 1000 * (0.75 + Math.random() / 2), signal);
    }
  };
}

function pause(ms, signal) {
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
function batcher(ask) {
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
