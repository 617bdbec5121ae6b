// The dashboard's own parts that need no browser: numbers with units, and the scale of charts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { byteStep, bytes, number, plain } from "../../../web/admin/words.js";

test("a size has the unit in which it reads well", () => {
  const seen = [0, 1, 1023, 1024, 1536, 10 * 1024, 1023 * 1024, 1024 ** 3, 2 ** 60].map(bytes);
  assert.deepEqual(seen, ["0 bytes", "1 byte", "1023 bytes", "1.00 kB", "1.50 kB", "10.0 kB", "1023 kB", "1.00 GB", "1.00 EB"]);
});

test("one of something is in the singular", () => {
  const seen = [number(1, "files"), number(0, "files"), number(1234, "objects"), number(1, "ms"), number(1), number(1, "waiting")];
  assert.deepEqual(seen, ["1 file", "0 files", "1,234 objects", "1 ms", "1", "1 waiting"]);
});

test("a scale of sizes has at most eight steps, and each is a round number", () => {
  for (let largest = 1; largest < 2 ** 60; largest = largest * 1.37 + 1) {
    const step = byteStep(largest);
    assert.ok(largest / step <= 8 && (largest < 8 || largest / step > 3.9), `${largest}: ${step}`);
    assert.equal(Math.log2(step) % 1, 0, `${largest}: ${step}`);
  }
  assert.equal(bytes(byteStep(93 * 1024 ** 3)), "16.0 GB");
});

test("a name looks as it is", () => {
  assert.equal(plain("a\u202eb\u0007c"), "a\ufffdb\ufffdc");
});
