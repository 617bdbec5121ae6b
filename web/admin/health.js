import { ask } from "./api.js";
import { table } from "./table.js";

/** The readiness of each process of the node that answers, with what it depends on. */
export async function health() {
  const { processes } = await ask("health");
  const parts = (one) => one.failure ?? one.parts.map((part) => `${part.name}: ${part.state}`).join("; ");
  const columns = [
    { label: "Process", value: (one) => one.process },
    { label: "State", value: (one) => (one.isReady ? "ready" : "not ready") },
    { label: "What it needs", value: (one) => parts(one) || "answers" },
    { label: "Version", value: (one) => one.version ?? "" },
  ];
  return [table({ caption: "Processes of the node that sent this page", columns, rows: processes, file: "health", sort: 0, down: false })];
}
