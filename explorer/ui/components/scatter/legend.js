/** What the colours mean, and how many points of each are shown; categories can be switched off. */

import { element } from "../shared/dom.js";
import { DOUBLE_CLICK } from "../shared/stage.js";
import { isolated, switchTitle } from "../shared/switches.js";

export class Legend {
  /** @param {(hidden: number[]) => void} onHide */
  constructor(onHide) {
    this.onHide = onHide;
    this.timer = 0;
    this.node = element("div", { class: "ec-legend" });
  }

  /** @param {any} colour the component's colour data @param {number} missing points without a value */
  show(colour, missing) {
    const scrolled = this.node.querySelector(".ec-entries")?.scrollTop ?? 0;
    this.node.replaceChildren(...(colour.kind === "categories" ? this.entries(colour) : scale(colour, missing)));
    const list = this.node.querySelector(".ec-entries");
    if (list) list.scrollTop = scrolled;
  }

  entries(colour) {
    const list = element("div", { class: "ec-entries", role: "group", "aria-label": colour.title || "Legend" });
    list.append(...colour.names.map((name, code) => this.entry(colour, name, code)));
    return [heading(colour.title), list];
  }

  entry(colour, name, code) {
    const hidden = colour.hidden.includes(code);
    const count = `${colour.shown[code].toLocaleString("en")} / ${colour.total[code].toLocaleString("en")}`;
    return element(
      "button",
      {
        type: "button",
        title: switchTitle(name, count, hidden),
        class: hidden ? "ec-entry ec-off" : "ec-entry",
        "aria-pressed": String(!hidden),
        onclick: (event) => this.click(event, colour, code),
      },
      swatch(colour.colours[code]),
      element("span", { class: "ec-name" }, name),
      element("span", { class: "ec-count" }, count),
    );
  }

  click(event, colour, code) {
    clearTimeout(this.timer);
    if (event.shiftKey || event.detail > 1) {
      this.onHide(isolated([...colour.names.keys()], (other) => colour.hidden.includes(other), code));
    } else {
      this.timer = setTimeout(() => this.onHide(toggled(colour.hidden, code)), event.detail === 0 ? 0 : DOUBLE_CLICK);
    }
  }
}

function toggled(hidden, code) {
  return hidden.includes(code) ? hidden.filter((other) => other !== code) : [...hidden, code];
}

function scale({ title, low, high, beyond, colourscale }, missing) {
  const stops = colourscale.map(([share, colour]) => `${colour} ${share * 100}%`).join(", ");
  const bar = element("div", { class: "ec-bar" });
  bar.style.setProperty("--ec-stops", stops);
  const [lower, higher] = beyond;
  const texts = [(higher ? "≥ " : "") + short(high), short((low + high) / 2), (lower ? "≤ " : "") + short(low)];
  const ticks = texts.map((text) => element("span", {}, text));
  const parts = [heading(title), element("div", { class: "ec-scale" }, bar, element("div", { class: "ec-ticks" }, ...ticks))];
  if (missing) parts.push(element("div", { class: "ec-missing" }, swatch(), `no value: ${missing.toLocaleString("en")}`));
  return parts;
}

function heading(title) {
  return element("div", { class: "ec-title", title: title ?? "" }, title ?? "");
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
