// Uppy uploads to Stowage: the options of @uppy/aws-s3 3 to 6 (and of @uppy/aws-s3-multipart 3) over Stowage's own API.
// uppy.md explains the usage.
import { StowageError, batcher, caller, online, pause, rewrite, send } from "./stowage-uppy-requests.js";
import { explain } from "./stowage-words.js";
export { StowageError };
export { explain, sentences } from "./stowage-words.js";

const MB = 1024 * 1024;
/** The address that stands for bytes that have arrived already. Nothing is sent to it. */
const nowhere = "data:,sent";
/** Reasons for which the same file can be accepted when it is sent again. */
const passingReasons = ["size_mismatch", "checksum_mismatch"];

/**
 * @typedef {object} StowageOptions
 * @property {string | URL} url The address of Stowage, such as `https://files.example.com`.
 * @property {string | ((options: {signal?: AbortSignal}) => string | Promise<string>)} token The user's bearer token, or
 *   a function that answers one. The function is called for every request.
 * @property {object} [uppy] The Uppy. With it, a file counts as uploaded only when Stowage has checked it, a removed file
 *   frees its reservation, and each file's `meta.fileId` is its identifier in Stowage.
 * @property {"private" | "premium" | "public" | ((file: object) => string)} [visibility] Who may see the file's images.
 * @property {number} [singleMaximum] The server's STOWAGE_UPLOAD_SINGLE_MAX_BYTES. Default: 10 MB.
 * @property {number} [patience] The milliseconds to wait until a file is checked. Default: 600,000.
 */

/**
 * The options for `uppy.use(AwsS3, …)`. Further options of the plugin may be added to them.
 *
 * @param {StowageOptions} options
 */
export function stowageUppy({ url, token, uppy, visibility, singleMaximum = 10 * MB, patience = 600_000 }) {
  const call = caller(url, token);
  /** The upload of each Blob: the server's ticket, and `isSent` when all bytes have arrived. */
  const uploads = new WeakMap();
  /** The uploads by the URL of their single PUT, and by their identifier. */
  const known = new Map();
  const askParts = batcher((fileId, numbers, signal) =>
    call("POST", `uploads/${fileId}/parts`, { body: { numbers }, signal, again: true }).then(({ parts }) => parts));

  /** Claims the file, or returns its earlier upload, so that a retry stores no second file. */
  async function claim(file) {
    if (!file.data.size) throw new StowageError({ code: "empty_file" });
    const earlier = uploads.get(file.data);
    if (earlier && (await goesOn(earlier))) return earlier;
    earlier?.control.signal.throwIfAborted();
    const upload = { control: new AbortController(), since: performance.now() };
    uploads.set(file.data, upload);
    const body = {
      filename: file.meta?.name ?? file.name,
      size: file.data.size,
      contentType: file.type ?? "",
      visibility: typeof visibility === "function" ? visibility(file) : visibility,
    };
    // A claim is never interrupted: its reservation must be known, so that it can be freed.
    upload.ticket = call("POST", "uploads", { body });
    try {
      Object.assign(upload, await upload.ticket);
    } catch (error) {
      if (uploads.get(file.data) === upload) uploads.delete(file.data);
      throw error;
    }
    upload.control.signal.throwIfAborted();
    known.set(upload.fileId, upload);
    if (upload.put) known.set(upload.put.url, upload);
    uppy?.setFileMeta?.(file.id, { fileId: upload.fileId });
    return upload;
  }

  /** True if the upload is open, or its bytes have arrived. Throws the refusal of a file that will be refused again. */
  async function goesOn(upload) {
    try { await upload.ticket; } catch { return false; }
    const { record } = upload;
    if (record?.state === "rejected" && !passingReasons.includes(record.reason)) throw new StowageError({ code: "rejected", record });
    if (record && record.state !== "ready") return false;
    if (upload.isSent) return true;
    const { state } = await call("GET", `files/${upload.fileId}`);
    if (["received", "ready", "rejected"].includes(state)) return arrived(upload);
    if (state !== "pending") return false;
    const lifetime = Number(/X-Amz-Expires=(\d+)/i.exec(upload.put?.url)?.[1] ?? 900) * 900;
    if (upload.multipart || (!upload.hasExpired && performance.now() - upload.since < lifetime)) return true;
    return (await abort(upload.fileId)) ? false : arrived(upload);
  }

  /** Aborts the upload. False if the file has arrived. */
  async function abort(fileId, signal) {
    try {
      await call("DELETE", `uploads/${fileId}`, { signal });
    } catch (error) {
      if (error.status === 409) return false;
      if (error.status !== 404) throw error;
    }
    return true;
  }

  /** Marks the bytes as arrived. Tells Stowage about a single PUT, which otherwise waits for an event or for the sweep. */
  function arrived(upload) {
    if (!upload.isSent && upload.put) call("POST", `uploads/${upload.fileId}/complete`, { again: true }).catch(() => {});
    return (upload.isSent = true);
  }

  /** Sends the whole file, up to four times. 412 means that an earlier PUT has arrived and its answer was lost. */
  async function putWhole(upload, body, onProgress, signal) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await online(signal);
        const answer = await send(upload.put, body, onProgress, signal);
        arrived(upload);
        return answer;
      } catch (error) {
        if (error.status === 412) return arrived(upload) && { ETag: "" };
        if (error.status === 403) upload.hasExpired = true;
        const passes = [0, 408, 409, 429].includes(error.status) || error.status >= 500;
        if (!passes || attempt === 4) throw error;
        await pause(1000 * 2 ** (attempt - 1), signal);
      }
    }
  }

  async function begin(file) {
    const upload = await claim(file);
    if (!upload.multipart) throw new Error("This file must be uploaded in one piece: leave shouldUseMultipart as it is.");
    return upload.fileId;
  }

  async function signPart(fileId, number, signal) {
    if (known.get(fileId)?.isSent) return { url: nowhere, headers: {} };
    return askParts(fileId, number, signal);
  }

  async function complete(fileId, signal) {
    const outcome = await call("POST", `uploads/${fileId}/complete`, { signal, again: true });
    const upload = known.get(fileId);
    if (upload) upload.isSent = true;
    return { location: new URL(`/v1/files/${fileId}`, url).href, ...outcome };
  }

  /** The parts that have arrived: all of them if the file has. */
  async function list(fileId, signal) {
    const upload = known.get(fileId);
    try {
      if (!upload?.isSent) return (await call("GET", `uploads/${fileId}/parts`, { signal })).parts;
    } catch (error) {
      if (error.status !== 409 || !upload || !(await goesOn(upload))) throw error;
    }
    return Array.from({ length: upload.multipart.partCount }, (_, index) => ({ number: index + 1 }));
  }

  uppy?.on?.("upload-success", (file) => {
    const upload = uploads.get(file?.data);
    if (upload?.fileId) arrived(upload);
  });

  uppy?.on?.("file-removed", (file) => {
    const upload = uploads.get(file?.data);
    if (!upload) return;
    uploads.delete(file.data);
    known.delete(upload.fileId);
    known.delete(upload.put?.url);
    upload.control.abort();
    if (!upload.isSent) upload.ticket?.then(({ fileId }) => abort(fileId)).catch(() => {});
  });

  // Dashboard shows a green tick behind a file that passed this step.
  uppy?.addPostProcessor?.((ids) => Promise.all(ids.map(judge)));

  /** Waits until Stowage has checked the file, and fails the file if it was not accepted. */
  async function judge(id) {
    const file = uppy.getFile(id);
    const upload = file && !file.error && uploads.get(file.data);
    if (!upload?.isSent) return;
    uppy.emit("postprocess-progress", file, { mode: "indeterminate", message: explain({ code: "checking" }) });
    try {
      const record = await verdict(upload);
      if (record.state !== "ready") throw new StowageError({ code: record.state, record });
      const { response } = uppy.getFile(id);
      uppy.setFileState(id, { response: { ...response, body: { ...response?.body, record } } });
      uppy.emit("postprocess-complete", uppy.getFile(id));
    } catch (error) {
      if (!uppy.getFile(id)) return;
      const { postprocess: _, ...progress } = uppy.getFile(id).progress;
      uppy.setFileState(id, { progress: { ...progress, uploadComplete: false } });
      uppy.emit("upload-error", uppy.getFile(id), error);
    }
  }

  async function verdict(upload) {
    const [{ signal }, end] = [upload.control, performance.now() + patience];
    for (let wait = 200; ; wait = Math.min(wait * 1.5, 7_500)) {
      const record = await call("GET", `files/${upload.fileId}`, { signal });
      if (record.state !== "pending" && record.state !== "received") return (upload.record = record);
      if (performance.now() > end) throw new StowageError({ code: "unchecked" });
      await pause(wait, signal);
    }
  }

  return {
    ...rewrite({ url, uppy, claim, putWhole, begin, signPart, complete, abort, list }),

    shouldUseMultipart: (file) => file.size > singleMaximum,

    /** The server's part size: 5 MB, or the whole number of MB with which 10,000 parts suffice. */
    getChunkSize: ({ size }) => Math.max(5, Math.ceil(Math.ceil(size / 10_000) / MB)) * MB,

    async getUploadParameters(file) {
      const upload = await claim(file);
      if (upload.isSent) return { method: "PUT", url: nowhere, headers: {}, fields: {} };
      if (!upload.put) throw new Error("This file must be uploaded in parts: leave shouldUseMultipart as it is.");
      return { method: "PUT", url: upload.put.url, headers: upload.put.headers, fields: {} };
    },

    async uploadPartBytes({ signature, body, onProgress, onComplete, signal }) {
      const upload = known.get(signature.url);
      const answer = signature.url === nowhere ? { ETag: "" } : upload
        ? await putWhole(upload, body, onProgress, signal) : await send(signature, body, onProgress, signal);
      onProgress?.({ loaded: body.size, total: body.size, lengthComputable: true });
      onComplete?.(answer.ETag);
      return answer;
    },

    async createMultipartUpload(file) {
      const fileId = await begin(file);
      return { uploadId: fileId, key: fileId };
    },

    async signPart(_file, { uploadId, partNumber, body, signal }) {
      const part = await signPart(uploadId, partNumber, signal);
      if (body && part.size && body.size !== part.size) throw new Error(`Part ${partNumber} must have ${part.size} bytes.`);
      return { method: "PUT", url: part.url, headers: part.headers, fields: {} };
    },

    async listParts(_file, { uploadId, signal }) {
      return (await list(uploadId, signal)).map(({ number, size }) => ({ PartNumber: number, Size: size, ETag: "" }));
    },

    completeMultipartUpload: (_file, { uploadId, signal }) => complete(uploadId, signal),

    abortMultipartUpload: async (_file, { uploadId, signal }) => void (await abort(uploadId, signal)),
  };
}
