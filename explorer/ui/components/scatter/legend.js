/** What the colours mean, and how many points of each are shown; categories can be found and switched off. */

import { element } from "../shared/dom.js";
import { DOUBLE_CLICK } from "../shared/stage.js";
import { isolated, switchTitle } from "../shared/switches.js";

const MOST_FOUND = 200; // entries that a search lists
const OTHER = "Other";

export class Legend {
  /** @param {(hidden: number[]) => void} onHide */
  constructor(onHide) {
    this.onHide = onHide;
    this.timer = 0;
    this.title = element("div", { class: "ec-title" });
    this.find = element("input", { type: "search", class: "ec-find", placeholder: "Find…", "aria-label": "Find in the legend", oninput: () => this.fill() });
    this.body = element("div", { class: "ec-values" });
    this.node = element("div", { class: "ec-legend" }, element("div", { class: "ec-head" }, this.title, this.find), this.body);
  }

  /** @param {any} colour the component's colour data */
  show(colour) {
    if (colour.title !== this.colour?.title) this.restart();
    this.colour = colour;
    this.title.textContent = this.title.title = colour.title ?? "";
    this.find.hidden = colour.kind !== "categories" || !rest(colour).length;
    this.fill();
  }

  /** Another column: nothing is looked for, and what shares the grey is folded. */
  restart() {
    this.find.value = "";
    this.opened = false;
  }

  /** Draw the entries anew; where one was scrolled to, and which one has the focus, stays. */
  fill() {
    const before = this.body.querySelector(".ec-entries");
    const focused = this.body.contains(document.activeElement) ? document.activeElement.dataset.codes : undefined;
    const list = this.colour.kind === "categories" ? [this.list()] : scale(this.colour);
    this.body.replaceChildren(...list);
    if (before) list[0].scrollTop = before.scrollTop;
    if (focused) this.body.querySelector(`[data-codes="${focused}"]`)?.focus();
  }

  list() {
    const { title } = this.colour;
    return element("div", { class: "ec-entries", role: "group", "aria-label": title || "Legend" }, ...this.entries());
  }

  entries() {
    const codes = [...this.colour.names.keys()];
    const [from, to] = this.colour.others;
    const wanted = this.find.hidden ? "" : this.find.value.trim().toLowerCase();
    if (wanted) return this.found(codes.filter((code) => this.colour.names[code].toLowerCase().includes(wanted)));
    const grey = rest(this.colour);
    if (!grey.length) return codes.map((code) => this.entry([code]));
    const each = (some) => some.map((code) => this.entry([code]));
    return [...each(codes.slice(0, from)), this.other(grey), ...(this.opened ? each(grey) : []), ...each(codes.slice(to))];
  }

  found(codes) {
    if (!codes.length) return [element("div", { class: "ec-missing" }, "Nothing here is called so.")];
    return codes.slice(0, MOST_FOUND).map((code) => this.entry([code]));
  }

  /** All that shares the grey: one entry, and a button that lists what is in it. */
  other(codes) {
    const fold = () => {
      this.opened = !this.opened;
      this.fill();
    };
    const title = `${this.opened ? "Fold" : "List"} the ${codes.length} others`;
    const arrow = { type: "button", class: "ec-fold", title, "aria-label": title, "aria-expanded": String(Boolean(this.opened)), "data-codes": OTHER, onclick: fold };
    return element("div", { class: "ec-other" }, this.entry(codes), element("button", arrow, this.opened ? "▾" : "▸"));
  }

  /** @param {number[]} codes what the entry stands for */
  entry(codes) {
    const { names, colours, shown, total } = this.colour;
    const name = codes.length > 1 ? `${OTHER} (${codes.length})` : names[codes[0]];
    const hidden = codes.every((code) => this.isHidden(code));
    const count = counted(sum(shown, codes), sum(total, codes));
    const attributes = {
      type: "button",
      title: switchTitle(name, count, hidden),
      class: hidden ? "ec-entry ec-off" : "ec-entry",
      "aria-pressed": String(!hidden),
      "data-codes": codes.length > 1 ? `${codes[0]}-` : codes[0],
      onclick: (event) => this.click(event, codes, hidden),
    };
    return element("button", attributes, swatch(colours[codes[0]]), element("span", { class: "ec-name" }, name), element("span", { class: "ec-count" }, count));
  }

  isHidden(code) {
    return this.colour.hidden.includes(code);
  }

  /** One click, or Enter, switches; two, or one with Shift, show only this, or all again. */
  click(event, codes, hidden) {
    clearTimeout(this.timer);
    if (event.shiftKey || event.detail > 1) {
      this.onHide(isolated([...this.colour.names.keys()], (code) => this.isHidden(code), ...codes));
      return;
    }
    const without = this.colour.hidden.filter((code) => !codes.includes(code));
    this.timer = setTimeout(() => this.onHide(hidden ? without : [...without, ...codes]), event.detail === 0 ? 0 : DOUBLE_CLICK);
  }
}

/** The codes that share one colour. */
function rest({ names, others: [from, to] }) {
  return [...names.keys()].slice(from, to);
}

function sum(counts, codes) {
  return codes.reduce((all, code) => all + counts[code], 0);
}

function counted(shown, total) {
  const [some, all] = [shown, total].map((count) => count.toLocaleString("en"));
  return shown === total ? all : `${some} / ${all}`;
}

function scale({ low, high, beyond, ticks: said, colourscale, missing }) {
  const stops = colourscale.map(([share, colour]) => `${colour} ${share * 100}%`).join(", ");
  const bar = element("div", { class: "ec-bar" });
  bar.style.setProperty("--ec-stops", stops);
  const [lower, higher] = beyond;
  const [bottom, middle, top] = said.length ? said : [low, (low + high) / 2, high].map(short);
  const texts = [(higher ? "≥ " : "") + top, middle, (lower ? "≤ " : "") + bottom];
  const ticks = texts.map((text) => element("span", {}, text));
  const parts = [element("div", { class: "ec-scale" }, bar, element("div", { class: "ec-ticks" }, ...ticks))];
  if (missing) parts.push(element("div", { class: "ec-missing" }, swatch(), `no value: ${missing.toLocaleString("en")}`));
  return parts;
}

/** A dot of a colour, or of the grey for missing values. */
function swatch(colour) {
  const dot = element("span", { class: "ec-swatch", "aria-hidden": "true" });
  if (colour) dot.style.background = colour;
  return dot;
}

function short(value) {
  return Number(value.toPrecision(3)).toLocaleString("en", { maximumSignificantDigits: 3 });
}
