/** The error rate in hexagons, where enough points lie to speak of one. */

import { placeBeside } from "../shared/card.js";
import { element, luminance, svg } from "../shared/dom.js";
import { between } from "./points.js";
import { toData, toPixel } from "./view.js";

const NARROWEST = 20; // pixels from side to side; at most half as many again
const WIDER = [1, 2, 4]; // times that, where points are few: until at least half of them lie in hexagons of enough
const FEWEST = 20;
const STEP = 0.05; // the scale ends at a multiple of it
const Z95 = 1.959963984540054;
const PALE = [[0, "#fff3c9"], [0.25, "#fdc572"], [0.5, "#f08448"], [0.75, "#c22b3f"], [1, "#5c0a35"]];
const DARK = [[0, "#33203f"], [0.25, "#7a2048"], [0.5, "#c83e42"], [0.75, "#f29441"], [1, "#fff0a8"]];

export class Hexagons {
  /** @param {HTMLElement} stage @param {SVGElement} lines where the hexagon under the cursor is drawn around */
  constructor(stage, lines) {
    this.stage = stage;
    this.node = element("canvas", { class: "ec-hexagons", hidden: true });
    this.outline = svg("path", { class: "ec-hexagon", visibility: "hidden" });
    this.card = element("div", { class: "ec-rate", role: "tooltip", hidden: true });
    lines.append(this.outline);
    stage.append(this.card);
  }

  /**
   * @param {import("./points.js").Scene} scene
   * @param {{wrong: Uint16Array, judged: Uint16Array, word: string, unit: string}|null} errors how much was judged of
   *   each row, and how much of it is wrong
   * @param {string} page its colour
   */
  from(scene, errors, page) {
    Object.assign(this, { scene, errors, scale: luminance(page) < 0.5 ? DARK : PALE, page, counted: null });
  }

  /** @param {import("./seen.js").Seen|null} seen null for no hexagons @returns {Node[]|null} what the colours mean */
  draw(seen) {
    this.hover(null);
    this.seen = seen;
    this.counted = seen && this.errors && count(this.scene, this.errors, seen);
    this.node.hidden = !this.counted;
    if (!seen) return null;
    if (!this.counted) return [element("span", {}, "Counting…")];
    this.all = total(this.scene, this.errors);
    const enough = this.counted.cells().filter(({ n }) => n >= FEWEST);
    this.top = Math.max(STEP, STEP * Math.ceil(Math.max(0, ...enough.map(share)) / STEP - 1e-9));
    this.paint(enough);
    return this.key(enough.length);
  }

  paint(cells) {
    const { width, height } = this.seen.size;
    const ratio = devicePixelRatio || 1;
    Object.assign(this.node, { width: width * ratio, height: height * ratio });
    const context = this.node.getContext("2d");
    context.scale(ratio, ratio);
    context.strokeStyle = this.page;
    for (const cell of cells) {
      context.fillStyle = between(this.scale, share(cell) / this.top);
      context.fill(new Path2D(this.path(cell)));
      context.stroke(new Path2D(this.path(cell)));
    }
  }

  key(many) {
    const { word, unit } = this.errors;
    const all = `all: ${percent(share(this.all), 1)}`;
    if (!many) return [element("span", {}, `Error rate: no hexagon in view holds ${FEWEST} ${unit}; ${all} ${word}`)];
    const bar = element("div", { class: "ec-bar" });
    bar.style.setProperty("--ec-stops", this.scale.map(([at, colour]) => `${colour} ${at * 100}%`).join(", "));
    return [
      element("span", { class: "ec-title" }, `Error rate: share ${word}`),
      element("div", { class: "ec-ends" }, element("span", {}, "0%"), bar, element("span", {}, percent(this.top))),
      element("span", {}, `hexagons of at least ${FEWEST} ${unit}; ${all}`),
    ];
  }

  /** Say the rate of the hexagon there. @param {[number, number]|null} pixel @returns {boolean} whether there is one */
  hover(pixel) {
    const cell = pixel && this.counted ? this.counted.at(...toData(this.seen.view, this.seen.size, ...pixel)) : null;
    const there = Boolean(cell && cell.n >= FEWEST);
    this.card.hidden = !there;
    this.outline.setAttribute("visibility", there ? "visible" : "hidden");
    if (!there) return false;
    const { word, unit } = this.errors;
    const [low, high] = wilson(cell.wrong, cell.n);
    this.card.replaceChildren(
      element("strong", {}, `${percent(share(cell), 1)} ${word}`),
      element("span", {}, `${cell.wrong.toLocaleString("en")} of ${cell.n.toLocaleString("en")} ${unit}`),
      element("span", {}, `${percent(low, 1)} to ${percent(high, 1)} (Wilson 95%)`),
      element("span", {}, `all: ${percent(share(this.all), 1)}`),
    );
    this.outline.setAttribute("d", this.path(cell));
    placeBeside(this.card, this.stage, ...pixel);
    return true;
  }

  /** The corners of a hexagon, as SVG says them. */
  path({ x, y }) {
    const { view, size } = this.seen;
    const [px, py] = toPixel(view, size, x, y);
    const half = this.counted.width / view.scale / 2;
    const side = (2 * half) / Math.sqrt(3);
    const corners = [[0, -side], [half, -side / 2], [half, side / 2], [0, side], [-half, side / 2], [-half, -side / 2]];
    return `M${corners.map(([dx, dy]) => `${(px + dx).toFixed(2)},${(py + dy).toFixed(2)}`).join("L")}Z`;
  }
}

/** Count in hexagons that stay where they are, in the data, until one has come closer by half. */
function count(scene, errors, { view, box }) {
  const narrowest = 2 ** (Math.ceil(2 * Math.log2(NARROWEST * view.scale)) / 2);
  let tiling;
  for (const wider of WIDER) {
    tiling = counted(scene, errors, new Tiling(wider * narrowest, box));
    if (tiling.told() >= 0.5) break;
  }
  return tiling;
}

function counted({ xy, slots }, { wrong, judged }, tiling) {
  for (let row = 0; row < slots.length; row++) {
    if (slots[row] && judged[row]) tiling.add(xy[2 * row], xy[2 * row + 1], judged[row], wrong[row]);
  }
  return tiling;
}

/**
 * Hexagons side by side: around the points of a grid, and around those halfway between them.
 * @typedef {{x: number, y: number, n: number, wrong: number}} Cell its centre in data units, and what was counted in it
 */
class Tiling {
  /** @param {number} width of a hexagon, in data units @param {import("./view.js").Box} box what it covers at least */
  constructor(width, { x0, x1, y0, y1 }) {
    Object.assign(this, { width, height: Math.sqrt(3) * width });
    Object.assign(this, { left: Math.floor(x0 / width) - 1, bottom: Math.floor(y0 / this.height) - 1 });
    Object.assign(this, { columns: Math.ceil(x1 / width) + 2 - this.left, lines: Math.ceil(y1 / this.height) + 2 - this.bottom });
    this.n = new Uint32Array(2 * this.columns * this.lines);
    this.wrong = new Uint32Array(this.n.length);
  }

  add(x, y, n, wrong) {
    const index = this.index(x, y);
    if (index < 0) return;
    this.n[index] += n;
    this.wrong[index] += wrong;
  }

  /** The hexagon in which a place lies: the one with the nearest centre. @returns {Cell|null} */
  at(x, y) {
    const index = this.index(x, y);
    return index < 0 ? null : this.cell(index);
  }

  /** @returns {Cell[]} those in which something lies */
  cells() {
    return [...this.n.keys()].filter((index) => this.n[index]).map((index) => this.cell(index));
  }

  /** @returns {number} the share of what was counted that lies in hexagons of enough */
  told() {
    const [all, enough] = [this.n, this.n.filter((n) => n >= FEWEST)].map((some) => some.reduce((sum, n) => sum + n, 0));
    return all && enough / all;
  }

  index(x, y) {
    const [u, v] = [x / this.width - this.left, y / this.height - this.bottom];
    const [i, j] = [Math.round(u), Math.round(v)];
    const [k, l] = [Math.floor(u), Math.floor(v)];
    const onGrid = (u - i) ** 2 + 3 * (v - j) ** 2 <= (u - k - 0.5) ** 2 + 3 * (v - l - 0.5) ** 2;
    const [column, line] = onGrid ? [i, j] : [k, l];
    if (column < 0 || column >= this.columns || line < 0 || line >= this.lines) return -1;
    return 2 * (line * this.columns + column) + (onGrid ? 0 : 1);
  }

  cell(index) {
    const [place, half] = [index >> 1, (index & 1) / 2];
    const x = (this.left + half + (place % this.columns)) * this.width;
    const y = (this.bottom + half + Math.floor(place / this.columns)) * this.height;
    return { x, y, n: this.n[index], wrong: this.wrong[index] };
  }
}

function total({ slots }, { wrong, judged }) {
  const all = { n: 0, wrong: 0 };
  for (let row = 0; row < slots.length; row++) {
    if (!slots[row]) continue;
    all.n += judged[row];
    all.wrong += wrong[row];
  }
  return all;
}

function share({ n, wrong }) {
  return n ? wrong / n : 0;
}

/** Wilson's 95% interval, as `stats/intervals.py` has it. @returns {[number, number]} */
function wilson(hits, n) {
  const [p, z2] = [hits / n, Z95 ** 2];
  const centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z95 / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

function percent(value, digits = 0) {
  return `${(100 * value).toFixed(digits)}%`;
}
