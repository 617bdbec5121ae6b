// Draws the part of a long list that the screen shows. The list has the height of all its entries from the start, so
// nothing jumps while pages load, and only the entries near the screen exist as elements.

/** The sizes of an entry in rem: the height, and for a grid the least width. */
const sizes = { list: { height: 4.5, width: 0 }, grid: { height: 14, width: 10.5 } };

export class Windowed {
  /** @type {keyof typeof sizes} */ layout = "list";
  #list; #make; #entries = /** @type {any[]} */ ([]); #isComplete = false; #made = new Map(); #frame = 0; #shape = { columns: 1, height: 1, width: 1 };
  #onEnd; #stop = new AbortController(); #observer;

  /**
   * @param {any} list the list's element @param {(entry: any) => any} make makes the element of an entry, which has
   * `show(entry)` @param {() => void} onEnd called while the screen is near the end of what is loaded
   */
  constructor(list, make, onEnd) {
    [this.#list, this.#make, this.#onEnd] = [list, make, onEnd];
    const draw = () => this.draw();
    // The list scrolls with the page, or with an element around it.
    addEventListener("scroll", draw, { capture: true, passive: true, signal: this.#stop.signal });
    addEventListener("resize", draw, { signal: this.#stop.signal });
    this.#observer = new ResizeObserver(draw);
    this.#observer.observe(list);
    list.addEventListener("keydown", (event) => this.#move(event));
  }

  /** Shows these entries, each with an `id`. */
  show(entries, isComplete) {
    [this.#entries, this.#isComplete] = [entries, isComplete];
    this.draw();
  }

  /** Draws with the next frame. */
  draw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  /** The elements that exist now. */
  get elements() { return [...this.#made.values()]; }

  /** Moves the keyboard focus to an entry, as near to `index` as there is one. Returns false if there are none. */
  focus(index, selector = ".open") {
    const entry = this.#entries[Math.max(0, Math.min(index, this.#entries.length - 1))];
    if (!entry) return false;
    const { columns, height } = this.#shape;
    const top = this.#list.getBoundingClientRect().top + Math.floor(this.#entries.indexOf(entry) / columns) * height;
    if (top < 0 || top + height > innerHeight) {
      const goal = this.#made.get(entry.id);
      if (goal) goal.scrollIntoView({ block: "nearest" });
      else scrollBy({ top: top < 0 ? top - height : top + height - innerHeight });
    }
    this.#draw();
    const element = this.#made.get(entry.id);
    (element?.querySelector(selector) ?? element?.querySelector(".open"))?.focus({ preventScroll: true });
    return true;
  }

  close() {
    this.#stop.abort();
    this.#observer.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  /** Arrow keys go to the same control of another entry; Home and End go to the first and the last one. */
  #move(event) {
    const item = event.target.closest("li");
    const { columns } = this.#shape;
    const index = this.#entries.findIndex(({ id }) => id === item?.dataset.file);
    const steps = { ArrowDown: columns, ArrowUp: -columns, ...(columns > 1 && { ArrowRight: 1, ArrowLeft: -1 }), Home: -index, End: this.#entries.length - 1 - index };
    const step = steps[event.key];
    if (index < 0 || step === undefined || event.altKey || event.ctrlKey || event.metaKey || event.target.matches("select")) return;
    event.preventDefault();
    if (index + step < 0 || index + step >= this.#entries.length) return;
    const kind = [".tick input", ".open", ".download", ".share", ".rename", ".delete", ".restore", ".erase"].find((one) => event.target.matches(one));
    this.focus(index + step, kind);
  }

  #measure() {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
    const { height, width } = sizes[this.layout];
    const room = this.#list.clientWidth;
    // On a narrow screen a grid has at least two columns.
    const columns = width ? Math.max(Math.floor(room / (width * rem)), Math.min(2, Math.floor(room / (7 * rem)) || 1)) : 1;
    return { columns, height: height * rem, width: room / columns };
  }

  #draw() {
    const { columns, height, width } = (this.#shape = this.#measure());
    const entries = this.#entries;
    const total = Math.ceil(entries.length / columns) * height;
    this.#list.style.height = `${total}px`;
    const { top } = this.#list.getBoundingClientRect();
    const margin = innerHeight;
    const first = Math.max(0, Math.floor((-top - margin) / height)) * columns;
    const last = Math.min(entries.length, Math.ceil((innerHeight + margin - top) / height) * columns);
    const wanted = new Map();
    for (let index = first; index < last; index += 1) wanted.set(entries[index].id, index);
    // The entry with the keyboard focus stays, so that the focus is not lost when it leaves the screen.
    const focused = this.#list.getRootNode().activeElement?.closest?.("li")?.dataset.file;
    for (const [id, element] of this.#made) {
      if (wanted.has(id)) continue;
      const index = id === focused ? entries.findIndex((entry) => entry.id === id) : -1;
      if (index >= 0) wanted.set(id, index);
      else {
        element.remove();
        this.#made.delete(id);
      }
    }
    let place = this.#list.firstElementChild;
    for (const [id, index] of [...wanted].sort(([, one], [, other]) => one - other)) {
      const element = this.#made.get(id) ?? this.#make(entries[index]);
      this.#made.set(id, element);
      element.show(entries[index]);
      element.setAttribute("aria-posinset", index + 1);
      element.setAttribute("aria-setsize", this.#isComplete ? entries.length : -1);
      element.style.transform = `translate(${(index % columns) * width}px, ${Math.floor(index / columns) * height}px)`;
      element.style.width = `${width}px`;
      if (element === place) place = place.nextElementSibling;
      else this.#list.insertBefore(element, place);
    }
    if (top + total < innerHeight + 20 * height) this.#onEnd();
  }
}
