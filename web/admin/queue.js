import { ask } from "./api.js";
import { el, empty, tell } from "./dom.js";
import { table } from "./table.js";
import { ages, ago, kinds, number, states, time } from "./words.js";

/** The open work, what failed, and the invalidations of caches under way. */
export async function queue({ again }) {
  const [open, failed, purges] = await Promise.all([ask("queue"), ask("jobs/failed?limit=100"), ask("invalidations?limit=100")]);
  return [
    ...waiting(open.rows),
    el("h3", {}, "Failed jobs"),
    ...failures(failed, again),
    el("h3", {}, "Cache invalidations under way"),
    purges.jobs.length === 0
      ? empty("None: no image that was deleted or changed waits to leave a cache.")
      : table({ caption: "Invalidations of caches under way", columns: jobColumns("Due"), rows: purges.jobs, file: "invalidations", sort: 4, down: false }),
  ];
}

function waiting(rows) {
  if (rows.length === 0) return [empty("The queue is empty: every upload that arrived has been checked.")];
  const columns = [
    { label: "Work", value: (row) => kinds[row.kind] ?? row.kind },
    { label: "State", value: (row) => states[row.state] ?? row.state },
    { label: "Age", value: (row) => ages[row.age] ?? row.age },
    { label: "Jobs", value: (row) => row.count, show: (row) => number(row.count, row.count === 1 ? "job" : "jobs") },
    { label: "Oldest", value: (row) => row.oldestAt, show: (row) => ago(row.oldestAt) },
  ];
  return [table({ caption: "Jobs by kind, state and age", columns, rows, file: "queue", sort: 3 })];
}

const jobColumns = (due) => [
  { label: "File", value: (job) => job.filename },
  { label: "User", value: (job) => job.user },
  { label: "Work", value: (job) => kinds[job.kind] ?? job.kind },
  { label: "Reason", value: (job) => job.error ?? "", show: (job) => el("span", { class: "reason" }, job.error ?? "none yet") },
  { label: due, value: (job) => job.dueAt, show: (job) => time(job.dueAt) },
  { label: "Attempts", value: (job) => job.attempts },
  { label: "File ID", value: (job) => job.fileId },
];

function failures(page, again) {
  if (page.jobs.length === 0) return [empty("No job has failed for good. If one does, its reason and a button to retry it appear here.")];
  const retry = (job) =>
    el("button", { type: "button", class: "small", "aria-label": `Retry: ${kinds[job.kind] ?? job.kind}, ${job.fileId}`, onclick: () => again_(job) }, "Retry");
  async function again_(job) {
    try {
      await ask(`jobs/${encodeURIComponent(job.kind)}/${encodeURIComponent(job.fileId)}/retry`, { method: "POST" });
      await again();
      tell("The job waits for a worker again.");
      document.querySelector("#queue-title").scrollIntoView({ block: "nearest" });
    } catch (error) {
      tell(`The job was not retried. ${error.message}`);
    }
  }
  const columns = [...jobColumns("Failed"), { label: "Retry", unsorted: true, show: retry }];
  const parts = [table({ caption: "Jobs that failed for good, the last first", columns, rows: page.jobs, file: "failed-jobs", sort: 4 })];
  if (page.next) parts.push(el("p", { class: "hint" }, "These are the last 100. `stowage jobs list --state failed` lists all of them."));
  return parts;
}
