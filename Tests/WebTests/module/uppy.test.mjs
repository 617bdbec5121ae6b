// Tests stowage-uppy.js: Uppy's real core 5 (the bundle UPPY_BUNDLE), with the calls of @uppy/aws-s3 5 and 6, against a
// server with every fault that a test can cause.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";
import { Bench, pause, problem } from "./bench.mjs";
import { Five, Six, unpack } from "./uppy.mjs";
import { stowageUppy } from "../../../web/stowage-uppy.js";

globalThis.self ??= globalThis;
globalThis.location ??= new URL("http://localhost/");
const { Uppy } = unpack(readFileSync(process.env.UPPY_BUNDLE, "utf8"));
const MB = 1 << 20;
const silent = { debug() {}, warn() {}, error() {} };

/** Returns an Uppy that uploads to the bench, and the identifier of its only file. */
function start(bench, Plugin, { size = 500, name = "a.pdf", type = "application/pdf", ...options } = {}) {
  const uppy = new Uppy({ logger: silent });
  const settings = stowageUppy({ url: bench.url, token: "t", uppy, singleMaximum: 5 * MB, ...options });
  uppy.use(Plugin, settings);
  const bytes = randomBytes(size);
  const id = uppy.addFile({ name, type, data: new Blob([bytes], { type }) });
  return { uppy, id, bytes, settings, file: () => uppy.getFile(id) };
}

async function open(t) {
  const bench = await Bench.open(t);
  bench.partSize = 5 * MB;
  return bench;
}
/** Waits for what happens behind an upload's end. */
async function until(bench, isTrue) {
  for (let turn = 0; !isTrue(); turn += 1) {
    assert.ok(turn < 500, bench.log.join(", "));
    await pause(10);
  }
}
const isAborted = (bench) => until(bench, () => bench.files.get("f1").state === "aborted");
const isRejected = (reason) => ({ line }) =>
  line.startsWith("GET /v1/files") ? { status: 200, json: { id: "f1", state: "rejected", reason } } : undefined;

for (const Plugin of [Five, Six]) {
  const version = Plugin === Five ? "versions 4 and 5" : "version 6";
  const each = (name, body) => test(`${version}: ${name}`, body);

  each("a file counts as uploaded when it is checked, and its record is in the response", async (t) => {
    const bench = await open(t);
    const { uppy, bytes, file } = start(bench, Plugin, { visibility: () => "public" });
    const steps = [];
    for (const name of ["upload-success", "postprocess-progress", "postprocess-complete"]) uppy.on(name, () => steps.push(name));
    const { successful, failed } = await uppy.upload();
    assert.deepEqual([successful.length, failed.length], [1, 0]);
    assert.deepEqual(steps, ["upload-success", "postprocess-progress", "postprocess-complete"]);
    assert.equal(successful[0].response.body.record.state, "ready");
    assert.equal(file().meta.fileId, "f1");
    assert.deepEqual(bench.files.get("f1").bytes, bytes);
    assert.equal(bench.files.get("f1").claim.visibility, "public");
    await until(bench, () => bench.count(/\/complete$/) === 1);
  });

  each("malware fails the file with a sentence, and a retry sends nothing", async (t) => {
    const bench = await open(t);
    bench.script = isRejected("malware");
    const { uppy, file } = start(bench, Plugin);
    const errors = [];
    uppy.on("upload-error", (_, error) => errors.push(error));
    const { successful, failed } = await uppy.upload();
    assert.deepEqual([successful.length, failed.length], [0, 1]);
    assert.equal(file().error, "The virus scanner found malware in the file.");
    assert.equal(errors[0].reason, "malware");
    assert.ok(!file().progress.uploadComplete && !file().progress.postprocess);
    const again = await uppy.retryAll();
    assert.equal(again.failed.length, 1);
    assert.equal(file().error, "The virus scanner found malware in the file.");
    assert.deepEqual([bench.files.size, bench.count(/^PUT/)], [1, 1]);
  });

  each("a file that changed on its way is claimed anew by a retry", async (t) => {
    const bench = await open(t);
    bench.script = ({ line }) => (line === "GET /v1/files/f1" ? isRejected("checksum_mismatch")({ line }) : undefined);
    const { uppy, bytes } = start(bench, Plugin);
    await uppy.upload();
    assert.equal((await uppy.retryAll()).successful.length, 1);
    assert.deepEqual(bench.files.get("f2").bytes, bytes);
  });

  each("cancelling a single PUT frees its reservation", async (t) => {
    const bench = await open(t);
    const { uppy, id } = start(bench, Plugin);
    bench.script = async ({ line }) => {
      if (!line.startsWith("PUT")) return undefined;
      uppy.removeFile(id);
      await pause(50);
      return "cut";
    };
    await uppy.upload();
    await isAborted(bench);
    assert.equal(bench.count(/^PUT/), 1);
  });

  each("a file that is removed while it is being claimed frees its reservation, and sends nothing", async (t) => {
    const bench = await open(t);
    const { uppy, id } = start(bench, Plugin);
    bench.script = async ({ line }) => {
      if (line === "POST /v1/uploads") uppy.removeFile(id);
    };
    await uppy.upload();
    await isAborted(bench);
    assert.equal(bench.count(/^PUT/), 0);
  });

  each("a file that is removed after it was sent stays", async (t) => {
    const bench = await open(t);
    const { uppy, id } = start(bench, Plugin);
    bench.script = ({ line }) => {
      if (line.startsWith("GET /v1/files")) uppy.removeFile(id);
    };
    await uppy.upload();
    await pause(50);
    assert.equal(bench.count(/^DELETE/), 0);
  });

  each("a PUT whose answer is lost and that is met with 412 counts as sent", async (t) => {
    const bench = await open(t);
    bench.script = ({ line, count }) => (line.startsWith("PUT") && count === 1 ? { lost: true } : undefined);
    const { uppy, bytes } = start(bench, Plugin);
    assert.equal((await uppy.upload()).successful.length, 1);
    assert.deepEqual([bench.files.size, bench.count(/^PUT/)], [1, 2]);
    assert.deepEqual(bench.files.get("f1").bytes, bytes);
  });

  each("a PUT that fails for a while is sent again by a retry, with one claim", async (t) => {
    const bench = await open(t);
    const { uppy, bytes, file } = start(bench, Plugin);
    bench.script = ({ line, count }) => (line.startsWith("PUT") && count <= 4 ? (count === 4 ? { lost: true } : "cut") : undefined);
    // The event about the object is late.
    const late = bench.script;
    bench.script = (request) => late(request)
      ?? (request.line === "GET /v1/files/f1" && request.count === 1 ? { status: 200, json: { id: "f1", state: "pending" } } : undefined);
    assert.equal((await uppy.upload()).failed.length, 1);
    assert.equal(file().error, "The server cannot be reached. Try again.");
    assert.equal((await uppy.retryAll()).successful.length, 1);
    assert.deepEqual([bench.files.size, bench.count(/^DELETE/)], [1, 0]);
    assert.deepEqual(bench.files.get("f1").bytes, bytes);
  });

  each("a URL that ran out is claimed anew by a retry, unless the file has arrived meanwhile", async (t) => {
    for (const hasArrived of [false, true]) {
      const bench = await open(t);
      const { uppy, file } = start(bench, Plugin);
      bench.script = ({ line }) => {
        if (line === "PUT /store/f1/whole") return { status: 403, text: "<Code>AccessDenied</Code>" };
        if (line === "GET /v1/files/f1" && !bench.count(/^DELETE/)) return { status: 200, json: { id: "f1", state: "pending" } };
        if (!hasArrived || !line.startsWith("DELETE")) return undefined;
        bench.files.get("f1").state = "received";
        return problem(409, "upload_closed");
      };
      assert.equal((await uppy.upload()).failed.length, 1);
      assert.equal((await uppy.retryAll()).successful.length, 1);
      assert.equal(file().meta.fileId, hasArrived ? "f1" : "f2");
      assert.equal(bench.count(/^DELETE/), 1);
      assert.equal([...bench.files.values()].filter(({ state }) => state === "ready").length, 1);
    }
  });

  each("a file that nobody checks fails after a while, and a retry waits again without sending", async (t) => {
    const bench = await open(t);
    const { uppy, file } = start(bench, Plugin, { patience: 30 });
    let isChecked = false;
    bench.script = ({ line }) =>
      line.startsWith("GET /v1/files") && !isChecked ? { status: 200, json: { id: "f1", state: "received" } } : undefined;
    assert.equal((await uppy.upload()).failed.length, 1);
    assert.match(file().error, /^The file is sent, but not checked yet/);
    isChecked = true;
    assert.equal((await uppy.retryAll()).successful.length, 1);
    assert.deepEqual([bench.files.size, bench.count(/^PUT/)], [1, 1]);
  });

  each("a large file goes up in parts, and a completion whose answer is lost makes no second file", async (t) => {
    const bench = await open(t);
    const { uppy, bytes } = start(bench, Plugin, { size: 11 * MB });
    let times = 0;
    bench.script = ({ line }) => {
      if (line === "PUT /store/f1/2" && bench.count(/f1\/2$/) === 1) return Plugin === Five ? { status: 403 } : undefined;
      return line.endsWith("/complete") && (times += 1) <= 4 ? { lost: true } : undefined;
    };
    assert.equal((await uppy.upload()).failed.length, 1);
    bench.script = () => undefined;
    assert.equal((await uppy.retryAll()).successful.length, 1);
    assert.equal(bench.files.size, 1);
    assert.deepEqual(bench.files.get("f1").bytes, bytes);
  });

  each("cancelling an upload in parts aborts it", async (t) => {
    const bench = await open(t);
    const { uppy, id } = start(bench, Plugin, { size: 11 * MB });
    bench.script = ({ line }) => {
      if (line === "PUT /store/f1/1") uppy.removeFile(id);
    };
    await uppy.upload();
    await isAborted(bench);
  });

  each("a pause stops an upload in parts, and it goes on with what is missing", async (t) => {
    const bench = await open(t);
    const { uppy, id, bytes } = start(bench, Plugin, { size: 11 * MB });
    uppy.setState({ capabilities: { ...uppy.getState().capabilities, resumableUploads: true } });
    bench.script = ({ line, count }) => {
      if (line !== "PUT /store/f1/3" || count > 1) return undefined;
      uppy.pauseResume(id);
      setTimeout(() => uppy.pauseResume(id), 3000);
      return "cut";
    };
    assert.equal((await uppy.upload()).successful.length, 1);
    assert.deepEqual(bench.files.get("f1").bytes, bytes);
    assert.ok(bench.count(/^GET .*\/parts$/) >= 1);
  });

  each("refusals are short sentences, without lists of media types", async (t) => {
    const bench = await open(t);
    const types = ["image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf"];
    for (const [answer, words] of [
      [problem(415, "type_not_allowed", { detail: `Accepted are ${types.join(", ")}.`, accepted: types }), "Only photos and PDF are accepted."],
      [problem(413, "too_large", { detail: "At most 50 MB (52428800 bytes)." }), "The file is larger than 50 MB."],
      [problem(403, "quota_exceeded", { detail: "4096 bytes are left." }), "Your storage has only 4 kB left."],
    ]) {
      bench.script = ({ line }) => (line === "POST /v1/uploads" ? answer : undefined);
      const { uppy, file } = start(bench, Plugin, { name: "notes.txt", type: "text/plain" });
      await uppy.upload();
      assert.equal(file().error, words);
    }
  });

  each("an empty file is refused before any request", async (t) => {
    const bench = await open(t);
    const { uppy, file } = start(bench, Plugin, { size: 0 });
    await uppy.upload();
    assert.equal(file().error, "The file is empty.");
    assert.equal(bench.log.length, 0);
  });
}

test("offline is waited for, without using up attempts", async (t) => {
  const bench = await open(t);
  Object.defineProperty(globalThis, "navigator", { value: { onLine: true }, configurable: true, writable: true });
  t.after(() => { navigator.onLine = true; });
  const { uppy } = start(bench, Five);
  bench.script = ({ line, count }) => {
    if (!line.startsWith("PUT") || count > 1) return undefined;
    navigator.onLine = false;
    setTimeout(() => { navigator.onLine = true; }, 20_000);
    return "cut";
  };
  assert.equal((await uppy.upload()).successful.length, 1);
  assert.equal(bench.count(/^PUT/), 2);
});

test("version 6 itself sends parts alone, all else is answered in the browser", async (t) => {
  const bench = await open(t);
  const { uppy } = start(bench, Six, { size: 6 * MB });
  await uppy.upload();
  const { requests } = uppy.getPlugin("AwsS3");
  const part = (number) => `PUT ${bench.url}/store/f1/${number}`;
  assert.deepEqual(requests, ["POST data:application/xml", part(1), part(2), "POST data:application/xml"]);
});

test("a store that needs headers says that version 6 cannot send them", async (t) => {
  const bench = await open(t);
  bench.script = ({ line }) => line.startsWith("POST") && line.endsWith("/parts")
    ? { status: 200, json: { parts: [1, 2].map((number) => ({ number, url: `${bench.url}/store/f1/${number}`, headers: { "x-amz-acl": "private" } })) } }
    : undefined;
  const { uppy, file } = start(bench, Six, { size: 6 * MB });
  await uppy.upload();
  assert.match(file().error, /headers, which @uppy\/aws-s3 6 does not send/);
});
