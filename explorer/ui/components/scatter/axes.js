/**
 * The axes of a map whose points are placed by two numbers: round numbers along the edges, as far as one sees.
 * The rest of the map knows one scale for both axes; to fill the box all the same, points are drawn stretched.
 */

import { svg } from "../shared/dom.js";
import { ranges, toPixel } from "./view.js";

const APART = { x: 110, y: 64 }; // pixels between two numbers, at least
const EDGE = 6; // pixels between the text and the edge
const CORNER = { x: 44, y: 26 }; // pixels at the ends of an edge that belong to the other one
const NARROW = 520; // pixels, below which the note does not fit beside a title
const [MINUTE, DAY, MONTH, YEAR] = [60, 86400, 30 * 86400, 365 * 86400]; // seconds
const FEW_DAYS = 3 * DAY;
const PARTS = [1, 5, 15, 30, ...[1, 5, 15, 30, 60, 180, 360, 720].map((n) => n * MINUTE), ...[1, 2, 7, 14].map((n) => n * DAY)];
const MONTHS = [1, 3, 6, 12];
const STEPS = 10; // of the stretch from 1 to 2: not every pixel that a window grows by places all points anew

export class Axes {
  constructor() {
    this.stretch = 1;
    this.node = svg("g", { class: "ec-axes", "aria-hidden": "true" });
  }

  /** @param {{x: any, y: any, note: string}|null} axes as Python says */
  from(axes) {
    this.axes = axes;
    if (!axes) this.node.replaceChildren();
  }

  /** Points as they are drawn in a box of this size. @param {Float32Array} points @returns {Float32Array} */
  placed(points, size) {
    this.stretch = this.stretchIn(size);
    if (this.stretch === 1) return points;
    const same = this.last?.points.buffer === points.buffer && this.last.stretch === this.stretch;
    if (!same) this.last = { points, stretch: this.stretch, placed: points.map((at, i) => (i % 2 ? at : at * this.stretch)) };
    return this.last.placed;
  }

  /** How many times wider than high points are drawn that fill the box. */
  stretchIn({ width, height }) {
    return this.axes?.fills ? Math.max(1, Math.round((STEPS * width) / Math.max(1, height))) / STEPS : 1;
  }

  /** @param {import("./view.js").View} view @param {import("./view.js").Size} size */
  look(view, size) {
    if (!this.axes) return;
    const { y, note } = this.axes;
    const x = { ...this.axes.x, factor: this.axes.x.factor * this.stretch };
    const seen = ranges(view, size);
    const lines = [
      ...ticks(x, seen.x, size.width / APART.x).flatMap(([at, text]) => this.vertical(toPixel(view, size, at, 0)[0], text, size)),
      ...ticks(y, seen.y, size.height / APART.y).flatMap(([at, text]) => this.horizontal(toPixel(view, size, 0, at)[1], text, size)),
    ];
    const titles = [
      svg("text", { class: "ec-axis-title", x: size.width - EDGE, y: size.height - 22, "text-anchor": "end" }, `${named(x)} →`),
      svg("text", { class: "ec-axis-title", x: EDGE, y: 16 }, `↑ ${named(y)}`),
      svg("text", { x: size.width - EDGE, y: size.width < NARROW ? 32 : 16, "text-anchor": "end" }, note),
    ];
    this.node.replaceChildren(...lines, ...titles);
  }

  vertical(at, text, { width, height }) {
    const line = svg("path", { d: `M${at} 0V${height}` });
    if (at < CORNER.x || at > width - CORNER.x / 2) return [line];
    return [line, svg("text", { x: at, y: height - EDGE, "text-anchor": "middle" }, text)];
  }

  horizontal(at, text, { width, height }) {
    const line = svg("path", { d: `M0 ${at}H${width}` });
    return at < CORNER.y || at > height - CORNER.y ? [line] : [line, svg("text", { x: EDGE, y: at - 3 }, text)];
  }
}

/** An axis and its ends: `lux (0.1 to 98)`, `taken (2024-05-01 to 2024-08-31)`. */
function named({ title, low, high, unit, is_time }) {
  if (is_time) return `${title} (${[low, high].map((one) => moment(one, high - low > FEW_DAYS ? DAY : MINUTE)).join(" to ")})`;
  return `${title} (${inShort(low)}${unit} to ${inShort(high)}${unit})`;
}

function inShort(number) {
  return Number(number.toPrecision(4)).toLocaleString("en", { maximumSignificantDigits: 4 });
}

/** Round numbers in a range, where they are drawn, and how they are written. @returns {[number, string][]} */
function ticks({ origin, factor, unit, is_time }, [from, to], most) {
  const [low, high] = [from / factor + origin, to / factor + origin];
  if (is_time) return moments(low, high, most).map(([at, text]) => [(at - origin) * factor, text]);
  const step = roundStep((high - low) / Math.max(2, most));
  const digits = Math.min(12, Math.max(0, -Math.floor(Math.log10(step))));
  const found = [];
  for (let n = Math.ceil(low / step); n * step <= high && found.length < 50; n++) {
    const text = (n * step).toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    found.push([(n * step - origin) * factor, `${text}${unit}`]);
  }
  return found;
}

/** Round moments in a range of seconds since 1970: years, months, days or parts of a day. @returns {[number, string][]} */
function moments(low, high, most) {
  const least = (high - low) / Math.max(2, most);
  const months = MONTHS.find((n) => n * MONTH >= least) ?? 12 * roundStep(least / YEAR);
  const short = PARTS.find((step) => step >= least);
  return short ? parts(low, high, short) : ofMonths(low, high, months);
}

function parts(low, high, step) {
  const found = [];
  for (let n = Math.ceil(low / step); n * step <= high && found.length < 50; n++) found.push([n * step, moment(n * step, step)]);
  return found;
}

function ofMonths(low, high, step) {
  const found = [];
  const first = new Date(low * 1000);
  const since = 12 * first.getUTCFullYear() + first.getUTCMonth();
  for (let n = Math.floor(since / step) * step; found.length < 50; n += step) {
    const at = monthAt(n);
    if (!(at <= high)) break;
    if (at >= low) found.push([at, moment(at, step % 12 ? MONTH : YEAR)]);
  }
  return found;
}

/** The beginning of a month, counted from the year 0, in seconds since 1970. */
function monthAt(n) {
  const at = new Date(0);
  at.setUTCFullYear(0, n, 1); // Date.UTC takes years up to 99 for those of the last century
  return at.getTime() / 1000;
}

/** A moment, as exact as steps of this many seconds need it: `2024`, `2024-05`, `2024-05-01`, `2024-05-01 14:30`. */
function moment(seconds, step) {
  const at = new Date(seconds * 1000);
  if (Number.isNaN(at.getTime())) return "";
  const [day, time] = at.toISOString().replace(/^\+00/, "").split("T");
  if (step < DAY) return `${day} ${time.slice(0, step < MINUTE ? 8 : 5)}`;
  return step < MONTH ? day : day.slice(0, step < YEAR ? -3 : -6);
}

/** The next of 1, 2 and 5 times a power of ten. */
function roundStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((times) => times * power >= least);
}
