// The files page's own parts that need no browser: the loaded list, and its words.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../../web/files/client.js";
import { plain } from "../../../web/files/elements.js";
import { Listing } from "../../../web/files/listing.js";
import { facts } from "../../../web/files/row.js";
import { words } from "../../../web/files/words.js";

globalThis.document ??= { documentElement: { lang: "en-GB" } };
const file = (number, more = {}) => ({
  id: `0190${String(number).padStart(4, "0")}`, filename: `file ${number}.pdf`, contentType: "application/pdf", kind: "document",
  size: number * 10, state: "ready", visibility: "private", createdAt: "2026-03-14T09:26:53Z", readyAt: "2026-03-14T09:26:53Z", variants: [], ...more,
});
/** A list over a server that answers these pages, one a request. */
const listing = (...pages) => {
  const asked = [];
  const client = { ask: async (method, path) => (asked.push(decodeURIComponent(path)), pages[asked.length - 1] instanceof Error ? Promise.reject(pages[asked.length - 1]) : pages[asked.length - 1]) };
  return Object.assign(new Listing(client), { asked });
};
const names = ({ files }) => files.map(({ filename }) => filename.replace(/^file |\.pdf$/g, ""));

test("pages follow one another without duplicates, and the last one is known", async () => {
  const list = listing({ files: [file(9), file(8)], next: "x" }, { files: [file(8), file(7)], next: "y" }, { files: [] });
  await list.load();
  assert.equal(list.isComplete, false);
  await list.more();
  assert.deepEqual(names(list), ["9", "8", "7"]);
  await list.more();
  await list.more();
  assert.equal(list.isComplete, true);
  assert.equal(list.asked.length, 3);
  assert.match(list.asked[1], /after=x/);
});

test("a page that failed keeps the files, stops the list, and is tried again", async () => {
  const list = listing({ files: [file(9)], next: "x" }, new Error("no"), { files: [file(8)] });
  await list.load();
  await list.more();
  await list.more();
  assert.equal(list.error.message, "no");
  assert.deepEqual([names(list), list.asked.length], [["9"], 2]);
  await list.retry();
  assert.deepEqual([names(list), list.error], [["9", "8"], undefined]);
});

test("a response of an earlier query is ignored", async () => {
  const answers = [];
  const client = { ask: (method, path, body, { signal }) => new Promise((resolve) => answers.push({ resolve, signal })) };
  const list = new Listing(client);
  const first = list.load();
  const second = list.load({ name: "b" });
  answers[1].resolve({ files: [file(2)] });
  await second;
  answers[0].resolve({ files: [file(1)] });
  await first;
  assert.deepEqual(names(list), ["2"]);
  assert.equal(answers[0].signal.aborted, true);
});

test("new, changed and restored files get their places in every order", async () => {
  const orders = { "-createdAt": ["9", "8", "5", "3"], createdAt: ["3", "5", "8", "9"], filename: ["3", "5", "8", "9"], "-filename": ["9", "8", "5", "3"], size: ["3", "5", "8", "9"], "-size": ["9", "8", "5", "3"] };
  for (const [sort, order] of Object.entries(orders)) {
    const list = listing({ files: order.filter((one) => one !== "5").map((one) => file(Number(one))) });
    await list.load({ sort });
    list.put([file(5)]);
    assert.deepEqual(names(list), order, sort);
    list.put([file(5, { visibility: "public" })]);
    assert.equal(list.files.find(({ filename }) => filename === "file 5.pdf").visibility, "public");
    assert.equal(list.files.length, 4);
    list.remove([file(5).id]);
    assert.equal(list.files.length, 3);
  }
});

test("a file behind the loaded ones waits for its page, and one that the filters do not select is left out", async () => {
  const list = listing({ files: [file(9), file(8)], next: "x" }, { files: [file(3)] });
  await list.load();
  list.put([file(3)]);
  assert.deepEqual(names(list), ["9", "8"]);
  await list.more();
  assert.deepEqual(names(list), ["9", "8", "3"]);
  list.put([file(9, { state: "deleted" }), file(10, { state: "rejected", reason: "malware" })]);
  assert.deepEqual(names(list), ["10", "8", "3"]);
});

test("the bin leaves out what cannot be restored", async () => {
  const list = listing({ files: [file(2, { state: "deleted" }), file(1, { state: "deleted", readyAt: undefined })] });
  await list.load({ isBin: true });
  assert.deepEqual(names(list), ["2"]);
  assert.match(list.asked[0], /state=deleted/);
});

test("a name is shown as it is, without marks that turn it round or hide", () => {
  assert.equal(plain("a\u202egpj.exe"), "a\ufffdgpj.exe");
  assert.equal(plain("a\u200fb\u2066c\u0000d\u061ce"), "a\ufffdb\ufffdc\ufffdd\ufffde");
  assert.equal(plain("Übung 文件 👩‍💻.pdf"), "Übung 文件 👩‍💻.pdf");
});

test("the facts about a file are words for people", () => {
  assert.deepEqual(facts(file(1)).filter(Boolean), ["10 bytes", "14 Mar 2026"]);
  assert.match(facts(file(1, { state: "rejected", reason: "malware" }))[0], /virus scanner/);
  assert.match(facts(file(1, { state: "deleted", deletesAt: "2026-04-14T09:26:53Z" }))[1], /restored until 14 Apr 2026/);
  assert.equal(words.size(3 << 29), "1.5 GB");
  assert.equal(words.deleted(1, "a.pdf"), "Deleted a.pdf");
  assert.equal(words.deleted(1200, "a.pdf"), "Deleted 1,200 files");
});

test("every action has its words", () => {
  for (const name of ["download", "open", "share", "rename", "delete", "restore", "erase", "private", "premium", "public"]) assert.equal(typeof words[name], "string", name);
});

/** A client whose requests get these answers, one after the other: `[status, body, headers]`. */
const client = (t, token, ...answers) => {
  globalThis.location ??= { href: "https://files.example.com/" };
  const asked = [];
  t.mock.method(globalThis, "fetch", async (url, { method, headers, credentials }) => {
    asked.push(`${method} ${new URL(url).pathname} ${headers.authorization} ${credentials}`);
    const [status, body, more] = answers[Math.min(asked.length, answers.length) - 1];
    return new Response(status === 204 ? null : JSON.stringify(body), { status, headers: more });
  });
  t.mock.method(Math, "random", () => 0);
  return Object.assign(new Client({ token, url: "https://files.example.com" }), { asked });
};

test("an expired token is asked for again, once", async (t) => {
  let number = 0;
  const one = client(t, () => `t${(number += 1)}`, [401, { code: "unauthenticated" }], [200, { files: [] }]);
  assert.deepEqual(await one.ask("GET", "files"), { files: [] });
  assert.deepEqual(one.asked.map((line) => line.split(" ")[3]), ["t1", "t2"]);
  const other = client(t, () => "old", [401, { code: "unauthenticated" }]);
  await assert.rejects(other.ask("GET", "files"), { code: "unauthenticated" });
  assert.equal(other.asked.length, 2);
});

test("temporary failures are tried again, refusals and new links are not", async (t) => {
  const busy = client(t, "t", [503, { code: "unavailable" }], [429, { code: "too_many_requests" }], [204]);
  assert.equal(await busy.ask("DELETE", "files/x"), undefined);
  assert.equal(busy.asked.length, 3);
  const refused = client(t, "t", [404, { code: "not_found" }]);
  await assert.rejects(refused.ask("GET", "files/x"), { code: "not_found", message: "The file does not exist any more." });
  assert.equal(refused.asked.length, 1);
  const link = client(t, "t", [502, {}]);
  await assert.rejects(link.ask("POST", "files/x/links", {}, { once: true }), { code: "http_502" });
  assert.equal(link.asked.length, 1);
});

test("a function without a token is told as a missing login, and asked again next time", async (t) => {
  let token;
  const one = client(t, async () => token, [200, {}]);
  await assert.rejects(one.ask("GET", "usage"), { code: "no_token" });
  token = "t";
  assert.deepEqual(await one.ask("GET", "usage"), {});
});

test("many pictures ask for cookies once, they are renewed before they end, and a refusal is not repeated at once", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.parse("2026-03-14T09:00:00Z") });
  const one = client(t, "t", [200, { expiresAt: "2026-03-14T10:00:00Z", paths: [] }]);
  await Promise.all([one.cookies(), one.cookies(), one.cookies()]);
  assert.deepEqual(one.asked, ["POST /v1/cookies Bearer t include"]);
  t.mock.timers.tick(58 * 60_000);
  assert.equal(one.asked.length, 1);
  t.mock.timers.tick(60_000);
  await one.cookies();
  assert.equal(one.asked.length, 2);
  one.close();
  const none = client(t, "t", [403, { code: "forbidden" }]);
  await none.cookies();
  await none.cookies();
  assert.equal(none.asked.length, 1);
  t.mock.timers.tick(31_000);
  await none.cookies();
  assert.equal(none.asked.length, 2);
  none.close();
});
