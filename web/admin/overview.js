import { ask } from "./api.js";
import { el, empty } from "./dom.js";
import { bytes, money, number, plain, time } from "./words.js";

const links = { queue: "#queue", results: "#results", health: "#health", usage: "#usage" };

function tile(label, value, note, name) {
  return el("li", { class: "tile", "data-name": name }, el("span", { class: "label" }, label), el("strong", {}, value), note ? el("span", { class: "hint" }, note) : null);
}

function cost({ amount, currency, unpriced }) {
  if (unpriced.length === 0) return tile("Cost this month", money(amount, currency), "of storage", "cost");
  const what = `${plain(unpriced.join(", "))} has no price: set it in the file of STOWAGE_PRICES.`;
  return tile("Cost this month", Number(amount) > 0 ? `over ${money(amount, currency)}` : "No price", what, "cost");
}

/** The first numbers, and the alarms. */
export async function overview() {
  const seen = await ask("overview");
  const tiles = [];
  if (seen.stored) {
    tiles.push(tile("Stored bytes", bytes(seen.stored.bytes), `${number(seen.stored.objects, "objects")}, collected ${time(seen.stored.at)}`, "stored"));
  } else {
    tiles.push(tile("Stored bytes", "Not collected yet", "Run stowage usage collect, or set STOWAGE_USAGE=daily.", "stored"));
  }
  if (seen.cost) tiles.push(cost(seen.cost));
  if (seen.counts) {
    const ready = seen.counts.files.find((one) => one.state === "ready");
    const all = seen.counts.files.reduce((sum, one) => sum + one.count, 0);
    tiles.push(tile("Files ready", number(ready?.count ?? 0, "files"), `${number(all, "records")} in all states, counted ${time(seen.counts.at)}`, "files"));
    tiles.push(tile("Users", number(seen.counts.users, "users"), null, "users"));
  } else {
    tiles.push(tile("Files and users", "Not counted yet", "A worker counts them within two minutes of its start.", "files"));
  }
  tiles.push(tile("Queue", number(seen.waitingJobs, "waiting"), `${number(seen.leasedJobs)} at work, ${number(seen.failedJobs)} failed`, "queue"));
  const alarms = seen.alarms.length
    ? el("ul", { class: "alarms" }, seen.alarms.map((alarm) => el("li", {}, el("a", { href: links[alarm.section] ?? "#overview" }, plain(alarm.text)))))
    : empty("No alarms: nothing needs you now.");
  return [el("ul", { class: "tiles" }, tiles), el("h3", {}, "Alarms"), alarms, el("p", { class: "hint" }, `Stowage ${plain(seen.version)}`)];
}
