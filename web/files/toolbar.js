// The search, the filters, the order, list or grid, the bin, and the bar for selected files.

import { button, choice, make } from "./elements.js";
import { usual } from "./listing.js";
import { visibilities } from "./preview.js";
import { words } from "./words.js";

const pause = 300;

/** Makes the toolbar. `show(files)` shows the bar for the selected files; `reset()` removes the filters. */
export function toolbar(app) {
  const load = (changes) => {
    app.select([...app.selection], false);
    app.listing.load(changes);
    scrollToTop();
  };
  const scrollToTop = () => search.getBoundingClientRect().top < 0 && places[0].scrollIntoView();
  let timer;
  const find = () => {
    clearTimeout(timer);
    if (search.value.trim() !== app.listing.query.name) load({ name: search.value.trim() });
  };
  const search = make("input", { type: "search", id: "search", className: "field", maxLength: 100, placeholder: words.search, "aria-label": words.search, autocomplete: "off" });
  search.addEventListener("input", () => (clearTimeout(timer), (timer = setTimeout(find, pause))));
  search.addEventListener("change", find);

  const set = (name) => (event) => load({ [name]: event.target.value });
  const type = choice("field type", words.typeFilter, [["", words.anyType], ["image/*", words.images], ["application/pdf", words.pdf]], "", set("type"));
  const state = choice("field state-filter", words.stateFilter, [["", words.anyState], ["ready", words.onlyReady], ["pending,received", words.onlyUnderWay], ["rejected", words.onlyRejected]], "", set("state"));
  const who = choice("field who", words.visibilityFilter, [["", words.anyVisibility], ...visibilities()], "", set("visibility"));
  const orders = [["-createdAt", words.newest], ["createdAt", words.oldest], ["filename", words.byName], ["-filename", words.byNameDescending], ["-size", words.largest], ["size", words.smallest]];
  const order = choice("field order", words.order, /** @type {any} */ (orders), usual.sort, set("sort"));

  let layout = "list";
  const layouts = ["list", "grid"].map((name) => button(`layout ${name}`, name === "list" ? words.showList : words.showGrid, () => (mark(name), app.select([], true)), name));
  const mark = (name) => {
    layout = name;
    layouts.forEach((one, index) => one.setAttribute("aria-pressed", String(["list", "grid"][index] === name)));
  };
  mark(layout);

  const places = [[words.files, false], [words.bin, true]].map(([text, isBin]) => button(`place ${isBin ? "bin" : "home"}`, /** @type {string} */ (text), () => {
    turn(isBin);
    load({ isBin });
  }));
  const turn = (isBin) => {
    places.forEach((one, index) => one.setAttribute("aria-pressed", String(Boolean(index) === isBin)));
    hint.hidden = !isBin;
    state.hidden = isBin;
  };

  const hint = make("p", { className: "hint" }, words.binHint);
  const [count, tasks] = [make("strong", {}), make("span", { className: "buttons" })];
  const batch = make("div", { className: "batch", role: "group", "aria-label": words.batch, hidden: true }, count, tasks);
  const element = make("div", { className: "toolbar" },
    make("div", { className: "places", role: "group", "aria-label": words.files }, ...places, make("span", { className: "layouts" }, ...layouts)),
    make("div", { className: "filters", role: "group", "aria-label": words.filters }, search, type, state, who, order), hint, batch);
  turn(false);

  let drawn = "";
  const show = (files) => {
    const { isBin } = app.listing.query;
    batch.hidden = !files.length;
    count.textContent = words.selected(files.length);
    const now = `${isBin} ${files.length > 0}`;
    if (drawn === now) return;
    drawn = now;
    const chosen = () => app.listing.files.filter(({ id }) => app.selection.has(id));
    const task = (kind) => button(kind, words[kind], () => app.act(kind, chosen()));
    const seen = choice("field seen-by", words.seenBy, [["", words.seenBy], ...visibilities()], "", (event) => {
      app.act("visibility", chosen(), event.target.value);
      event.target.value = "";
    });
    tasks.replaceChildren(...(isBin ? [task("restore"), task("erase")] : [task("delete"), seen]),
      button("select-all", words.selectAll, () => app.select(app.listing.files.map(({ id }) => id), true)),
      button("select-none", words.selectNone, () => {
        app.select([...app.selection], false);
        app.focusList();
      }));
  };

  const reset = () => {
    for (const field of [search, type, state, who]) field.value = "";
    load({ ...usual, isBin: app.listing.query.isBin, sort: order.value });
    search.focus();
  };
  return { element, search, show, reset, get layout() { return layout; } };
}
