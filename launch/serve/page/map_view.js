// A map of points: colours and their legend, hover, lasso, and a list of what is selected. It asks nobody: what it shows is given.

import { make } from "./elements.js";
import { PointDrawing } from "./map_drawing.js";
import { clusterColours, countCodes, PointGrid } from "./map_points.js";

const LISTED = 100;
const NEAR = 10;
const LONGEST = 80;
const CLOSEST = 400;
const [STEP, ZOOM] = [0.15, 1.4];
const LIGHT = ["#1f77b4", "#d95f02", "#2ca02c", "#c2185b", "#7b52ab", "#8c564b", "#00838f", "#a08a00", "#e377c2", "#3949ab", "#66801f", "#ad1f1f"];
const DARK = ["#6ab7ff", "#ffa94d", "#69db7c", "#ff7eb6", "#b39dff", "#d9a68f", "#4dd0e1", "#e6d34d", "#f5a3d7", "#8c9eff", "#b5d15a", "#ff7b72"];

/**
 * Shows a map in an element, which it fills.
 *
 * @param box an empty element.
 * @param given.points rows (Uint32Array), x and y (Float32Array, -1 to 1), clusters (Int16Array): an entry a point
 * @param given.total how many rows there are, of which the points may be some
 * @param given.columns names of columns that can give the colours
 * @param given.codes (column) => a promise of { values, codes }: codes is a Uint8Array of positions in values, 255 for none
 * @param given.describe (rows) => a promise of objects of their columns: id, label, text or source, ...
 * @param given.picture (id) => a promise of an address for <img>, "" where there is none; null where rows are no pictures
 * @returns `mark(rows)`, which puts a ring around points, and `end()`, after which nothing listens
 */
export function showMap(box, given) {
  return new MapView(box, given);
}

class MapView {
  constructor(box, { points, total, columns, codes, describe, picture = null }) {
    Object.assign(this, { box, points, total, codesOf: codes, describe, picture });
    this.place = { x: 0, y: 0, zoom: 1 };
    this.selected = null;
    this.marked = [];
    this.pointers = new Map();
    this.ending = new AbortController();
    this.pointOf = new Map();
    points.rows.forEach((row, at) => this.pointOf.set(row, at));
    this._build(columns);
    this.drawing = new PointDrawing(this.canvas, points.x, points.y);
    if (!this.drawing.available) {
      box.replaceChildren(make("p", { textContent: "This browser draws no map: it has no WebGL 2." }));
      return;
    }
    this.grid = new PointGrid(points.x, points.y);
    this._listen();
    this._say();
    this._colour("");
  }

  end() {
    this.ending.abort();
    this.resizing?.disconnect();
    this.box.replaceChildren();
  }

  /** Puts a ring around the points of these rows; those that are on no map are passed over. Gives how many are. */
  mark(rows) {
    if (!this.drawing.available) return 0;
    this.marked = rows.map((row) => this.pointOf.get(row)).filter((at) => at !== undefined);
    this._find([]);
    return this.marked.length;
  }

  _find(points) {
    this.drawing.mark([...this.marked, ...points]);
    this._draw();
  }

  // ---- elements -----------------------------------------------------------------------------------------------

  _build(columns) {
    const keys = "arrow keys move it, plus and minus change its size, 0 shows the whole, Enter selects what is in view, Escape selects nothing";
    this.canvas = make("canvas", { className: "map-canvas", tabIndex: 0, role: "application" });
    this.canvas.setAttribute("aria-label", `Map of ${this.points.rows.length.toLocaleString()} points: ${keys}`);
    this.lasso = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.lasso.setAttribute("aria-hidden", "true");
    this.lasso.append(document.createElementNS("http://www.w3.org/2000/svg", "polygon"));
    this.hint = make("div", { className: "map-hint", hidden: true });
    this.hint.setAttribute("aria-hidden", "true");
    this.colourBy = make("select", { id: "map-colour" });
    this.colourBy.append(...["", ...columns].map((name) => make("option", { value: name, textContent: name || "cluster" })));
    const button = (textContent, label, run) => {
      const made = make("button", { type: "button", textContent });
      if (label !== textContent) made.setAttribute("aria-label", label);
      made.addEventListener("click", run);
      return made;
    };
    this.lassoButton = button("Lasso", "Lasso", () => this._useLasso(!this.isLasso));
    this.lassoButton.setAttribute("aria-pressed", "false");
    this.clearButton = button("Clear", "Clear the selection", () => this._select(null));
    this.status = make("p", { className: "faint", role: "status" });
    this.legend = make("ul", { className: "map-legend" });
    this.legend.setAttribute("aria-label", "Colours");
    this.list = make("ol", { className: "map-list" });
    this.list.setAttribute("aria-label", "Selected rows");
    this.box.replaceChildren(
      make("div", { className: "row" },
        make("label", { htmlFor: "map-colour", textContent: "Colour by" }), this.colourBy, this.lassoButton,
        button("Select what is in view", "Select what is in view", () => this._selectView()), this.clearButton,
        button("+", "Zoom in", () => this._zoom(ZOOM)), button("−", "Zoom out", () => this._zoom(1 / ZOOM)),
        button("Whole map", "Whole map", () => this._whole())),
      make("div", { className: "map-box" }, this.canvas, this.lasso, this.hint),
      this.legend, this.status, this.list);
  }

  _say(more = "") {
    const { length } = this.points.rows;
    const shown = length === this.total ? `${length.toLocaleString()} points` : `${length.toLocaleString()} of ${this.total.toLocaleString()} rows`;
    const chosen = this.selected === null ? "" : `, ${this.selected.length.toLocaleString()} selected`;
    this.status.textContent = `${shown}${chosen}${more}`;
    this.clearButton.disabled = this.selected === null;
  }

  // ---- drawing ------------------------------------------------------------------------------------------------

  /** Pixels of the page for a unit of the plane. */
  get _unit() {
    return 0.48 * Math.min(this.canvas.clientWidth, this.canvas.clientHeight) * this.place.zoom;
  }

  _draw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      if (this.ending.signal.aborted || !this.canvas.clientWidth) return;
      const ratio = Math.min(devicePixelRatio || 1, 2);
      const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
      if (this.canvas.width !== Math.round(width * ratio)) this.canvas.width = Math.round(width * ratio);
      if (this.canvas.height !== Math.round(height * ratio)) this.canvas.height = Math.round(height * ratio);
      const count = this.points.rows.length;
      const size = (count > 50_000 ? 2.5 : count > 5_000 ? 4 : 6.5) * Math.min(this.place.zoom ** 0.4, 5);
      this.drawing.draw({ ...this.place, scaleX: (2 * this._unit) / width, scaleY: (2 * this._unit) / height, size: size * ratio });
      this.canvas.dataset.drawn = this.coloured ?? "";
    });
  }

  async _colour(column) {
    let found;
    try {
      found = column ? await this.codesOf(column) : clusterColours(this.points.clusters);
    } catch (error) {
      this._say(`. ${error.message}`);
      return;
    }
    if (column !== this.colourBy.value || this.ending.signal.aborted) return;
    this.colours = { ...found, column };
    this.drawing.only = -1;
    this._paint();
  }

  /** Gives the colours of light or dark to points and legend. */
  _paint() {
    const { values, codes, column } = this.colours;
    const isDark = this.dark.matches;
    const colours = values.map((_, at) => colourOf(at, isDark));
    const none = isDark ? "#7d8894" : "#8b949e";
    this.drawing.useColours(codes, colours.map(numbers), numbers(none), isDark ? [1, 1, 1] : [0, 0, 0]);
    const counts = countCodes(codes, values);
    const names = [...values.map(String), "none"];
    const entries = [...colours, none].map((colour, at) => [at < values.length ? at : 255, names[at], colour, counts[at]]);
    this.legend.replaceChildren(...entries.filter(([, , , count]) => count).map((entry) => make("li", {}, this._entry(...entry))));
    this.coloured = column || "cluster";
    this._draw();
  }

  _entry(code, name, colour, count) {
    const swatch = make("span", { className: "map-swatch" });
    swatch.style.backgroundColor = colour;
    const entry = make("button", { type: "button" }, swatch, `${name.slice(0, LONGEST)} (${count.toLocaleString()})`);
    entry.setAttribute("aria-pressed", String(this.drawing.only === code));
    entry.addEventListener("click", () => {
      this.drawing.only = this.drawing.only === code ? -1 : code;
      for (const other of this.legend.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === entry && this.drawing.only === code));
      this._draw();
    });
    return entry;
  }

  // ---- moving -------------------------------------------------------------------------------------------------

  _whole() {
    this.place = { x: 0, y: 0, zoom: 1 };
    this._draw();
  }

  _move(x, y) {
    const limit = (value) => Math.max(-1, Math.min(1, value));
    Object.assign(this.place, { x: limit(this.place.x + x), y: limit(this.place.y + y) });
    this._hover(-1);
    this._draw();
  }

  /** Changes the size by a factor; the place under (x, y) in pixels of the canvas, else its middle, stays. */
  _zoom(factor, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2) {
    const before = this._placeAt(x, y);
    this.place.zoom = Math.max(0.8, Math.min(CLOSEST, this.place.zoom * factor));
    const after = this._placeAt(x, y);
    this._move(before[0] - after[0], before[1] - after[1]);
  }

  /** The place in the plane under pixels of the canvas. */
  _placeAt(x, y) {
    return [
      this.place.x + (x - this.canvas.clientWidth / 2) / this._unit,
      this.place.y - (y - this.canvas.clientHeight / 2) / this._unit,
    ];
  }

  _pixelsOf(at) {
    return [
      this.canvas.clientWidth / 2 + (this.points.x[at] - this.place.x) * this._unit,
      this.canvas.clientHeight / 2 - (this.points.y[at] - this.place.y) * this._unit,
    ];
  }

  // ---- pointer and keys ---------------------------------------------------------------------------------------

  _listen() {
    const { signal } = this.ending;
    const on = (name, run, target = this.canvas) => target.addEventListener(name, run, { signal, passive: false });
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    on("change", () => this._paint(), this.dark);
    on("change", () => this._colour(this.colourBy.value), this.colourBy);
    on("wheel", (event) => {
      event.preventDefault();
      this._zoom(Math.exp(-event.deltaY * 0.0015), event.offsetX, event.offsetY);
    });
    on("pointerdown", (event) => this._down(event));
    on("pointermove", (event) => this._moved(event));
    on("pointerup", (event) => this._up(event));
    on("pointercancel", (event) => this._up(event, true));
    on("pointerleave", () => { if (!this.pointers.size) this._hover(-1); });
    on("keydown", (event) => this._key(event));
    on("webglcontextlost", (event) => {
      event.preventDefault();
      this._say(". The browser has lost the drawing.");
    });
    on("webglcontextrestored", () => {
      this.drawing.restore();
      this._say();
      this._draw();
    });
    this.resizing = new ResizeObserver(() => this._draw());
    this.resizing.observe(this.canvas);
  }

  _key(event) {
    const step = STEP / this.place.zoom;
    const run = {
      ArrowLeft: () => this._move(-step, 0), ArrowRight: () => this._move(step, 0), ArrowUp: () => this._move(0, step), ArrowDown: () => this._move(0, -step),
      "+": () => this._zoom(ZOOM), "=": () => this._zoom(ZOOM), "-": () => this._zoom(1 / ZOOM), 0: () => this._whole(),
      Enter: () => this._selectView(), Escape: () => this._select(null),
    }[event.key];
    if (!run || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    run();
  }

  _useLasso(is) {
    this.isLasso = is;
    this.lassoButton.setAttribute("aria-pressed", String(is));
    this.canvas.classList.toggle("drawing", is);
  }

  _down(event) {
    if (event.button !== 0) return;
    this._hover(-1);
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, [event.offsetX, event.offsetY]);
    this.path = this.pointers.size === 1 && (this.isLasso || event.shiftKey) ? [[event.offsetX, event.offsetY]] : null;
    this._drawPath();
  }

  _moved(event) {
    const here = [event.offsetX, event.offsetY];
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      this._hover(this._pointAt(...here), here);
      return;
    }
    if (this.path) {
      const last = this.path.at(-1);
      if (Math.hypot(here[0] - last[0], here[1] - last[1]) > 2) this.path.push(here);
      this._drawPath();
    } else {
      const [other] = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
      if (other) {
        const gap = (place) => Math.max(1, Math.hypot(place[0] - other[0], place[1] - other[1]));
        this._zoom(gap(here) / gap(before), ...other);
      } else {
        this._move((before[0] - here[0]) / this._unit, (here[1] - before[1]) / this._unit);
      }
    }
    this.pointers.set(event.pointerId, here);
  }

  _up(event, isCancelled = false) {
    this.pointers.delete(event.pointerId);
    const { path } = this;
    this.path = null;
    this._drawPath();
    if (path && path.length > 2 && !isCancelled) this._select(this.grid.inside(path.map(([x, y]) => this._placeAt(x, y))));
    else if (event.pointerType !== "mouse" && !isCancelled) this._hover(this._pointAt(event.offsetX, event.offsetY), [event.offsetX, event.offsetY]);
  }

  _drawPath() {
    this.lasso.firstChild.setAttribute("points", (this.path ?? []).map((pair) => pair.join(",")).join(" "));
  }

  _pointAt(x, y) {
    const { only } = this.drawing;
    const wanted = only < 0 ? undefined : (at) => this.colours.codes[at] === only;
    return this.grid.nearest(...this._placeAt(x, y), NEAR / this._unit, wanted);
  }

  // ---- rows ---------------------------------------------------------------------------------------------------

  async _hover(at, place = null) {
    if (at === this.hovered) return;
    this.hovered = at;
    this.hint.hidden = true;
    if (at < 0) return;
    const [x, y] = place ?? this._pixelsOf(at);
    const found = await this.describe([this.points.rows[at]]).catch(() => []);
    if (this.hovered !== at || !found.length) return;
    this.hint.replaceChildren(...(await this._content(found[0])));
    if (this.hovered !== at) return;
    this.hint.hidden = false;
    const { clientWidth, clientHeight } = this.canvas;
    this.hint.style.left = `${Math.max(0, Math.min(x + 12, clientWidth - this.hint.offsetWidth))}px`;
    this.hint.style.top = `${y + 16 + this.hint.offsetHeight > clientHeight ? Math.max(0, y - 12 - this.hint.offsetHeight) : y + 16}px`;
  }

  async _content(columns) {
    const parts = [make("strong", { textContent: columns.id })];
    if (columns.label !== null && columns.label !== undefined) parts.push(" ", make("span", { className: "label", textContent: columns.label }));
    const address = this.picture ? await this.picture(columns.id) : "";
    if (address) parts.push(make("img", { src: address, alt: "" }));
    else parts.push(make("p", { textContent: columns.text ?? columns.source ?? "" }));
    return parts;
  }

  _selectView() {
    const [left, top] = this._placeAt(0, 0);
    const [right, bottom] = this._placeAt(this.canvas.clientWidth, this.canvas.clientHeight);
    this._select(this.grid.inside([[left, top], [right, top], [right, bottom], [left, bottom]]));
  }

  async _select(points) {
    this.list.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
    this.list.replaceChildren();
    const { only } = this.drawing;
    const selected = points === null || only < 0 ? points : points.filter((at) => this.colours.codes[at] === only);
    this.selected = selected;
    this.drawing.choose(selected);
    this._draw();
    const listed = [...(selected ?? [])].slice(0, LISTED);
    this._say(listed.length < (selected?.length ?? 0) ? `; the first ${LISTED} are listed` : "");
    if (!listed.length) return;
    try {
      const found = await this.describe(listed.map((at) => this.points.rows[at]));
      const items = await Promise.all(found.map((columns, at) => this._item(columns, listed[at])));
      if (this.selected === selected) this.list.replaceChildren(...items);
    } catch (error) {
      this._say(`. ${error.message}`);
    }
  }

  async _item(columns, at) {
    const find = make("button", { type: "button", textContent: "Find on the map" });
    find.setAttribute("aria-label", `Find on the map: ${columns.id}`);
    find.addEventListener("click", () => {
      Object.assign(this.place, { x: this.points.x[at], y: this.points.y[at], zoom: Math.max(this.place.zoom, 4) });
      this._find([at]);
    });
    return make("li", {}, ...(await this._content(columns)), find);
  }
}

/** The colour of a code: the first twelve are chosen, more go around the circle of hues. */
function colourOf(at, isDark) {
  const chosen = isDark ? DARK : LIGHT;
  if (at < chosen.length) return chosen[at];
  const [hue, light] = [(at * 137.5) % 360, (isDark ? 60 : 30) + ((at * 7) % 3) * 9];
  return fromHsl(hue, 0.6, light / 100);
}

function fromHsl(hue, saturation, light) {
  const part = (offset) => {
    const place = (offset + hue / 30) % 12;
    const value = light - saturation * Math.min(light, 1 - light) * Math.max(-1, Math.min(place - 3, 9 - place, 1));
    return Math.round(255 * value).toString(16).padStart(2, "0");
  };
  return `#${part(0)}${part(8)}${part(4)}`;
}

function numbers(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255);
}
