/**
 * Charts of columns: a part of the rows is a layer of bars. Dragging over bars, or a click on one, picks them.
 * @typedef {{kind: string, name: string, total: number}} Part
 * @typedef {{column: string, title: string, in_order: boolean, bars: string[], pickable: boolean[], picked: number[], rest: number[], counts: number[][]}} Chart
 * @typedef {{collection: string, name: string, codes: string[]}} Following whose rows are charted, what those are called
 *   that are selected next, and where the bar of each row is fetched, for each chart
 */

import { element } from "../shared/dom.js";
import { followSelected } from "../shared/linked.js";
import { isNews, mounting } from "../shared/mount.js";

const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: -Infinity, End: Infinity };
const SCALES = { counts: ["Counts", "Bars show how many"], shares: ["Shares", "Bars show which share of their part"] };

class Distributions {
  constructor(parent) {
    this.root = element("div", { class: "ed-distributions" });
    parent.append(this.root);
    this.leaving = new AbortController();
    followSelected((told) => this.follow(told), this.leaving.signal);
  }

  remove() {
    this.leaving.abort();
  }

  /** @param {any} data */
  update(data) {
    if (!isNews(this, data)) return;
    this.data = data;
    this.drag = null;
    this.draw();
    this.fetch(data.following.codes);
  }

  /** Where a selection begins to be told before its codes are here, the server's own counts are the first to be seen. */
  async fetch(addresses) {
    if (addresses.join() === this.addresses?.join()) return;
    this.addresses = addresses;
    this.codes = null;
    const codes = await Promise.all(addresses.map(async (address) => new Uint8Array(await (await fetch(address)).arrayBuffer()))).catch(() => null);
    if (addresses === this.addresses) this.codes = codes;
  }

  /** Count what was just selected, until the server has; its own counts are drawn over these in any case. */
  follow({ collection, selected }) {
    if (!this.codes || collection !== this.data.following.collection) return;
    const { charts, parts, following } = this.data;
    const others = parts.flatMap(({ kind }, part) => (kind === "selected" ? [] : [part]));
    const counts = charts.map(({ bars }, place) => tally(this.codes[place], selected, bars.length));
    const part = { kind: "selected", name: following.name, total: counts[0].reduce((sum, count) => sum + count, 0) };
    this.data = {
      ...this.data,
      shares: true,
      parts: [...others.map((other) => parts[other]), part],
      charts: charts.map((chart, place) => ({ ...chart, counts: [...others.map((other) => chart.counts[other]), counts[place]] })),
    };
    this.signature = null;
    this.draw();
  }

  get scale() {
    return this.chosen ?? (this.data.shares ? "shares" : "counts");
  }

  draw() {
    const [column, bar] = this.focused();
    this.root.replaceChildren(this.legend(), ...this.data.charts.map((chart, place) => this.chart(chart, place)));
    const place = this.data.charts.findIndex((chart) => chart.column === column);
    if (place >= 0) this.focus(place, bar);
    this.root.dataset.ready = "true";
  }

  /** Column and bar that have the focus, which outlives drawing anew. */
  focused() {
    const bar = document.activeElement?.closest?.(".ed-bar");
    return bar && this.root.contains(bar) ? [this.data.charts[placeOf(bar)]?.column, Number(bar.dataset.bar)] : [];
  }

  legend() {
    const keys = this.data.parts.map(({ kind, name, total }) =>
      element("span", { class: "ed-key", "data-kind": kind, "data-total": total }, element("i", { "data-kind": kind }), `${name} `, element("b", {}, counted(total))),
    );
    const scales = Object.entries(SCALES).map(([scale, [name, title]]) =>
      element("button", { type: "button", title, "aria-pressed": `${scale === this.scale}`, "data-scale": scale, onclick: () => this.rescale(scale) }, name),
    );
    return element("div", { class: "ed-legend" }, ...keys, element("span", { class: "ed-scales", role: "group", "aria-label": "Height of bars" }, ...scales));
  }

  rescale(scale) {
    this.chosen = scale;
    this.draw();
    this.root.querySelector(`[data-scale="${scale}"]`).focus();
  }

  /** How tall a part's bar is, as a number of rows or a share of the part. @param {Chart} chart */
  value(chart, part, bar) {
    const count = chart.counts[part][bar];
    return this.scale === "shares" ? count / Math.max(1, this.data.parts[part].total) : count;
  }

  /** The tallest of a chart's bars, but for those that hold many values. @param {Chart} chart */
  most(chart) {
    const values = chart.counts.flatMap((counts, part) => counts.map((_, bar) => (chart.rest.includes(bar) ? 0 : this.value(chart, part, bar))));
    return Math.max(...values, Number.MIN_VALUE);
  }

  /** @param {Chart} chart */
  chart(chart, place) {
    const most = this.most(chart);
    const bars = chart.bars.map((_, bar) => this.bar(chart, bar, most));
    if (bars.length) bars[0].tabIndex = 0;
    const plot = element(
      "div",
      {
        class: `ed-plot ${chart.in_order ? "ed-range" : "ed-list"}`,
        role: "listbox",
        "aria-multiselectable": "true",
        "aria-label": chart.title,
        onpointerdown: (event) => this.press(event, place),
        onpointermove: (event) => this.move(event, place),
        onpointerup: (event) => this.release(event, place),
        onpointercancel: () => this.stop(),
        onpointerleave: () => this.drag || this.tell(place, null),
        onfocusin: ({ target }) => this.tell(place, Number(target.dataset.bar)),
        onfocusout: () => this.tell(place, null),
        onkeydown: (event) => this.key(event, place),
      },
      ...bars,
    );
    const lift = element("button", { type: "button", class: "ed-lift", title: `Lift the filter on ${chart.title}`, "aria-label": `Lift the filter on ${chart.title}`, hidden: !chart.picked.length, onclick: () => this.send("brush", { column: chart.column, bars: [] }) }, "filtered ✕");
    const top = element("span", { class: "ed-top" }, `to ${this.scale === "shares" ? percent(most) : counted(most)}`);
    const head = element("div", { class: "ed-head" }, element("span", { class: "ed-title", title: chart.title }, chart.title), lift, top);
    return element("section", { class: "ed-chart", "data-column": chart.column, "data-place": place }, head, plot, element("div", { class: "ed-foot" }, ...ends(chart)));
  }

  /** @param {Chart} chart */
  bar(chart, bar, most) {
    const name = chart.bars[bar];
    const layers = this.data.parts.map(({ kind }, part) => {
      const count = chart.counts[part][bar];
      const share = this.value(chart, part, bar) / most;
      return element("i", { "data-kind": kind, "data-count": count, hidden: !count, class: share > 1 ? "ed-cut" : null, style: `--ed-share: ${Math.min(1, share)}` });
    });
    const picked = chart.picked.includes(bar);
    return element(
      "div",
      { class: "ed-bar", role: "option", tabindex: -1, "data-bar": bar, "aria-selected": `${picked}`, "aria-disabled": `${!chart.pickable[bar]}`, "aria-label": this.said(chart, bar) },
      ...(chart.in_order ? [] : [element("span", { class: "ed-name", title: name }, name)]),
      element("span", { class: "ed-track" }, ...layers),
    );
  }

  /** A bar in words. @param {Chart} chart */
  said(chart, bar) {
    const parts = this.data.parts.map(({ name, total }, part) => {
      const count = chart.counts[part][bar];
      return `${name} ${counted(count)} (${percent(count / Math.max(1, total))})`;
    });
    return `${chart.bars[bar]}: ${parts.join(", ")}`;
  }

  /** Say a bar below its chart, or nothing of any. */
  tell(place, bar) {
    const chart = this.data.charts[place];
    const foot = this.root.querySelectorAll(".ed-foot")[place];
    foot.replaceChildren(...(chart && Number.isInteger(bar) ? [element("span", { class: "ed-said" }, this.said(chart, bar))] : ends(chart)));
  }

  press(event, place) {
    const bar = event.target.closest(".ed-bar");
    if (!bar || event.button) return;
    const first = Number(bar.dataset.bar);
    this.drag = { place, first, last: first };
    event.currentTarget.setPointerCapture(event.pointerId);
    this.paint();
  }

  move(event, place) {
    const bar = barAt(event, this.data.charts[place].in_order);
    this.tell(place, bar);
    if (this.drag?.place !== place || bar === null) return;
    this.drag.last = bar;
    this.paint();
  }

  release(event, place) {
    if (this.drag?.place !== place) return;
    const { first, last } = this.drag;
    this.stop();
    this.focus(place, last);
    this.pick(place, span(first, last), event.ctrlKey || event.metaKey || event.shiftKey);
  }

  stop() {
    this.drag = null;
    this.paint();
  }

  key(event, place) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const bar = Number(event.target.dataset.bar);
    const last = this.data.charts[place].bars.length - 1;
    if (event.key in STEPS) {
      const to = Math.max(0, Math.min(last, bar + STEPS[event.key]));
      this.drag = event.shiftKey ? { place, first: this.drag?.place === place ? this.drag.first : bar, last: to } : null;
      this.paint();
      this.focus(place, to);
    } else if (event.key === "Enter" || event.key === " ") {
      const { first } = this.drag?.place === place ? this.drag : { first: bar };
      this.stop();
      this.pick(place, span(first, bar), event.shiftKey);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.send("brush", { column: this.data.charts[place].column, bars: [] });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  focus(place, bar) {
    const bars = this.root.querySelectorAll(".ed-plot")[place].children;
    for (const one of bars) one.tabIndex = -1;
    const target = bars[Math.min(bar, bars.length - 1)];
    if (!target) return;
    target.tabIndex = 0;
    target.focus({ preventScroll: true });
  }

  /** Mark the bars that are being dragged over. */
  paint() {
    const { place, first, last } = this.drag ?? {};
    const over = this.drag ? span(first, last) : [];
    for (const bar of this.root.querySelectorAll(".ed-bar")) bar.classList.toggle("ed-over", placeOf(bar) === place && over.includes(Number(bar.dataset.bar)));
  }

  /** Bars that are picked already are let go; with a modifier they are picked too. @param {number[]} bars */
  pick(place, bars, more) {
    const { column, in_order, pickable, picked } = this.data.charts[place];
    const able = bars.filter((bar) => pickable[bar]);
    if (!able.length) return;
    const others = picked.filter((bar) => !able.includes(bar));
    if (able.length === picked.length && !others.length) this.send("brush", { column, bars: [] });
    else if (!more) this.send("brush", { column, bars: able });
    else if (in_order || !able.every((bar) => picked.includes(bar))) this.send("brush", { column, bars: [...others, ...able] });
    else this.send("brush", { column, bars: others });
  }
}

/** How many selected rows stand in each bar. @param {Uint8Array} codes the bar of each row @param {Uint8Array} selected one bit a row */
function tally(codes, selected, bars) {
  const counts = new Array(bars).fill(0);
  for (let row = 0; row < codes.length; row++) if ((selected[row >> 3] >> (row & 7)) & 1) counts[codes[row]]++;
  return counts;
}

/** The names of the outermost bars of a range, and of what stands beside it. @param {Chart} chart */
function ends(chart) {
  if (!chart.in_order) return [];
  const known = chart.bars.filter((_, bar) => chart.pickable[bar]);
  const beside = chart.bars.filter((_, bar) => !chart.pickable[bar]);
  return [...new Set([known[0], known.at(-1), ...beside])].filter(Boolean).map((name) => element("span", {}, name));
}

function placeOf(bar) {
  return Number(bar.closest(".ed-chart").dataset.place);
}

/** The bar under the pointer, or the nearest one along the chart. @param {PointerEvent} event */
function barAt(event, in_order) {
  const bars = [...event.currentTarget.children];
  const off = ({ left, right, top, bottom }) => (in_order ? apart(event.clientX, left, right) : apart(event.clientY, top, bottom));
  const distances = bars.map((bar) => off(bar.getBoundingClientRect()));
  return bars.length ? distances.indexOf(Math.min(...distances)) : null;
}

function apart(at, low, high) {
  return Math.max(low - at, at - high, 0);
}

function span(first, last) {
  const low = Math.min(first, last);
  return Array.from({ length: Math.abs(last - first) + 1 }, (_, step) => low + step);
}

function counted(number) {
  return number.toLocaleString("en");
}

function percent(share) {
  return `${(100 * share).toLocaleString("en", { maximumFractionDigits: share < 0.1 ? 1 : 0 })}%`;
}

export const mount = mounting(Distributions);
