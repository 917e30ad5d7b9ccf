/**
 * The row above the tiles: what sorts, what groups, how large, and checking all.
 * @typedef {{by: string, descending: boolean, group: string, size: number}} Arrangement
 * @typedef {{sorts: [string, string, boolean][], groups: [string, string][], smallest: number, largest: number} & Arrangement} Offered
 *   each sort with its column, its title and whether the largest come first at first; each group with its column and title
 */

import { element } from "../shared/dom.js";

export class Arrange {
  /** @param {{arrange: (next: Arrangement) => void, resize: (pixels: number) => void, checkAll: (on: boolean) => void}} does */
  constructor(does) {
    this.does = does;
    this.by = element("select", { "aria-label": "Sort by", title: "Sort by", onchange: () => this.sort() });
    this.direction = element("button", { type: "button", class: "eg-direction", onclick: () => this.tell({ descending: !this.now.descending }) });
    this.group = element("select", { "aria-label": "Group by", title: "Group by", onchange: () => this.tell({ group: this.group.value }) });
    this.size = element("input", { type: "range", step: 4, "aria-label": "Size of the images", title: "Size of the images", oninput: () => does.resize(Number(this.size.value)), onchange: () => this.tell({ size: Number(this.size.value) }) });
    this.all = element("button", { type: "button", class: "eg-all", onclick: () => does.checkAll(!this.everything) });
    this.node = element(
      "div",
      { class: "eg-arrange", role: "toolbar", "aria-label": "Arrange the images" },
      element("div", { class: "eg-sort" }, this.by, this.direction),
      this.group,
      this.size,
      this.all,
    );
  }

  /** @param {Offered|null} offered null where there is nothing to arrange @param {number} size pixels */
  show(offered, size) {
    this.node.hidden = !offered;
    if (!offered) return;
    this.now = { by: offered.by, descending: offered.descending, group: offered.group, size };
    this.first = new Map(offered.sorts.map(([column, , descending]) => [column, descending]));
    fill(this.by, offered.sorts, offered.by);
    fill(this.group, [["", "No groups"], ...offered.groups.map(([column, title]) => [column, `By ${title}`])], offered.group);
    this.direction.textContent = offered.descending ? "↓" : "↑";
    const how = offered.by ? (offered.descending ? "Largest first" : "Smallest first") : offered.descending ? "Last first" : "As it comes";
    Object.assign(this.direction, { title: `${how}; press to turn round`, ariaLabel: `${how}; press to turn round` });
    Object.assign(this.size, { min: offered.smallest, max: offered.largest, value: size });
  }

  /** @param {number} checked @param {number} shown @param {boolean} selectable */
  count(checked, shown, selectable) {
    this.everything = checked === shown;
    this.all.hidden = !selectable || !shown;
    this.all.textContent = `${this.everything ? "Uncheck" : "Check"} all ${shown.toLocaleString("en")}`;
    this.all.title = "Those that are shown here (A)";
  }

  sort() {
    const by = this.by.value;
    this.tell({ by, descending: this.first.get(by) ?? false });
  }

  /** @param {Partial<Arrangement>} changed */
  tell(changed) {
    this.now = { ...this.now, ...changed };
    this.does.arrange(this.now);
  }
}

function fill(select, options, value) {
  const signature = JSON.stringify(options);
  if (select.signature !== signature) {
    select.replaceChildren(...options.map(([each, title]) => element("option", { value: each }, title)));
    select.signature = signature;
  }
  select.value = value;
}
