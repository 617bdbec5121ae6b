// Tests the sentences of web/stowage-words.js: everything that a server says has one, and each is fit for a banner.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { UploadError, explain, sentences } from "../../../web/stowage.js";
import * as uppy from "../../../web/stowage-uppy.js";

const root = new URL("../../../", import.meta.url);
const text = (path) => readFileSync(new URL(path, root), "utf8");
const office = [
  "application/pdf", "application/msword", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  "application/vnd.ms-excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/vnd.ms-powerpoint",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation", "application/vnd.oasis.opendocument.text",
  "application/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.presentation",
];
const pictures = ["image/jpeg", "image/png", "image/webp", "image/gif"];

test("every reason of a rejection has a sentence", () => {
  const [, body] = /enum RejectionReason[^{]*\{([^}]*)\}/.exec(text("Sources/Core/Files/FileState.swift"));
  const reasons = [...body.matchAll(/^ {2}case (\w+)(?: = "(\w+)")?/gm)].map(([, name, raw]) => raw ?? name);
  assert.ok(reasons.length >= 10);
  for (const reason of reasons) {
    assert.ok(Object.hasOwn(sentences, reason), reason);
    assert.equal(new UploadError("rejected", { record: { state: "rejected", reason } }).reason, reason);
  }
});

test("every error code of the API has a sentence", () => {
  const codes = new Set([...text("web/openapi.yaml").matchAll(/code: \{const: (\w+)\}/g)].map(([, code]) => code));
  assert.ok(codes.size >= 20);
  for (const code of codes) assert.ok(Object.hasOwn(sentences, code), code);
});

test("every code that the modules throw has a sentence", () => {
  const source = ["stowage.js", "stowage-uppy.js", "stowage-uppy-requests.js"].map((name) => text(`web/${name}`)).join("");
  const codes = [...source.matchAll(/(?:UploadError\(|code: )(?:status \? "([a-z_]+)" : )?"([a-z_]+)"/g)]
    .flatMap(([, one, other]) => [one, other].filter(Boolean));
  assert.ok(codes.includes("empty_file") && codes.includes("unchecked") && codes.includes("store_refused"));
  for (const code of codes) assert.ok(Object.hasOwn(sentences, code), code);
});

test("a sentence is short, ends as one, and has no media type", () => {
  for (const code of Object.keys(sentences).filter((code) => code !== "checking")) {
    const words = explain({ code, status: 400, answer: "BadDigest", problem: { accepted: [...pictures, ...office] } });
    assert.match(words, /^[A-Z][^/]*\.$/, code);
    assert.ok(words.length <= 90, `${code}: ${words.length}`);
  }
});

test("a type that is not accepted is answered by what is", () => {
  const wrong = (accepted, filename, contentType) =>
    explain({ code: "type_not_allowed", problem: { accepted }, claim: { filename, contentType } });
  const all = [...pictures, ...office];
  assert.equal(wrong(all, "notes.txt", "text/plain"), "Only photos, PDF and office documents are accepted.");
  assert.equal(wrong([...all, "image/heic", "image/avif", "text/csv", "video/mp4"], "a.exe", ""),
    "Only photos, PDF, office documents, CSV and MP4 are accepted.");
  for (const type of ["image/heic", ""]) {
    assert.equal(wrong(all, "IMG_1.HEIC", type), "Pictures of the type HEIC are not accepted, only JPEG, PNG, WebP and GIF.");
  }
  assert.equal(wrong(["image/jpeg", "application/pdf"], "a.txt", ""), "Only JPEG and PDF are accepted.");
  assert.equal(wrong(["application/pdf"], "a.png", "image/png"), "Only PDF is accepted.");
  assert.equal(wrong(all, "list.csv", "application/vnd.ms-excel"), "The file's name does not fit its type, which is Excel.");
});

test("numbers and names of the server's answer are in the sentence", () => {
  const of = (code, detail) => explain({ code, problem: { detail } });
  assert.equal(of("too_large", "At most 50 MB (52428800 bytes)."), "The file is larger than 50 MB.");
  assert.equal(of("quota_exceeded", "1 bytes are left."), "Your storage has only 1 byte left.");
  assert.equal(of("quota_exceeded"), "Your storage is full.");
  assert.equal(of("invalid_request", "filename: must not be empty"), "This file name cannot be used: it must not be empty.");
  const text = "16,320 × 12,240 pixels: 199.8 megapixels, and the limit is 110";
  const record = { state: "rejected", reason: "dimensions_exceeded", reasonDetail: { text } };
  assert.equal(explain({ record }), `The picture is larger than allowed. ${text}.`);
  assert.equal(explain({ code: "http_502", status: 502 }), "The server answered 502.");
  assert.equal(explain({ record: { state: "purged" } }), sentences.deleted);
  assert.equal(explain({ code: "new_code", problem: { title: "Something new" } }), "Something new.");
});

test("the files page's file chooser offers every type, by media type and by extension", () => {
  const accepted = /accept = "([^"]*)"/.exec(text("web/files/uploads.js"))[1].split(",");
  const images = ["jpg", "jpeg", "jfif", "jpe", "pjpeg", "pjp", "png", "webp", "gif", "heic", "heif", "hif", "avif"];
  const documents = ["pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp"];
  for (const ending of [...images, ...documents]) assert.ok(accepted.includes(`.${ending}`), ending);
  for (const type of [...pictures, "image/heic", "image/heif", "image/avif", "application/pdf"]) assert.ok(accepted.includes(type), type);
});

test("a page replaces a sentence for both modules", (t) => {
  const { malware } = sentences;
  t.after(() => Object.assign(sentences, { malware }));
  Object.assign(uppy.sentences, { malware: "Die Datei enthält Schadsoftware." });
  assert.equal(new UploadError("rejected", { record: { state: "rejected", reason: "malware" } }).message, uppy.sentences.malware);
  assert.equal(uppy.explain({ code: "malware" }), "Die Datei enthält Schadsoftware.");
});
