// Numbers with units, times and names for people.

const UNITS = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"];

/** Returns a size in powers of 1,024, as the whole of Stowage counts. */
export function bytes(count) {
  if (count < 1024) return `${count} ${count === 1 ? "byte" : "bytes"}`;
  const step = Math.min(Math.floor(Math.log2(count) / 10), UNITS.length - 1);
  const value = count / 1024 ** step;
  return `${value >= 100 ? Math.round(value) : value.toFixed(value >= 10 ? 1 : 2)} ${UNITS[step]}`;
}

/** Returns the step of a scale of sizes up to `largest`, so that it has at most eight steps and each reads well. */
export function byteStep(largest) {
  const unit = 1024 ** Math.max(0, Math.floor(Math.log2(Math.max(largest, 1)) / 10));
  const step = [1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16, 32, 64, 128].find((one) => (largest / unit) <= 8 * one);
  return Math.max(1, step * unit);
}

/** Returns a whole number with separators, and its unit if one is given; a unit in the plural loses its s behind 1. */
export function number(value, unit = "") {
  const one = value === 1 && unit.length > 2 && unit.endsWith("s") ? unit.slice(0, -1) : unit;
  return unit ? `${value.toLocaleString("en")} ${one}` : value.toLocaleString("en");
}

/** Returns a number of a report: sizes and times in readable units. */
export function figure({ value, unit }) {
  if (unit === "bytes") return bytes(value);
  return number(value, unit);
}

/** Returns a time as people read it, in the browser's own zone. */
export const time = (text) =>
  new Date(text).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });

/** Returns how long ago a time was. */
export function ago(text, now = Date.now()) {
  const seconds = Math.max(0, Math.round((now - new Date(text)) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

/** Returns an amount of money: the price list's decimal text with two digits, and the currency. */
export const money = (amount, currency) => `${Number(amount).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 })} ${currency}`;

/** Replaces characters that change the direction of text, and control characters, so that a name looks as it is. */
export const plain = (text) => String(text).replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");

export const kinds = {
  process: "Check a file",
  render: "Render images again",
  purge: "Remove images from caches",
  current: "Files",
  noncurrent: "Older versions",
  marker: "Delete markers",
  multipart: "Unfinished uploads",
  "stale-multipart": "Unfinished uploads of over 7 days",
  variant: "Images made from files",
  quarantined: "Quarantined files",
  unknown: "Unknown objects",
};

export const ages = { minute: "Up to a minute", hour: "Up to an hour", day: "Up to a day", older: "Over a day" };
export const states = { queued: "Waiting", leased: "At work", failed: "Failed" };
