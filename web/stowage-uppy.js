// Uppy uploads to Stowage: the options of @uppy/aws-s3 3 to 5 (and of @uppy/aws-s3-multipart 3) over Stowage's own API.
// For @uppy/aws-s3 6, which has no such options, see uppy.md. No dependencies.

const MB = 1024 * 1024;
const idempotent = ["GET", "DELETE"];

/** A refusal of Stowage's, in words for a person. */
export class StowageError extends Error {
  /** @param {number} status @param {{code?: string, title?: string, detail?: string}} problem */
  constructor(status, problem) {
    super([problem.title, problem.detail].filter(Boolean).join(": ") || `The server answered ${status}.`);
    this.name = "StowageError";
    /** Stable: what a program looks at. */
    this.code = problem.code;
    this.status = status;
    this.source = { status };
  }
}

/**
 * @typedef {object} StowageOptions
 * @property {string | URL} url Where Stowage is, such as `https://files.example.com`.
 * @property {string | ((options: {signal?: AbortSignal}) => string | Promise<string>)} token The user's bearer token, or
 *   what gets one; asked for with every request.
 * @property {object} [uppy] The Uppy: then each file's `meta.fileId` is its name in Stowage, from before its upload, and
 *   Stowage is told when a file was put, so that it need not wait for an event or the sweep.
 * @property {"private" | "premium" | "public" | ((file: object) => string)} [visibility] Who may look at its images.
 * @property {number} [singleMaximum] The server's STOWAGE_UPLOAD_SINGLE_MAX_BYTES; 10 MB.
 */

/**
 * The options for `uppy.use(AwsS3, …)`; what else the plugin knows may stand beside them.
 *
 * @param {StowageOptions} options
 */
export function stowageUppy({ url, token, uppy, visibility, singleMaximum = 10 * MB }) {
  const call = caller(url, token);
  const begun = new WeakMap();
  const sign = batcher((fileId, numbers, signal) =>
    call("POST", `/${fileId}/parts`, { body: { numbers }, signal, again: true }).then(({ parts }) => parts));

  /** Claims the file; what an earlier attempt claimed is given up, so that it holds no room. */
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
    // A hint: a file in parts says so by itself, and what is not heard is found later.
    if (fileId && file.size <= singleMaximum) call("POST", `/${fileId}/complete`, { again: true }).catch(() => {});
  });

  return {
    shouldUseMultipart: (file) => file.size > singleMaximum,

    /** As the server cuts it: parts of 5 MB, or of as many whole MB as 10,000 parts need. */
    getChunkSize: ({ size }) => Math.max(5, Math.ceil(Math.ceil(size / 10_000) / MB)) * MB,

    async getUploadParameters(file, { signal } = {}) {
      const { put } = await claim(file, signal);
      if (!put) throw new Error("This file must go up in parts: let shouldUseMultipart say so.");
      return { method: "PUT", url: put.url, headers: put.headers, fields: {} };
    },

    async createMultipartUpload(file, signal) {
      const { fileId, multipart } = await claim(file, signal);
      if (!multipart) throw new Error("This file must go up in one piece: let shouldUseMultipart say so.");
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
        // It is over already, or never was.
        if (error.status !== 409 && error.status !== 404) throw error;
      });
    },
  };
}

/** A function that asks `/v1/uploads…`, and again where that is worth it: at most four times. */
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
 * Joins what is asked for one upload at one time into one request: Uppy asks for each part by itself.
 *
 * The request is given up once nobody waits for it any more.
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
