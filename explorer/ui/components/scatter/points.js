import { contains } from "./view.js";

/**
 * The points as typed arrays: which are drawn, in which colour, in which order, and which one is under the cursor.
 * @typedef {{xy: Float32Array, slots: Uint16Array, colours: string[], shown: number}} Scene coordinates; for each row
 *   an index into the colours, 0 where it is not drawn; and how many are drawn
 * @typedef {{colour: string, unselected: boolean, rows: Uint32Array}} Lot rows to draw in one colour
 */

const LEVELS = 32; // steps of a continuous scale: one trace each is far cheaper than a colour per point
const UNSELECTED = 1;
const MISSING = 2;
const FIRST_COLOUR = 3;
const ROUNDS = 8;
const MOST_LOTS = 96; // each is a trace, and costs its own setting up

/** Whether bit `row` is set; no mask means all. @param {Uint8Array|null} mask */
export function has(mask, row) {
  return mask === null || ((mask[row >> 3] >> (row & 7)) & 1) === 1;
}

/** @param {Uint8Array|null} mask @param {number} n */
export function countSet(mask, n) {
  let count = 0;
  for (let row = 0; mask && row < n; row++) count += (mask[row >> 3] >> (row & 7)) & 1;
  return count;
}

/** @param {{unselected: string, missing: string}} greys @returns {Scene} */
export function sceneOf(xy, colour, visible, selected, greys) {
  const n = xy.length / 2;
  const codeOf = colour.kind === "categories" ? categoryCode(colour) : levelCode(colour);
  const palette = colour.kind === "categories" ? folded(colour.colours, colour) : levelColours(colour);
  const slots = new Uint16Array(n);
  let shown = 0;
  for (let row = 0; row < n; row++) {
    const code = codeOf(row);
    if (code < 0 || !has(visible, row) || !Number.isFinite(xy[2 * row] + xy[2 * row + 1])) continue;
    if (selected && !has(selected, row)) slots[row] = UNSELECTED;
    else slots[row] = code < palette.length ? FIRST_COLOUR + code : MISSING;
    shown++;
  }
  return { xy, slots, colours: ["", greys.unselected, greys.missing, ...palette], shown };
}

/** Whether a row's colour says something: it is neither outside the selection nor without a value. */
export function isTelling(slot) {
  return slot >= FIRST_COLOUR;
}

/** A 32-bit number that looks like chance, the same at every visit (Wang's integer hash). */
export function chance(row) {
  let hash = Math.imul(row ^ 61 ^ (row >>> 16), 9);
  hash = Math.imul(hash ^ (hash >>> 4), 0x27d4eb2d);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/**
 * The rows in the order to draw them: what says nothing first, then all colours in rounds, forwards and backwards in
 * turn, so that none lies on top of another more often than beneath it. A round holds half as much of each colour as
 * the one before, by chance: where many points lie on each other, one of the last rounds decides what is seen.
 * @param {Scene} scene @param {import("./view.js").Box|null} box rows outside are left out; null for none
 * @returns {Lot[]}
 */
export function lots({ xy, slots, colours }, box) {
  const rounds = Math.min(ROUNDS, Math.max(2, 2 * Math.floor(MOST_LOTS / (2 * colours.length))));
  const of = new Uint16Array(slots.length);
  const counts = new Uint32Array(colours.length * rounds);
  for (let row = 0; row < slots.length; row++) {
    const slot = slots[row];
    if (slot === 0 || (box && !contains(box, xy[2 * row], xy[2 * row + 1]))) continue;
    of[row] = slot * rounds + (isTelling(slot) ? Math.min(Math.clz32(chance(row)), rounds - 1) : 0);
    counts[of[row]]++;
  }
  const rows = deal(of, counts);
  return order(colours.length, rounds)
    .filter((lot) => counts[lot])
    .map((lot) => ({ colour: colours[Math.floor(lot / rounds)], unselected: lot < MISSING * rounds, rows: rows[lot] }));
}

function order(many, rounds) {
  const telling = Array.from({ length: many - FIRST_COLOUR }, (_, code) => FIRST_COLOUR + code);
  const round = (_, number) => (number % 2 ? telling.toReversed() : telling).map((slot) => slot * rounds + number);
  return [UNSELECTED * rounds, MISSING * rounds, ...Array.from({ length: rounds }, round).flat()];
}

/** Rows of each lot, ascending; lot 0 is not drawn. */
function deal(of, counts) {
  const rows = Array.from(counts, (count) => new Uint32Array(count));
  const filled = new Uint32Array(counts.length);
  for (let row = 0; row < of.length; row++) if (of[row]) rows[of[row]][filled[of[row]]++] = row;
  return rows;
}

/** What shares one colour is one code: the first of the others. */
function categoryCode({ codes, hidden, others: [from, to] }) {
  const isHidden = new Set(hidden);
  const fewer = Math.max(0, to - from - 1);
  return (row) => {
    const code = codes[row];
    if (isHidden.has(code)) return -1;
    return code < to ? Math.min(code, from) : code - fewer;
  };
}

/** What is said of each category, without all but the first of those that share one colour. @template T @param {T[]} said @returns {T[]} */
function folded(said, { others: [from, to] }) {
  return said.filter((_, code) => code <= from || code >= to);
}

/** Values come as how far they lie above `low`: large numbers close together are one in 32 bits. */
function levelCode({ values, low, high }) {
  const steps = LEVELS / (high - low || 1);
  return (row) => {
    const value = values[row];
    if (Number.isNaN(value)) return LEVELS;
    return Math.min(LEVELS - 1, Math.max(0, Math.floor(value * steps)));
  };
}

function levelColours({ colourscale }) {
  return Array.from({ length: LEVELS }, (_, level) => between(colourscale, (level + 0.5) / LEVELS));
}

/** The colour at a share of a scale of [share, "#rrggbb"] stops. */
export function between(scale, share) {
  const next = Math.max(1, scale.findIndex(([stop]) => stop >= share));
  const [[from, a], [to, b]] = [scale[next - 1], scale[next]];
  const t = (share - from) / (to - from);
  const channel = (at) => Math.round(hex(a, at) * (1 - t) + hex(b, at) * t);
  return `rgb(${channel(1)},${channel(3)},${channel(5)})`;
}

function hex(colour, at) {
  return parseInt(colour.slice(at, at + 2), 16);
}

/** The coordinates of some rows. @param {Float32Array} xy @param {ArrayLike<number>} rows */
export function coordinates(xy, rows) {
  const [x, y] = [new Float32Array(rows.length), new Float32Array(rows.length)];
  for (let i = 0; i < rows.length; i++) {
    x[i] = xy[2 * rows[i]];
    y[i] = xy[2 * rows[i] + 1];
  }
  return { x, y };
}

/** Finds the drawn point nearest to the cursor, by a grid of about two points per cell. */
export class Grid {
  /** @param {Scene} scene @param {import("./view.js").Box} box */
  constructor({ xy, slots }, box) {
    this.xy = xy;
    this.box = box;
    this.side = Math.min(1024, Math.max(1, Math.ceil(Math.sqrt(slots.length / 2))));
    this.starts = new Uint32Array(this.side * this.side + 1);
    for (let row = 0; row < slots.length; row++) if (slots[row]) this.starts[this.cell(row) + 1]++;
    for (let cell = 0; cell < this.side * this.side; cell++) this.starts[cell + 1] += this.starts[cell];
    this.rows = new Uint32Array(this.starts[this.side * this.side]);
    const next = this.starts.slice();
    for (let row = 0; row < slots.length; row++) if (slots[row]) this.rows[next[this.cell(row)]++] = row;
  }

  /** @returns {number} the row, or -1 when nothing lies within the radius (data units) */
  nearest(x, y, radius) {
    const [left, right] = [this.column(x - radius), this.column(x + radius)];
    const [top, bottom] = [this.line(y - radius), this.line(y + radius)];
    let [best, closest] = [-1, radius * radius];
    for (let line = top; line <= bottom; line++) {
      const [from, to] = [this.starts[line * this.side + left], this.starts[line * this.side + right + 1]];
      for (let i = from; i < to; i++) {
        const row = this.rows[i];
        const distance = (this.xy[2 * row] - x) ** 2 + (this.xy[2 * row + 1] - y) ** 2;
        if (distance <= closest) [best, closest] = [row, distance];
      }
    }
    return best;
  }

  /** Points in the cells between two corners, lower left and upper right. */
  count(x0, y0, x1, y1) {
    const [left, right] = [this.column(x0), this.column(x1)];
    let count = 0;
    for (let line = this.line(y0); line <= this.line(y1); line++) count += this.starts[line * this.side + right + 1] - this.starts[line * this.side + left];
    return count;
  }

  cell(row) {
    return this.line(this.xy[2 * row + 1]) * this.side + this.column(this.xy[2 * row]);
  }

  column(x) {
    return this.place(x, this.box.x0, this.box.x1);
  }

  line(y) {
    return this.place(y, this.box.y0, this.box.y1);
  }

  /** Points outside the box live in its outermost cells. */
  place(value, low, high) {
    const cell = Math.floor(((value - low) / (high - low || 1)) * this.side);
    return Math.min(this.side - 1, Math.max(0, cell));
  }
}
