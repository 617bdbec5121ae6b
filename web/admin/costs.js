import { ask } from "./api.js";
import { series, stacked } from "./charts.js";
import { el, empty } from "./dom.js";
import { table } from "./table.js";
import { bytes, kinds, money, plain } from "./words.js";

/** The cost by day, bucket and class, the months to come, and the growth. */
export async function costs() {
  const seen = await ask("costs");
  const parts = [];
  const show = (value) => money(value, seen.currency);
  if (seen.unpriced.length > 0) parts.push(el("p", { class: "problem" }, `Without a price, and so counted as nothing: ${plain(seen.unpriced.join(", "))}. Set it in the file of STOWAGE_PRICES.`));
  const hasPrice = seen.unpriced.length === 0 || [...seen.days, ...seen.forecast].some((row) => Number(row.amount) > 0);
  if (seen.days.length > 0 && hasPrice) {
    const day = (row) => row.day;
    const value = (row) => Number(row.amount);
    const chart = (title, name, file) => stacked({ title, ...series(seen.days, { day, name, value }), show, unit: seen.currency, hasFractions: true, file });
    parts.push(el("p", {}, `This month so far: ${show(seen.monthSoFar)} for storage, by the prices ${plain(seen.prices)}.`));
    parts.push(el("div", { class: "charts" }, chart("Cost of storage by bucket", (row) => row.bucket, "cost-by-bucket"), chart("Cost of storage by class", (row) => row.storageClass, "cost-by-class")));
  } else if (seen.prices && hasPrice) {
    parts.push(empty("No cost yet: it follows from usage. Run stowage usage collect once, or set STOWAGE_USAGE=daily."));
  }
  if (seen.forecast.length > 0 && hasPrice) {
    const labels = seen.forecast.map((month) => month.start.slice(0, 7));
    const values = seen.forecast.map((month) => Number(month.amount));
    parts.push(stacked({ title: "Forecast of the next months with today's rules", labels, series: [{ label: "Cost", values }], show, unit: seen.currency, hasFractions: true, file: "forecast", first: "Month" }));
    parts.push(el("p", { class: "hint" }, "stowage usage forecast shows every line of it, and what another lifecycle document would cost."));
  }
  if (seen.growth.length > 0) {
    const columns = [
      { label: "Bucket", value: (row) => row.bucket },
      { label: "What", value: (row) => kinds[row.kind] ?? row.kind },
      { label: "Growth each day", csv: "Growth each day (bytes)", value: (row) => row.bytesPerDay, show: (row) => bytes(row.bytesPerDay) },
    ];
    parts.push(table({ caption: "Growth: the median day of the last 30", columns, rows: seen.growth, file: "growth", sort: 2 }));
  }
  parts.push(...seen.notes.map((note) => empty(plain(note))));
  return parts;
}
