/** A list of values that can be switched off: the kinds, the models or the classes of the boxes. */

import { element } from "../shared/dom.js";
import { isolated, switchTitle } from "../shared/switches.js";

export class Facet {
  /**
   * @param {{title: string, valueOf: (box: any) => string|null, entry: (value: string) => Node[], onChange: () => void}} options
   *   `valueOf` gives null for boxes the list says nothing of; `entry` gives what stands before the count.
   */
  constructor({ title, valueOf, entry, onChange }) {
    Object.assign(this, { valueOf, entry, onChange, hidden: new Set(), values: [] });
    this.list = element("div", { class: "ev-entries", role: "group", "aria-label": title });
    this.all = element("button", { type: "button", class: "ev-all", onclick: () => this.show([]) }, "Show all");
    const heading = element("div", { class: "ev-title" }, element("span", {}, title), this.all);
    this.node = element("div", { class: "ev-facet" }, heading, this.list);
  }

  /** @param {any[]} boxes @param {string[]} values in order @param {Set<string>} hidden changed in place */
  fill(boxes, values, hidden) {
    Object.assign(this, { values, hidden });
    this.total = tally(boxes, this.valueOf);
    const scrolled = this.list.scrollTop;
    this.list.replaceChildren(...values.map((value) => this.button(value)));
    this.list.scrollTop = scrolled;
  }

  button(value) {
    const count = element("span", { class: "ev-count" });
    const onclick = (event) => (event.shiftKey ? this.isolate(value) : this.toggle(value));
    return element(
      "button",
      { type: "button", class: "ev-entry", "data-value": value, onclick, ondblclick: () => this.isolate(value) },
      ...this.entry(value),
      count,
    );
  }

  passes(box) {
    return !this.hidden.has(this.valueOf(box));
  }

  toggle(value) {
    if (!this.hidden.delete(value)) this.hidden.add(value);
    this.onChange();
  }

  /** Only this one, or all again when it already is alone. (A double click has toggled twice before.) */
  isolate(value) {
    this.show(isolated(this.values, (other) => this.hidden.has(other), value));
  }

  /** @param {string[]} hidden */
  show(hidden) {
    this.hidden.clear();
    for (const value of hidden) this.hidden.add(value);
    this.onChange();
  }

  /** @param {any[]} passing boxes that pass everything but this list */
  count(passing) {
    const shown = tally(passing, this.valueOf);
    for (const button of this.list.children) {
      const { value } = button.dataset;
      const off = this.hidden.has(value);
      const [some, all] = [off ? 0 : shown.get(value) ?? 0, this.total.get(value) ?? 0];
      button.classList.toggle("ev-off", off);
      button.setAttribute("aria-pressed", String(!off));
      button.title = switchTitle(value, `${some} of ${all}`, off);
      button.lastChild.textContent = some === all ? `${all}` : `${some} / ${all}`;
    }
    this.all.hidden = !this.values.some((value) => this.hidden.has(value));
  }
}

/** @returns {Map<string, number>} */
export function tally(boxes, valueOf) {
  const counts = new Map();
  for (const box of boxes) counts.set(valueOf(box), (counts.get(valueOf(box)) ?? 0) + 1);
  return counts;
}
