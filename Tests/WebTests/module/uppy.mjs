// Uppy for the tests: the real core and Dashboard 5, and uploader plugins that send the requests of @uppy/aws-s3.
//
// No Debian package and no wheel has @uppy/aws-s3, so its plugins were written anew after reading its source. They call the
// options in the same order and with the same arguments. The core and the Dashboard come from the wheel dash-uploader-uppy5,
// whose bundle has no exports for them; a stand-in for React takes them out of the component.
// Source: https://github.com/transloadit/uppy (packages/@uppy/aws-s3/src, of versions 4, 5 and 6)

/** Returns the classes Uppy and Dashboard of the bundle. `show(uppy, element)` puts a Dashboard into a page. */
export function unpack(bundle) {
  class Component { constructor(props) { this.props = props; } }
  const hooks = {
    Component,
    createElement: (type, props) => ({ type, props }),
    useState: (first) => [typeof first === "function" ? first() : first, () => {}],
    useRef: (current) => ({ current }),
    useMemo: (make) => make(),
    useCallback: (call) => call,
    useEffect() {},
  };
  const module = { exports: {} };
  new Function("module", "exports", "require", bundle)(module, module.exports, () => ({ ...hooks, default: hooks }));
  const [component] = Object.values(module.exports);
  const { type: Dashboard, props } = component({ id: "unpacked", endpoint: "https://unused.example", size: {} });
  return {
    Uppy: props.uppy.constructor,
    show(uppy, element) {
      const board = new Dashboard({ uppy, id: "Dashboard", width: 700, height: 420, proudlyDisplayPoweredByUppy: false });
      board.container = element;
      board.installPlugin();
    },
  };
}

const pausing = Symbol("pausing");
const isFailed = (file) => Boolean(file.error);

class Plugin {
  type = "uploader";
  id = "AwsS3";

  constructor(uppy, opts) { Object.assign(this, { uppy, opts }); }
  install() { this.uppy.addUploader((ids) => this.#all(ids)); }
  uninstall() {}
  update() {}
  afterUpdate() {}
  setOptions() {}

  async #all(ids) {
    const files = this.uppy.getFilesByIds(ids).filter((file) => !isFailed(file) && !file.progress.uploadComplete);
    this.uppy.emit("upload-start", files.filter((file) => !file.progress.uploadStarted));
    await Promise.allSettled(files.map((file) => this.#one(file)));
  }

  #one(file) {
    return new Promise((resolve, reject) => {
      const { uppy } = this;
      const transfer = { file, control: new AbortController() };
      const listeners = {
        "file-removed": ({ id }) => {
          if (id !== file.id) return;
          transfer.control.abort();
          this.cancel(transfer);
          end(resolve);
        },
        "upload-pause": ({ id }, isPaused) => {
          if (id !== file.id) return;
          transfer.control.abort(pausing);
          transfer.control = new AbortController();
          if (!isPaused) run();
        },
      };
      const end = (finish, value) => {
        for (const [name, listener] of Object.entries(listeners)) uppy.off(name, listener);
        finish(value);
      };
      for (const [name, listener] of Object.entries(listeners)) uppy.on(name, listener);
      const run = () => this.transfer(transfer, transfer.control.signal).then((body) => {
        end(resolve);
        uppy.emit("upload-success", uppy.getFile(file.id) ?? file, { status: 200, body, uploadURL: body.location });
      }, (error) => {
        if (error === pausing || error.name === "AbortError") return;
        uppy.emit("upload-error", file, error);
        end(reject, error);
      });
      run();
    });
  }

  progress(file, bytesUploaded, bytesTotal) {
    const now = this.uppy.getFile(file.id);
    if (now) this.uppy.emit("upload-progress", now, { uploadStarted: now.progress.uploadStarted ?? 0, bytesUploaded, bytesTotal });
  }

  chunks(file) {
    const size = Math.max(this.opts.getChunkSize(file.data), 5 << 20);
    return Array.from({ length: Math.ceil(file.data.size / size) }, (_, index) => file.data.slice(index * size, (index + 1) * size));
  }
}

/** Calls the options as @uppy/aws-s3 4 and 5 do. */
export class Five extends Plugin {
  async transfer(transfer, signal) {
    const { opts, file } = { ...this, ...transfer };
    const now = () => this.uppy.getFile(file.id) ?? file;
    const onComplete = () => {};
    if (!opts.shouldUseMultipart(file)) {
      const { method, url, headers } = await opts.getUploadParameters(now(), { signal });
      signal.throwIfAborted();
      const onProgress = ({ lengthComputable, loaded }) => lengthComputable && this.progress(file, loaded, file.data.size);
      const signature = { url, headers, method };
      const answer = await opts.uploadPartBytes({ signature, body: file.data, size: file.data.size, onProgress, onComplete, signal });
      return { location: url, ...answer };
    }
    const { uploadId, key } = (transfer.upload ??= await opts.createMultipartUpload(now(), signal));
    const sent = [];
    try {
      const listed = transfer.isResumed ? await opts.listParts(now(), { uploadId, key, signal }) : [];
      transfer.isResumed = true;
      const parts = await Promise.all(this.chunks(file).map(async (body, index) => {
        const known = listed.find(({ PartNumber }) => PartNumber === index + 1);
        if (known) return known;
        for (const delay of [0, 10, 30, undefined]) {
          const signature = await opts.signPart(now(), { uploadId, key, partNumber: index + 1, body, signal });
          const onProgress = ({ loaded }) => {
            sent[index] = loaded;
            this.progress(file, sent.reduce((one, other) => one + (other ?? 0), 0), file.data.size);
          };
          try {
            return { PartNumber: index + 1, ...(await opts.uploadPartBytes({ signature, body, size: body.size, onProgress, onComplete, signal })) };
          } catch (error) {
            const { status } = error.source ?? {};
            const isFinal = status === undefined || (status > 400 && status < 500 && ![403, 409, 429].includes(status));
            if (isFinal || delay === undefined || (status === 403 && error.message !== "Request has expired")) throw error;
          }
        }
        throw new Error("not reached");
      }));
      return await opts.completeMultipartUpload(now(), { uploadId, key, parts, signal });
    } catch (error) {
      if (error !== pausing && error.name !== "AbortError") this.cancel(transfer);
      throw error;
    }
  }

  cancel({ file, upload }) {
    if (upload) this.opts.abortMultipartUpload(file, { ...upload }).catch(() => {});
  }
}

/** Calls the options as @uppy/aws-s3 6 does with `signRequest`. */
export class Six extends Plugin {
  /** The requests that it sent to addresses that it was given. */
  requests = [];

  async #request(request, body, contentType, signal) {
    const { url } = await this.opts.signRequest(request);
    signal?.throwIfAborted();
    this.requests.push(`${request.method} ${url.split(",")[0].split("?")[0]}`);
    const headers = contentType ? { "content-type": contentType } : {};
    const answer = await fetch(url, { method: request.method, body: request.method === "GET" ? undefined : body, headers, signal });
    if (!answer.ok) throw new Error(`S3 returned ${answer.status}`);
    return { text: await answer.text(), etag: answer.headers.get("etag")?.replaceAll('"', ""), url };
  }

  async transfer(transfer, signal) {
    const { opts, file } = { ...this, ...transfer };
    const type = file.type || "application/octet-stream";
    const key = opts.getKey(file);
    const tag = (text, name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
    if (!opts.shouldUseMultipart(file)) {
      const { url } = await this.#request({ method: "PUT", key }, file.data, type, signal);
      this.progress(file, file.data.size, file.data.size);
      return { location: new URL(url).href, key };
    }
    let parts = [];
    transfer.upload ??= this.uppy.getFile(file.id)?.s3Multipart;
    if (transfer.upload) {
      const { text } = await this.#request({ method: "GET", ...transfer.upload }, undefined, undefined, signal);
      parts = [...text.matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]+)</g)].map(([, number, etag]) => ({ number: Number(number), etag }));
    } else {
      const { text } = await this.#request({ method: "POST", key }, undefined, type, signal);
      transfer.upload = { key, uploadId: tag(text, "UploadId") };
      this.uppy.setFileState(file.id, { s3Multipart: transfer.upload });
    }
    for (const [index, body] of this.chunks(file).entries()) {
      signal.throwIfAborted();
      if (parts.some(({ number }) => number === index + 1)) continue;
      const { etag } = await this.#request({ method: "PUT", ...transfer.upload, partNumber: index + 1 }, body, undefined, signal);
      if (!etag) throw new Error("Missing ETag in uploadPart response headers");
      parts.push({ number: index + 1, etag });
      this.progress(file, Math.min(file.data.size, (index + 1) * body.size), file.data.size);
    }
    const list = parts.map(({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`).join("");
    const body = `<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`;
    const { text } = await this.#request({ method: "POST", ...transfer.upload }, body, "application/xml", signal);
    const [location, stored] = [tag(text, "Location"), tag(text, "Key")];
    if (!location || !stored) throw new Error("CompleteMultipartUpload response missing Location or Key");
    return { location, key: stored };
  }

  cancel({ upload }) {
    if (upload) this.#request({ method: "DELETE", ...upload }).catch(() => {});
  }
}
