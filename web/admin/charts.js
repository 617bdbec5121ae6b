// Charts by Chart.js, each with a table of the same numbers for people who do not see it.

import { el } from "./dom.js";
import { table } from "./table.js";
import { byteStep } from "./words.js";

const drawn = new Set();

/** The colours of the page, light or dark. */
function palette() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const series = [1, 2, 3, 4, 5, 6, 7, 8].map((index) => colour(`--series-${index}`));
  return { text: colour("--soft"), line: colour("--line"), series };
}

/**
 * Returns a stacked chart of `series` ([{label, values}]) over `labels`, and its table.
 *
 * `show` gives a number its unit. `type` is "bar" or "line"; without `isStacked`, bars stand side by side. Only with `hasFractions` the
 * scale has parts of a number.
 */
export function stacked({ title, labels, series, show, unit, file, type = "bar", first = "Day", isStacked = true, hasFractions = false }) {
  const canvas = el("canvas", { role: "img", "aria-label": `${title}. The table below has the same numbers.` });
  const rows = labels.map((label, index) => ({ label, values: series.map((one) => one.values[index] ?? 0) }));
  const columns = [
    { label: first, value: (row) => row.label },
    ...series.map((one, index) => ({
      label: one.label,
      csv: unit ? `${one.label} (${unit})` : one.label,
      value: (row) => row.values[index],
      show: (row) => show(row.values[index]),
    })),
  ];
  const details = el("details", {}, el("summary", {}, `${title}: the numbers as a table`), table({ caption: title, columns, rows, file }));
  const figure = el("figure", {}, el("figcaption", {}, title), el("div", { class: "canvas" }, canvas), details);
  const make = () => draw(canvas, { labels, series, show, unit, type, isStacked, hasFractions });
  // Chart.js measures the canvas, so the chart is drawn once it is on the page.
  requestAnimationFrame(() => {
    if (!canvas.isConnected) return;
    const one = { canvas, chart: make(), make };
    drawn.add(one);
  });
  return figure;
}

/** The largest height of a chart. */
function height(labels, series, isStacked) {
  const heights = labels.map((_, index) => {
    const values = series.map((one) => one.values[index] ?? 0);
    return isStacked ? values.reduce((sum, value) => sum + value, 0) : Math.max(0, ...values);
  });
  return heights.reduce((one, other) => Math.max(one, other), 0);
}

function draw(canvas, { labels, series, show, unit, type, isStacked, hasFractions }) {
  const { text, line, series: colours } = palette();
  // Sizes count in powers of 1,024, so steps of ten are odd numbers of them.
  const stepSize = unit === "bytes" ? byteStep(height(labels, series, isStacked)) : undefined;
  const precision = hasFractions ? undefined : 0;
  return new window.Chart(canvas, {
    type,
    data: {
      labels,
      datasets: series.map((one, index) => ({
        label: one.label,
        data: one.values,
        backgroundColor: colours[index % colours.length],
        borderColor: colours[index % colours.length],
        fill: type === "line",
        pointRadius: labels.length > 40 ? 0 : 2,
        maxBarThickness: 40,
      })),
    },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      scales: {
        x: { stacked: isStacked, ticks: { color: text, maxRotation: 0, autoSkipPadding: 12 }, grid: { display: false } },
        y: { stacked: isStacked, beginAtZero: true, ticks: { color: text, stepSize, precision, callback: (value) => show(value) }, grid: { color: line } },
      },
      plugins: {
        legend: { display: series.length > 1, position: "bottom", labels: { color: text, boxWidth: 12 } },
        tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${show(item.raw)}` } },
      },
    },
  });
}

// Charts have the colours of the page, so they are drawn again when it changes between light and dark.
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const one of drawn) {
    one.chart.destroy();
    if (one.canvas.isConnected) one.chart = one.make();
    else drawn.delete(one);
  }
});

/** Frees the charts that are not on the page any more. */
export function forget() {
  for (const one of drawn) {
    if (one.canvas.isConnected) continue;
    one.chart.destroy();
    drawn.delete(one);
  }
}

/** Groups rows of days into the series of a chart, the largest first; beyond seven, the rest is one series. */
export function series(rows, { day, name, value }) {
  const labels = [...new Set(rows.map(day))].sort();
  const places = new Map(labels.map((label, index) => [label, index]));
  const found = new Map();
  for (const row of rows) {
    const label = name(row);
    if (!found.has(label)) found.set(label, { label, values: labels.map(() => 0), sum: 0 });
    const one = found.get(label);
    one.values[places.get(day(row))] += value(row);
    one.sum += value(row);
  }
  const sorted = [...found.values()].sort((one, other) => other.sum - one.sum);
  if (sorted.length <= 8) return { labels, series: sorted };
  const rest = { label: "All others", values: labels.map((_, index) => sorted.slice(7).reduce((sum, one) => sum + one.values[index], 0)) };
  return { labels, series: [...sorted.slice(0, 7), rest] };
}
