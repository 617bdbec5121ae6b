// Tables that sort by the buttons of their header, and that the browser saves as CSV.

import { el } from "./dom.js";
import { plain } from "./words.js";

/**
 * Returns a table.
 *
 * A column has `label`, `value(row)`: a number or a text, by which it sorts and which the CSV has, and optionally `show(row)`: a text or
 * nodes. `sort` is the number of a column by which the rows are sorted first; `down` from the largest on. A column with `unsorted`
 * has no button and is not in the CSV.
 */
export function table({ caption, columns, rows, file, sort = 0, down = true }) {
  let order = { column: sort, down };
  let sorted = rows;
  const body = el("tbody");
  const heads = columns.map((column, index) => head(column, index));
  const element = el("table", {}, el("caption", {}, caption), el("thead", {}, el("tr", {}, heads)), body);

  function isNumeric(column) {
    return rows.length > 0 && typeof column.value?.(rows[0]) === "number";
  }

  function head(column, index) {
    const numeric = isNumeric(column);
    if (column.unsorted) return el("th", { scope: "col" }, column.label);
    const button = el("button", { type: "button", onclick: () => sortBy(index) }, column.label);
    return el("th", { scope: "col", class: numeric ? "number" : null }, button);
  }

  function sortBy(index) {
    // The largest numbers are of interest first, and texts begin with A.
    order = { column: index, down: order.column === index ? !order.down : isNumeric(columns[index]) };
    fill();
  }

  function fill() {
    const { value } = columns[order.column];
    const sign = order.down ? -1 : 1;
    sorted = [...rows].sort((one, other) => sign * compare(value(one), value(other)));
    heads.forEach((element, index) => {
      if (columns[index].unsorted) return;
      if (index === order.column) element.setAttribute("aria-sort", order.down ? "descending" : "ascending");
      else element.removeAttribute("aria-sort");
    });
    body.replaceChildren(...sorted.map((row) => el("tr", {}, columns.map((column) => cell(column, row)))));
  }

  fill();
  const save = el("button", { type: "button", class: "small", onclick: () => download(file, csv(columns, sorted)) }, "Save as CSV");
  save.setAttribute("aria-label", `Save as CSV: ${caption}`);
  const frame = el("div", { class: "frame", role: "region", tabindex: "0", "aria-label": caption }, element);
  return el("div", { class: "table" }, frame, el("p", { class: "tools" }, save));
}

function cell(column, row) {
  const value = column.value?.(row);
  const shown = column.show ? column.show(row) : value;
  const name = typeof value === "number" ? "number" : null;
  return el("td", { class: name }, typeof shown === "string" || typeof shown === "number" ? plain(shown) : shown);
}

function compare(one, other) {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one).localeCompare(String(other), "en");
}

/** Returns the rows as RFC 4180 has them. A text that a spreadsheet would compute gets an apostrophe in front. */
export function csv(columns, rows) {
  const kept = columns.filter((column) => !column.unsorted);
  const lines = [kept.map((column) => field(column.csv ?? column.label)), ...rows.map((row) => kept.map((column) => field(column.value(row))))];
  return lines.map((line) => line.join(",") + "\r\n").join("");
}

function field(value) {
  if (typeof value === "number") return String(value);
  const text = String(value ?? "");
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function download(file, text) {
  const url = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
  const link = el("a", { href: url, download: `stowage-${file}.csv` });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
