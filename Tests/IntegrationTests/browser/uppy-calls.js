// Sends one file with the requests that versions of Uppy send. This client was written after reading Uppy's.
// Run as the body of a function by uppy.py.
// Source: https://github.com/transloadit/uppy (packages/@uppy/aws-s3, aws-s3-multipart and companion-client)

const MB = 1024 * 1024;

/** Sends a body as all versions do, by XMLHttpRequest with progress, and reads the same members of the response. */
function send(method, url, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url, true);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", () => {});
    request.onload = () => {
      if (request.status < 200 || request.status >= 300) return reject(new Error(`${request.status}: ${request.responseText}`));
      resolve({
        etag: request.getResponseHeader("etag"),
        location: request.getResponseHeader("location"),
        text: request.responseText,
      });
    };
    request.onerror = () => reject(new Error(`${method} ${new URL(url).origin} failed: see the console`));
    request.send(body);
  });
}

function formOf(fields, data) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set("file", data);
  return form;
}

/** Requests of versions 3 to 5 to Companion: with headers, and cookies by their rule; errors have a message. */
async function asking({ endpoint, headers, cookies, version }) {
  let sent = { accept: "application/json", ...(version === 3 && { "uppy-versions": "@uppy/companion-client=3.1.2" }), ...headers };
  if (version === 3) {
    // Asks the server which headers it may send, and leaves out the others.
    const answer = await fetch(`${endpoint}/s3/params`, { method: "OPTIONS" });
    const allowed = (answer.headers.get("access-control-allow-headers") ?? "accept,content-type").toLowerCase().split(/, */);
    sent = Object.fromEntries(Object.entries(sent).filter(([name]) => allowed.includes(name.toLowerCase())));
  }
  return async (method, path, data) => {
    const answer = await fetch(`${endpoint}/${path}`, {
      method,
      headers: { ...sent, ...((data || version === 3) && { "content-type": "application/json" }) },
      credentials: cookies,
      body: data ? JSON.stringify(data) : null,
    });
    if (answer.ok) return answer.json();
    throw new Error((await answer.json()).message);
  };
}

/** Requests of version 6: by XMLHttpRequest, without additional headers. */
function asking6({ endpoint }) {
  return async (method, path, data) => {
    const url = `${endpoint}/${path}`;
    const { text } = await send(method, url, data && JSON.stringify(data), data ? { "content-type": "application/json" } : {});
    return JSON.parse(text || "null");
  };
}

async function companion(file, options) {
  const isSix = options.version === 6;
  const ask = isSix ? asking6(options) : await asking(options);
  const meta = { name: file.name, type: file.type || "application/octet-stream", relativePath: "null", ...options.meta };
  const filename = isSix ? `${crypto.randomUUID()}-${file.name}` : file.name;
  if (file.size <= options.multipartAbove) {
    const querified = Object.fromEntries(Object.entries(meta).map(([name, value]) => [`metadata[${name}]`, value]));
    const query = new URLSearchParams({ filename, type: meta.type, ...querified });
    const { method, url, fields } = await ask("GET", `s3/params?${query}`);
    const answer = await send(method, url, formOf(fields, file));
    const location = answer.location ?? /<Location>([^<]*)<\/Location>/.exec(answer.text)?.[1];
    return { location, etag: answer.etag, key: fields.key };
  }
  const { key, uploadId } = await ask("POST", "s3/multipart", { filename, type: meta.type, metadata: meta });
  const path = `s3/multipart/${encodeURIComponent(uploadId)}`;
  const query = `key=${encodeURIComponent(key)}`;
  const size = Math.max(5 * MB, Math.ceil(file.size / 10_000));
  const numbers = Array.from({ length: Math.ceil(file.size / size) }, (_, index) => index + 1);
  const put = async (number) => {
    const { url } = await ask("GET", `${path}/${number}?${query}`);
    const { etag } = await send("PUT", url, file.slice((number - 1) * size, number * size));
    return { PartNumber: number, ETag: isSix ? etag.replaceAll('"', "") : etag };
  };
  let parts = [];
  if (isSix) for (const number of numbers) parts.push(await put(number));
  else parts = await Promise.all(numbers.map(put));
  const listed = await ask("GET", `${path}?${query}`);
  if (listed.length !== parts.length) throw new Error(`${listed.length} parts are listed`);
  const object = await ask("POST", `${path}/complete?${query}`, { parts });
  return { ...object, etag: parts[0].ETag };
}

/** Uploads as versions 3 to 5 do with the options of stowage-uppy.js. */
async function ownOptions(file, { module, url, token, aborts }) {
  const { stowageUppy } = await import(module);
  const states = [];
  const uppy = { setFileMeta: (_, meta) => states.push(meta.fileId) };
  const options = stowageUppy({ url, token: async () => token, uppy, visibility: "public" });
  const known = { id: "uppy-1", name: file.name, type: file.type, size: file.size, data: file, meta: { name: file.name } };
  if (!options.shouldUseMultipart(known)) {
    const { method, url: target, headers, fields } = await options.getUploadParameters(known, {});
    if (Object.keys(fields).length > 0) throw new Error("a PUT has fields");
    const { etag } = await send(method, target, file, headers);
    return { fileId: states.at(-1), etag };
  }
  const { uploadId, key } = await options.createMultipartUpload(known, new AbortController().signal);
  const size = options.getChunkSize(file);
  const numbers = Array.from({ length: Math.ceil(file.size / size) }, (_, index) => index + 1);
  const put = async (partNumber) => {
    const body = file.slice((partNumber - 1) * size, partNumber * size);
    const { url: target, headers } = await options.signPart(known, { uploadId, key, partNumber, body, signal: new AbortController().signal });
    const { etag } = await send("PUT", target, body, headers);
    return { PartNumber: partNumber, ETag: etag };
  };
  const parts = [await put(1)];
  const listed = await options.listParts(known, { uploadId, key });
  if (listed.length !== 1 || listed[0].PartNumber !== 1) throw new Error("the first part is not listed");
  if (aborts) {
    for (let time = 0; time < 2; time += 1) await options.abortMultipartUpload(known, { uploadId, key });
    return { fileId: uploadId };
  }
  parts.push(...(await Promise.all(numbers.slice(1).map(put))));
  const object = await options.completeMultipartUpload(known, { uploadId, key, parts });
  return { ...object, fileId: states.at(-1), etag: parts[0].ETag };
}

const [options, finished] = arguments;
const bytes = new Uint8Array(options.size).fill(32);
bytes.set(new TextEncoder().encode(options.head), 0);
bytes.set(new TextEncoder().encode(options.tail), options.size - options.tail.length);
const file = new File([bytes], options.filename, { type: options.type });
const way = options.way === "companion" ? companion : ownOptions;
way(file, options).then(finished, (error) => finished({ error: error.message }));
