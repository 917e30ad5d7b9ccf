/** Lines of equal density: each goes around the densest part of the points in view that holds a given share of them. */

import { element, svg } from "../shared/dom.js";
import { contains } from "./view.js";

const SHARES = [0.25, 0.5, 0.75, 0.95];
const FEWEST = 50; // points in view
const CELL = 5; // pixels
const REACH = 2; // cells to which a point is spread, three times over: about a Gaussian of 12 pixels
const PAD = 12; // cells around the view, so that no line ends at its edge

export class Contours {
  /** @param {SVGElement} lines */
  constructor(lines) {
    this.halo = svg("path", { class: "ec-contour ec-halo" });
    this.lines = SHARES.map((share) => svg("path", { class: "ec-contour", "data-share": share }));
    lines.append(this.halo, ...this.lines);
  }

  /** @param {import("./points.js").Scene} scene */
  from(scene) {
    this.scene = scene;
  }

  /** @param {import("./seen.js").Seen|null} seen null for no lines @returns {Node[]|null} what the lines mean */
  draw(seen) {
    const enough = seen && seen.count >= FEWEST;
    const traced = enough ? this.trace(seen) : SHARES.map(() => "");
    this.halo.setAttribute("d", traced.join(""));
    this.lines.forEach((line, i) => line.setAttribute("d", traced[i]));
    const shares = SHARES.map((share) => 100 * share).join(", ");
    const said = enough ? `Lines enclose the densest ${shares}% of the points in view.` : `No lines: fewer than ${FEWEST} points are in view.`;
    return seen && [element("span", {}, said)];
  }

  trace(seen) {
    const counted = histogram(this.scene, seen);
    const density = { ...counted, values: counted.values.slice() };
    for (let times = 0; times < 3; times++) smooth(density);
    return levels(density.values, counted.values).map((level) => outline(density, level));
  }
}

/** @typedef {{values: Float32Array, columns: number, lines: number}} Density points per cell, line by line */

function histogram({ xy, slots }, { view, size, box }) {
  const [columns, lines] = [Math.ceil(size.width / CELL) + 2 * PAD, Math.ceil(size.height / CELL) + 2 * PAD];
  const values = new Float32Array(columns * lines);
  const scale = 1 / (view.scale * CELL);
  const [left, top] = [box.x0 * scale - PAD, box.y1 * scale + PAD];
  const whole = { x0: 0, x1: columns - 1e-6, y0: 0, y1: lines - 1e-6 };
  for (let row = 0; row < slots.length; row++) {
    const [x, y] = [xy[2 * row] * scale - left, top - xy[2 * row + 1] * scale];
    if (slots[row] && contains(whole, x, y)) values[Math.floor(y) * columns + Math.floor(x)]++;
  }
  return { values, columns, lines };
}

/** Mean over neighbours, first along the lines, then along the columns. */
function smooth({ values, columns, lines }) {
  for (let line = 0; line < lines; line++) blur(values, line * columns, 1, columns);
  for (let column = 0; column < columns; column++) blur(values, column, columns, lines);
}

function blur(values, start, step, many) {
  const before = Float32Array.from({ length: many }, (_, i) => values[start + i * step]);
  let sum = 0;
  for (let i = -REACH; i < many; i++) {
    sum += (before[i + REACH] ?? 0) - (before[i - REACH - 1] ?? 0);
    if (i >= 0) values[start + i * step] = sum / (2 * REACH + 1);
  }
}

/** The densities above which the shares of all points lie. @param {Float32Array} density @param {Float32Array} counts of each cell */
function levels(density, counts) {
  const densest = [...counts.keys()].filter((cell) => counts[cell]).sort((a, b) => density[b] - density[a]);
  let sum = 0;
  const sums = densest.map((cell) => (sum += counts[cell]));
  return SHARES.map((share) => density[densest[sums.findIndex((one) => one >= share * sum)]]);
}

/** The line of one density through the centres of the cells, as SVG says it (marching squares). */
function outline({ values, columns, lines }, level) {
  const parts = [];
  for (let line = 0; line < lines - 1; line++) {
    for (let column = 0; column < columns - 1; column++) {
      const at = line * columns + column;
      const corners = [values[at], values[at + 1], values[at + columns + 1], values[at + columns]];
      const ends = crossings(corners, level).map(([x, y]) => [(column + x + 0.5 - PAD) * CELL, (line + y + 0.5 - PAD) * CELL]);
      for (let i = 0; i < ends.length; i += 2) parts.push(`M${point(ends[i])}L${point(ends[i + 1])}`);
    }
  }
  return parts.join("");
}

const CORNERS = [[0, 0], [1, 0], [1, 1], [0, 1]];

/** Where a line enters and leaves a square, in pairs. */
function crossings(corners, level) {
  const ends = [];
  for (let i = 0; i < 4; i++) {
    const [a, b] = [corners[i], corners[(i + 1) % 4]];
    if (a > level === b > level) continue;
    const t = (level - a) / (b - a);
    const [[x0, y0], [x1, y1]] = [CORNERS[i], CORNERS[(i + 1) % 4]];
    ends.push([x0 + t * (x1 - x0), y0 + t * (y1 - y0)]);
  }
  // On a saddle two lines pass: around the corners that differ from the middle.
  const middle = (corners[0] + corners[1] + corners[2] + corners[3]) / 4;
  return ends.length === 4 && corners[0] > level !== middle > level ? [ends[3], ends[0], ends[1], ends[2]] : ends;
}

function point([x, y]) {
  return `${x.toFixed(1)},${y.toFixed(1)}`;
}
