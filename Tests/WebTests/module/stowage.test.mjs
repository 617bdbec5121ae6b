// Tests the module against a server with every fault that a test can cause.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test from "node:test";
import { Bench, pause, problem, waits } from "./bench.mjs";
import { UploadError, Uploader, upload } from "../../../web/stowage.js";

const fileOf = (size) => {
  const bytes = randomBytes(size);
  return { bytes, blob: new Blob([bytes], { type: "application/pdf" }) };
};
const fails = (code) => (error) => error instanceof UploadError && error.code === code;

test("a small file is claimed by its digest, put, and awaited", async (t) => {
  const bench = await Bench.open(t);
  const { bytes, blob } = fileOf(500);
  const states = [];
  const record = await upload(blob, bench.options({ onState: ({ state }) => states.push(state) }));
  assert.equal(record.id, "f1");
  assert.deepEqual(states, ["uploading", "processing", "ready"]);
  const { bytes: stored, claim } = bench.files.get("f1");
  assert.deepEqual(stored, bytes);
  assert.match(claim.sha256, /^[0-9a-f]{64}$/);
  assert.equal(claim.contentType, "application/pdf");
  await upload(blob, bench.options({ checksum: false }));
  assert.equal(bench.files.get("f2").claim.sha256, undefined);
});

test("parts go four at once, each with its own bytes", async (t) => {
  const bench = await Bench.open(t);
  const { bytes, blob } = fileOf(9500);
  bench.script = async ({ line }) => void (line.startsWith("PUT") && (await pause(20)));
  await upload(blob, bench.options());
  assert.deepEqual(bench.files.get("f1").bytes, bytes);
  assert.equal(bench.count(/^PUT/), 10);
  assert.ok(bench.most.put > 1 && bench.most.put <= 4, `${bench.most.put} at once`);
});

test("a third of all requests refused or cut: the file arrives, and progress never runs backwards", async (t) => {
  const bench = await Bench.open(t);
  const { bytes, blob } = fileOf(12_300);
  let turn = 0;
  bench.script = () => [undefined, undefined, { status: 503 }, undefined, "cut", undefined, { status: 500 }][(turn += 1) % 7];
  const loaded = [];
  await upload(blob, bench.options({ onProgress: (uploader) => loaded.push(uploader.loaded) }));
  assert.deepEqual([...bench.files.values()].at(-1).bytes, bytes);
  assert.ok(loaded.length > 2 && loaded.every((value, index) => index === 0 || value > loaded[index - 1]), String(loaded));
  assert.equal(loaded.at(-1), 12_300);
});

test("a PUT whose answer was lost has arrived: 412 says so, and it is not claimed again", async (t) => {
  const bench = await Bench.open(t);
  bench.script = ({ line, count }) => {
    if (line.startsWith("PUT") && count === 1) return { lost: true };
    // The event about the object is late.
    return line === "GET /v1/files/f1" && count === 1 ? { status: 200, json: { id: "f1", state: "pending" } } : undefined;
  };
  const { bytes, blob } = fileOf(300);
  assert.equal((await upload(blob, bench.options())).id, "f1");
  assert.deepEqual(bench.files.get("f1").bytes, bytes);
  assert.equal(bench.count(/^PUT/), 2);
  assert.equal(bench.files.size, 1);
});

test("a single PUT's URL that ran out is claimed anew, and the old one given up", async (t) => {
  const bench = await Bench.open(t);
  const { bytes, blob } = fileOf(300);
  bench.script = ({ line }) => (line.startsWith("PUT /store/f1") ? { status: 403, text: "<Code>AccessDenied</Code>" } : undefined);
  assert.equal((await upload(blob, bench.options())).id, "f2");
  assert.equal(bench.files.get("f1").state, "aborted");
  assert.deepEqual(bench.files.get("f2").bytes, bytes);
});

test("a single PUT's URL that ran out at a store whose refusals no page can read is claimed anew, and not before", async (t) => {
  const bench = await Bench.open(t);
  bench.lifetime = 1;
  const { bytes, blob } = fileOf(300);
  bench.script = ({ line }) => (line.startsWith("PUT /store/f1") ? "cut" : undefined);
  const began = performance.now();
  assert.equal((await upload(blob, bench.options({ patience: 5_000 }))).id, "f2");
  assert.ok(performance.now() - began > 900, "while the URL lives, the store is away");
  assert.ok(bench.count(/^PUT \/store\/f1/) > 1);
  assert.equal(bench.files.get("f1").state, "aborted");
  assert.deepEqual(bench.files.get("f2").bytes, bytes);
});

test("a clock that is set meanwhile ends no URL", async (t) => {
  const bench = await Bench.open(t);
  const { now } = Date;
  t.after(() => (Date.now = now));
  bench.script = ({ line, count }) => {
    if (line.startsWith("PUT")) Date.now = () => now() + 3_600_000;
    return line.startsWith("PUT") && count < 4 ? "cut" : undefined;
  };
  assert.equal((await upload(fileOf(100).blob, bench.options())).id, "f1");
});

test("the server is told that a file was put, and whether it listens is no concern of the upload's", async (t) => {
  const bench = await Bench.open(t);
  for (const answer of [undefined, problem(400, "invalid_request"), problem(503, "unavailable"), "cut"]) {
    bench.script = ({ line }) => (line.endsWith("/complete") ? answer : undefined);
    const before = bench.count(/\/complete$/);
    assert.equal((await upload(fileOf(100).blob, bench.options())).state, "ready");
    await pause(20);
    assert.ok(bench.count(/\/complete$/) > before);
  }
});

test("a part's URL that ran out is replaced by a new one", async (t) => {
  const bench = await Bench.open(t);
  const { bytes, blob } = fileOf(2500);
  bench.script = ({ line, count }) => (line === "PUT /store/f1/2" && count === 1 ? { status: 403 } : undefined);
  await upload(blob, bench.options());
  assert.deepEqual(bench.files.get("f1").bytes, bytes);
  assert.equal(bench.count(/^POST .*\/parts$/), 4);
  assert.equal(bench.files.size, 1);
});

test("parts that the server misses are sent again, and those alone", async (t) => {
  const bench = await Bench.open(t);
  const { bytes, blob } = fileOf(4500);
  bench.script = ({ line, count }) => {
    if (line.endsWith("/complete") && count === 1) bench.files.get("f1").parts.delete(3);
  };
  await upload(blob, bench.options());
  assert.deepEqual(bench.files.get("f1").bytes, bytes);
  assert.equal(bench.count(/^PUT .*\/3$/), 2);
  assert.equal(bench.count(/^PUT/), 6);
});

test("Retry-After is kept to", async (t) => {
  const bench = await Bench.open(t);
  bench.script = ({ line, count }) =>
    line === "POST /v1/uploads" && count < 3 ? { ...problem(429, "too_many_uploads"), headers: { "retry-after": "7" } } : undefined;
  const heard = [];
  const uploader = new Uploader(fileOf(100).blob, bench.options());
  uploader.addEventListener("retry", ({ detail }) => heard.push([detail.error.code, detail.delay >= 7000]));
  await uploader.start();
  assert.deepEqual(heard, [["too_many_uploads", true], ["too_many_uploads", true]]);
  assert.equal(waits.filter((ms) => ms >= 7000 && ms < 9000).length, 2);
});

test("delays grow, are never longer than a quarter of a minute, and never the same", async (t) => {
  const bench = await Bench.open(t);
  bench.script = ({ line, count }) => (line.startsWith("PUT") && count <= 12 ? { status: 503 } : undefined);
  const delays = [];
  const uploader = new Uploader(fileOf(100).blob, bench.options());
  uploader.addEventListener("retry", ({ detail }) => delays.push(detail.delay));
  await uploader.start();
  assert.equal(delays.length, 12);
  assert.ok(delays.every((delay, index) => delay >= 0 && delay <= Math.min(15_000, 500 * 2 ** index)), String(delays));
  assert.equal(new Set(delays).size, 12);
});

test("a token that has run out is asked for again, once", async (t) => {
  const bench = await Bench.open(t);
  const tokens = [];
  bench.script = ({ request }) =>
    request.url.startsWith("/v1") && request.headers.authorization !== "Bearer t2" ? problem(401, "unauthenticated") : undefined;
  const token = async () => `t${tokens.push(0)}`;
  await upload(fileOf(100).blob, bench.options({ token }));
  assert.equal(tokens.length, 2);
  bench.script = () => problem(401, "unauthenticated");
  await assert.rejects(upload(fileOf(100).blob, bench.options({ token })), fails("unauthenticated"));
  await assert.rejects(upload(fileOf(100).blob, bench.options()), fails("unauthenticated"));
});

test("whoever gives tokens may fail for a while, but not for ever", async (t) => {
  const bench = await Bench.open(t);
  let turn = 0;
  const token = (after) => async () => {
    if ((turn += 1) <= after) throw new TypeError("offline");
    return "t";
  };
  await upload(fileOf(100).blob, bench.options({ token: token(3) }));
  await assert.rejects(upload(fileOf(100).blob, bench.options({ token: token(Infinity) })), fails("no_token"));
  assert.equal(bench.files.size, 1);
});

test("what is no token says so at once, and what is none of ours is the server's to refuse", async (t) => {
  const bench = await Bench.open(t);
  for (const token of [undefined, null, 7, async () => undefined, () => ({ token: "t" })]) {
    await assert.rejects(upload(fileOf(100).blob, bench.options({ token })), fails("no_token"));
  }
  assert.equal(bench.files.size, 0);
  for (const token of ["opaque", "a.b.c"]) await upload(fileOf(100).blob, bench.options({ token }));
});

test("as many parts at once as were asked for, and one at least", async (t) => {
  const bench = await Bench.open(t);
  for (const parallel of [0, -3, 2]) {
    bench.most.put = 0;
    bench.script = async ({ line }) => void (line.startsWith("PUT") && (await pause(50)));
    await upload(fileOf(9500).blob, bench.options({ parallel }));
    assert.equal(bench.most.put, Math.max(1, parallel));
  }
});

test("a refusal of the claim is final, and says what it is", async (t) => {
  const bench = await Bench.open(t);
  bench.script = () => problem(415, "type_not_allowed", { detail: "Accepted are a, b.", accepted: ["a", "b"] });
  await assert.rejects(upload(fileOf(100).blob, bench.options()), (error) => {
    assert.deepEqual([error.code, error.status, error.detail], ["type_not_allowed", 415, "Accepted are a, b."]);
    assert.deepEqual(error.problem.accepted, ["a", "b"]);
    return true;
  });
  assert.equal(bench.log.length, 1);
});

test("a store that refuses for good ends the upload after some tries, and its room is given back", async (t) => {
  const bench = await Bench.open(t);
  bench.script = ({ line }) => (line.startsWith("PUT") ? { status: 400, text: "<Code>BadDigest</Code>" } : undefined);
  for (const size of [100, 2500]) {
    await assert.rejects(upload(fileOf(size).blob, bench.options()), (error) => fails("store_refused")(error) && /BadDigest/.test(error.message));
  }
  // Eight for each of four bodies, and some more while other bytes are still being sent.
  assert.ok(bench.count(/^PUT/) <= 80, `${bench.count(/^PUT/)} tries`);
  assert.ok([...bench.files.values()].every(({ state }) => state === "aborted"));
});

test("nobody there: it gives up when its patience ends, and keeps what it has", async (t) => {
  const bench = await Bench.open(t);
  bench.script = ({ line }) => (line.startsWith("PUT") ? "cut" : undefined);
  await assert.rejects(upload(fileOf(100).blob, bench.options({ patience: 100 })), fails("unreachable"));
  assert.equal(bench.count(/^DELETE/), 0);
  assert.equal(bench.files.size, 1);
});

test("offline is waited for, whatever the patience", async (t) => {
  const bench = await Bench.open(t);
  const events = new EventTarget();
  Object.assign(globalThis, {
    addEventListener: events.addEventListener.bind(events),
    removeEventListener: events.removeEventListener.bind(events),
  });
  Object.defineProperty(globalThis, "navigator", { value: { onLine: false }, configurable: true, writable: true });
  t.after(() => { delete globalThis.addEventListener; delete globalThis.removeEventListener; navigator.onLine = true; });
  bench.script = () => (navigator.onLine ? undefined : "cut");
  const end = upload(fileOf(100).blob, bench.options({ patience: 1 }));
  await pause(300);
  navigator.onLine = true;
  events.dispatchEvent(new Event("online"));
  assert.equal((await end).state, "ready");
  assert.ok(waits.some((ms) => ms === 15_000));
});

test("a pause stops the bytes, and going on sends only what is missing", async (t) => {
  const bench = await Bench.open(t);
  const { bytes, blob } = fileOf(8500);
  const uploader = new Uploader(blob, bench.options({ parallel: 1 }));
  bench.script = ({ line }) => void (line === "PUT /store/f1/4" && uploader.state === "uploading" && uploader.pause());
  const end = uploader.start();
  while (uploader.state !== "paused") await pause(5);
  await pause(50);
  const before = bench.log.length;
  await pause(100);
  assert.equal(bench.log.length, before);
  const reached = uploader.loaded;
  bench.script = () => undefined;
  uploader.resume();
  assert.equal((await end).state, "ready");
  assert.deepEqual(bench.files.get("f1").bytes, bytes);
  assert.ok(bench.count(/^PUT/) <= 10 && uploader.loaded > reached);
});

test("a pause and its end in one breath do no harm", async (t) => {
  const bench = await Bench.open(t);
  const { bytes, blob } = fileOf(4500);
  const uploader = new Uploader(blob, bench.options());
  const end = uploader.start();
  for (let turn = 0; turn < 5; turn += 1) {
    await pause(3);
    uploader.pause();
    uploader.resume();
  }
  await end;
  assert.deepEqual(bench.files.get("f1").bytes, bytes);
  assert.equal(bench.files.size, 1);
});

test("given up while its place is being asked for, the place is given back", async (t) => {
  const bench = await Bench.open(t);
  const control = new AbortController();
  bench.script = ({ line }) => void (line === "POST /v1/uploads" && control.abort());
  await assert.rejects(upload(fileOf(2500).blob, bench.options({ signal: control.signal })), fails("aborted"));
  assert.equal(bench.files.get("f1").state, "aborted");
  assert.equal(bench.count(/^PUT/), 0);
  await assert.rejects(upload(fileOf(100).blob, bench.options({ signal: control.signal })), fails("aborted"));
  assert.equal(bench.files.size, 1);
});

test("given up in the midst of its parts, nothing is sent any more", async (t) => {
  const bench = await Bench.open(t);
  const uploader = new Uploader(fileOf(9500).blob, bench.options());
  bench.script = async ({ line }) => void (line.startsWith("PUT") && (await pause(10)));
  const end = uploader.start();
  while (uploader.loaded === 0) await pause(2);
  await uploader.abort();
  assert.equal(uploader.state, "aborted");
  await assert.rejects(end, fails("aborted"));
  assert.equal(bench.files.get("f1").state, "aborted");
  const before = bench.log.length;
  await pause(100);
  assert.equal(bench.log.length, before);
});

test("a file that is refused says why", async (t) => {
  const bench = await Bench.open(t);
  bench.script = ({ line }) =>
    line.startsWith("GET /v1/files") ? { status: 200, json: { id: "f1", state: "rejected", reason: "malware" } } : undefined;
  const uploader = new Uploader(fileOf(100).blob, bench.options());
  await assert.rejects(uploader.start(), (error) => fails("rejected")(error) && error.reason === "malware");
  assert.equal(uploader.state, "rejected");
  assert.equal(uploader.record?.state, "rejected");
  assert.equal(bench.count(/^DELETE/), 0);
});

test("an empty file is refused before any request", async (t) => {
  const bench = await Bench.open(t);
  await assert.rejects(upload(new Blob([]), bench.options()), (error) => fails("empty_file")(error) && error.message === "The file is empty.");
  assert.equal(bench.log.length, 0);
});

test("the events tell the speed and the time that is left", async (t) => {
  const bench = await Bench.open(t);
  bench.script = async ({ line }) => void (line.startsWith("PUT") && (await pause(50)));
  const told = [];
  const onProgress = ({ loaded, total, speed, timeLeft }) => told.push({ loaded, total, speed, timeLeft });
  const began = performance.now();
  const uploader = new Uploader(fileOf(9500).blob, bench.options({ parallel: 1, onProgress }));
  assert.deepEqual([uploader.speed, uploader.timeLeft], [0, undefined]);
  await uploader.start();
  const bound = 9500 / ((performance.now() - began) / 1000);
  const halfway = told.find(({ loaded }) => loaded >= 4500);
  // A part of 1,000 bytes takes 50 ms at least, but for what a timer is early.
  assert.ok(halfway.speed > bound / 3 && halfway.speed < 25_000, `${halfway.speed} of ${bound}`);
  assert.ok(Math.abs(halfway.timeLeft - (9500 - halfway.loaded) / halfway.speed) < 0.05);
  assert.equal(told.at(-1).loaded, 9500);
  assert.deepEqual([uploader.speed, uploader.timeLeft], [0, undefined]);
});

test("a file that cannot be read any more ends at once", async (t) => {
  const bench = await Bench.open(t);
  const { blob } = fileOf(100);
  bench.script = ({ line }) => {
    if (!line.startsWith("PUT")) return undefined;
    blob.slice = () => ({ arrayBuffer: () => Promise.reject(new Error("changed")) });
    return "cut";
  };
  await assert.rejects(upload(blob, bench.options()), fails("file_unreadable"));
  assert.equal(bench.files.get("f1").state, "aborted");
});

test("of many files three have room claimed at once, and all arrive", async (t) => {
  const bench = await Bench.open(t);
  const all = Array.from({ length: 20 }, () => upload(fileOf(1500).blob, bench.options()));
  const records = await Promise.all(all);
  assert.equal(new Set(records.map(({ id }) => id)).size, 20);
  assert.ok(bench.most.claims <= 3, `${bench.most.claims} at once`);
  assert.ok(bench.most.put <= 6, `${bench.most.put} at once`);
});
