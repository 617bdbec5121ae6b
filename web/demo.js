// The demo page: asks Stowage for a presigned URL, puts the file into the bucket, waits for the images.

const api = new URL("/v1/", location.href);
const patience = 5 * 60_000;

const reasons = {
  malware: "The virus scanner found something in it.",
  unreadable: "It could not be read as what it says it is.",
  type_mismatch: "Its content is not of the type that it says it is.",
  size_mismatch: "Its size is not what was announced.",
  dimensions_exceeded: "The picture has more pixels, or is longer, than is accepted.",
  checksum_mismatch: "Its bytes are not those that were announced.",
};

const choose = document.querySelector("#choose");
const drop = document.querySelector("#drop");
let session;

/** What went wrong, in words for a person. */
class Failure extends Error {}

async function call(method, path, body, signal) {
  let answer;
  try {
    answer = await fetch(new URL(path, api), {
      method,
      signal,
      headers: {
        authorization: `Bearer ${session.token}`,
        ...(body && { "content-type": "application/json" }),
      },
      body: body && JSON.stringify(body),
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw Object.assign(new Failure("The server cannot be reached."), { passing: true });
  }
  const document = await answer.json().catch(() => ({}));
  if (answer.ok) return document;
  const words = [document.title, document.detail].filter(Boolean).join(": ");
  const passing = answer.status === 429 || answer.status >= 500;
  throw Object.assign(new Failure(words || `The server answered ${answer.status}.`), { passing });
}

/** Puts the file, saying how far it is: fetch cannot tell. */
function put(file, target, progress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", target.url);
    for (const [name, value] of Object.entries(target.headers)) {
      // These two the browser sets by itself, from the file and the address.
      if (!["content-length", "host"].includes(name.toLowerCase())) request.setRequestHeader(name, value);
    }
    request.upload.onprogress = (event) => progress(event.loaded / event.total);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) return resolve();
      const code = /<Code>([^<]*)<\/Code>/.exec(request.responseText)?.[1];
      reject(new Failure(`The bucket refused the file (${code ?? request.status}).`));
    };
    request.onerror = () =>
      reject(new Failure(`The bucket cannot be reached. If the browser does not trust its certificate, open ${
        new URL(target.url).origin} once and accept it.`));
    signal.addEventListener("abort", () => {
      request.abort();
      reject(signal.reason);
    });
    request.send(file);
  });
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks for the file's record until it is settled: often at first, less often later. */
async function settled(fileId, told, signal) {
  const end = Date.now() + patience;
  for (let wait = 200; Date.now() < end; wait = Math.min(wait * 1.3, 2000)) {
    signal.throwIfAborted();
    try {
      const record = await call("GET", `files/${encodeURIComponent(fileId)}`, undefined, signal);
      if (!["pending", "received"].includes(record.state)) return record;
      told(record.state);
    } catch (error) {
      if (!error.passing) throw error;
    }
    await pause(wait);
  }
  throw new Failure("It is still not ready after five minutes. Look at the worker's log.");
}

function figure(variant, name) {
  const element = document.createElement("figure");
  element.className = variant.name;
  const image = new Image(variant.width, variant.height);
  image.src = variant.url;
  image.alt = `${variant.name} of ${name}`;
  image.dataset.variant = variant.name;
  const link = document.createElement("a");
  link.href = variant.url;
  link.textContent = variant.url.slice(variant.url.lastIndexOf("/") + 1);
  const caption = document.createElement("figcaption");
  caption.append(`${variant.name}, ${variant.width} × ${variant.height}, ${size(variant.size)}: `, link);
  element.append(image, caption);
  return element;
}

function size(bytes) {
  if (bytes >= 1 << 20) return `${(bytes / (1 << 20)).toFixed(1)} MB`;
  return bytes >= 1024 ? `${Math.round(bytes / 1024)} kB` : `${bytes} bytes`;
}

/** One file's place on the page. */
function card(file) {
  const element = document.querySelector("#card").content.firstElementChild.cloneNode(true);
  const part = (selector) => element.querySelector(selector);
  part(".name").textContent = `${file.name} (${size(file.size)})`;
  document.querySelector("#files").prepend(element);
  part(".retry").addEventListener("click", () => {
    element.remove();
    upload(file);
  });
  return {
    element,
    onCancel: (action) => part(".cancel").addEventListener("click", action),
    state(text, className = "") {
      part(".state").textContent = text;
      element.className = `card ${className}`;
    },
    progress(fraction) {
      if (fraction === undefined) part("progress").removeAttribute("value");
      else part("progress").value = fraction;
    },
    ended(retry) {
      part("progress").hidden = true;
      part(".cancel").hidden = true;
      part(".retry").hidden = !retry;
    },
    show: (variants) =>
      part(".images").replaceChildren(
        ...variants
          .filter((variant) => variant.name !== "original")
          .sort((one, other) => one.width - other.width)
          .map((variant) => figure(variant, file.name))),
  };
}

/** Puts a large file part by part; what is not completed is given up, so that it holds no room. */
async function putParts(file, { fileId, multipart }, progress, signal) {
  try {
    for (let number = 1; number <= multipart.partCount; number += 1) {
      const { parts: [part] } = await call("POST", `uploads/${fileId}/parts`, { numbers: [number] }, signal);
      const start = (number - 1) * multipart.partSize;
      const share = (fraction) => progress((start + fraction * part.size) / file.size);
      await put(file.slice(start, start + part.size), part, share, signal);
    }
    await call("POST", `uploads/${fileId}/complete`, {}, signal);
  } catch (error) {
    await call("DELETE", `uploads/${fileId}`, undefined, new AbortController().signal).catch(() => {});
    throw error;
  }
}

async function upload(file) {
  const view = card(file);
  const control = new AbortController();
  view.onCancel(() => control.abort());
  view.element.dataset.state = "uploading";
  try {
    view.state("Asking for a place");
    const claim = { filename: file.name, size: file.size, contentType: file.type, visibility: "public" };
    const place = await call("POST", "uploads", claim, control.signal);
    view.element.dataset.file = place.fileId;
    const progress = (fraction) => {
      view.progress(fraction);
      view.state(`Uploading: ${Math.round(fraction * 100)} %`);
    };
    if (place.put) await put(file, place.put, progress, control.signal);
    else await putParts(file, place, progress, control.signal);
    view.progress();
    view.state("Uploaded; waiting to be scanned");
    const record = await settled(place.fileId, (state) => {
      if (state === "received") view.state("Scanning and making images");
    }, control.signal);
    finish(view, record);
  } catch (error) {
    view.element.dataset.state = "failed";
    view.ended(true);
    view.state(control.signal.aborted ? "Cancelled" : error.message, "bad");
    if (!(error instanceof Failure) && !control.signal.aborted) console.error(error);
  }
}

function finish(view, record) {
  view.element.dataset.state = record.state;
  view.ended(false);
  if (record.state === "ready") {
    view.state("Ready", "ready");
    view.show(record.variants ?? []);
    return;
  }
  const why = reasons[record.reason] ?? (record.reason ? `Reason: ${record.reason}.` : "");
  view.state(`${record.state === "rejected" ? "Refused" : `The file is ${record.state}`}. ${why}`, "bad");
}

/** Two at a time: a folder of photos neither floods the line nor waits for each one's images. */
const waiting = [];
let active = 0;

function add(files) {
  waiting.push(...files);
  next();
}

async function next() {
  if (active >= 2 || waiting.length === 0) return;
  const file = waiting.shift();
  active += 1;
  next();
  await upload(file);
  active -= 1;
  next();
}

choose.addEventListener("change", () => {
  add([...choose.files]);
  choose.value = "";
});
for (const type of ["dragenter", "dragover"]) {
  drop.addEventListener(type, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
for (const type of ["dragleave", "drop"]) drop.addEventListener(type, () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  if (session) add([...event.dataTransfer.files]);
});

try {
  const answer = await fetch("session.json", { cache: "no-store" });
  if (!answer.ok) throw new Failure();
  session = await answer.json();
  choose.disabled = false;
} catch {
  const notice = document.querySelector("#notice");
  notice.textContent = "There is no token for this page. It works only on a server that script/server started.";
  notice.hidden = false;
}
