import { ask } from "./api.js";
import { series, stacked } from "./charts.js";
import { el, empty } from "./dom.js";
import { bytes, number } from "./words.js";

const reasons = {
  size_mismatch: "Another size than announced",
  checksum_mismatch: "Another content than announced",
  type_mismatch: "Another type than the name says",
  malware: "Malware",
  dimensions_exceeded: "Picture too large",
  macros: "Macros",
  encrypted: "Encrypted",
  active_content: "Active content",
  decompression_bomb: "Unpacks to too much",
  malformed_archive: "Malformed archive",
  unreadable: "Unreadable",
  not_scannable: "Too large to scan",
};
const steps = { scan: "Scan", decode: "Decode and render", job: "Whole job" };

/** Uploads and rejections by day, and the mean times of scans and renderings. */
export async function traffic() {
  const { days } = await ask("traffic?days=30");
  if (days.length === 0) return [empty("No upload was counted in the last 30 days. The numbers of a day appear about a minute after its first upload.")];
  const rows = (name) => days.filter((row) => row.name === name);
  const chart = (title, name, label, show, unit, file) => {
    const found = rows(name);
    if (found.length === 0) return el("figure", {}, el("figcaption", {}, title), empty("None in the last 30 days."));
    return stacked({ title, ...series(found, { day: (row) => row.day, name: label, value: (row) => row.value }), show, unit, file });
  };
  const charts = [
    chart("Files that became ready", "files_ready", () => "Files", (value) => number(value, "files"), "", "uploads"),
    chart("Bytes of files that became ready", "files_ready_bytes", () => "Bytes", bytes, "bytes", "upload-bytes"),
    chart("Rejections by reason", "rejections", (row) => reasons[row.label] ?? row.label, (value) => number(value, "files"), "", "rejections"),
    chart("Refused claims by code", "claims_refused", (row) => row.label, (value) => number(value, "claims"), "", "refused-claims"),
    times(rows("work"), rows("work_ms")),
  ];
  return [el("div", { class: "charts" }, charts)];
}

/** The mean time of each step by day. */
function times(counts, sums) {
  const title = "Mean time of a scan, a rendering and a whole job";
  const key = (row) => `${row.day} ${row.label}`;
  const milliseconds = new Map(sums.map((row) => [key(row), row.value]));
  const means = counts.filter((row) => row.value > 0).map((row) => ({ ...row, value: Math.round((milliseconds.get(key(row)) ?? 0) / row.value) }));
  if (means.length === 0) return el("figure", {}, el("figcaption", {}, title), empty("No work in the last 30 days."));
  const grouped = series(means, { day: (row) => row.day, name: (row) => steps[row.label] ?? row.label, value: (row) => row.value });
  return stacked({ title, ...grouped, show: (value) => number(value, "ms"), unit: "ms", file: "times", isStacked: false });
}
