import { ask } from "./api.js";
import { empty } from "./dom.js";
import { table } from "./table.js";
import { ago, figure, time } from "./words.js";

const names = {
  audit: "Audit",
  sweep: "Sweep",
  cleanup: "Deletion by age",
  comparison: "Comparison of bucket and database",
  census: "Count of users and files",
  usage: "Collection of usage",
};

/** The last results of sweep, cleanup, comparison, usage and audit on each node. */
export async function results() {
  const { reports } = await ask("reports");
  if (reports.length === 0) return [empty("No work has ended yet. Start a worker; stowage audit adds the result of an audit.")];
  const columns = [
    { label: "Work", value: (report) => names[report.name] ?? report.name },
    { label: "Result", value: (report) => `${report.isGood ? "Good" : "Look"}: ${report.text}` },
    { label: "Numbers", value: (report) => report.figures.map((one) => `${one.name}: ${figure(one)}`).join("; ") },
    { label: "Ended", value: (report) => report.at, show: (report) => `${time(report.at)} (${ago(report.at)} ago)` },
    { label: "Node", value: (report) => report.node ?? "" },
  ];
  const parts = [table({ caption: "The last result of each work on each node", columns, rows: reports, file: "results", sort: 3 })];
  if (!reports.some((report) => report.name === "audit")) parts.push(empty("No audit yet: run stowage audit, which keeps its result here."));
  return parts;
}
