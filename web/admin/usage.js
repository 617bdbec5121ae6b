import { ask } from "./api.js";
import { series, stacked } from "./charts.js";
import { el, empty } from "./dom.js";
import { table } from "./table.js";
import { bytes, kinds, number, time } from "./words.js";

/** The stored bytes by day, bucket, class and kind. */
export async function usage() {
  const seen = await ask("usage?days=90");
  if (seen.days.length === 0) {
    return [empty("Nothing has been collected yet. Run stowage usage collect once, or set STOWAGE_USAGE=daily for the workers.")];
  }
  const value = (row) => row.bytes;
  const day = (row) => row.day;
  const chart = (title, name, file) => stacked({ title, ...series(seen.days, { day, name, value }), show: bytes, unit: "bytes", file });
  const last = seen.days.at(-1).day;
  const columns = [
    { label: "Bucket", value: (row) => row.bucket },
    { label: "Class", value: (row) => row.storageClass },
    { label: "What", value: (row) => kinds[row.kind] ?? row.kind },
    { label: "Objects", value: (row) => row.objects, show: (row) => number(row.objects, "objects") },
    { label: "Size", csv: "Size (bytes)", value: (row) => row.bytes, show: (row) => bytes(row.bytes) },
  ];
  const ended = seen.collection ? `Collected ${time(seen.collection.endedAt)}.` : "";
  return [
    el("p", { class: "hint" }, `${ended} Versions, unfinished uploads and images count too, so the buckets hold more than the quotas say.`),
    el("div", { class: "charts" }, chart("Bytes by bucket", (row) => row.bucket, "bytes-by-bucket"), chart("Bytes by storage class", (row) => row.storageClass, "bytes-by-class")),
    table({ caption: `What the buckets hold, on ${last}`, columns, rows: seen.days.filter((row) => row.day === last), file: "usage", sort: 4 }),
  ];
}
