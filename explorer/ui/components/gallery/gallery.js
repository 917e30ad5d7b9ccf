/**
 * The thumbnail grid: images load as they come into view, checks live in the browser and reach Python after a pause.
 * @typedef {{row: number, caption: string, kind: string, score: string, checked: boolean, detail: string}} Item
 */

import { element, thumbnail } from "../shared/dom.js";
import { isNews, mounting } from "../shared/mount.js";
import { remember } from "../shared/tab.js";

const PAUSE = 250; // milliseconds without a further check before Python hears of them
const IN_VIEW = 0.5; // share of a tile that has to be visible for it to have been seen

class Gallery {
  constructor(parent) {
    this.checked = new Set();
    this.seen = new Set();
    this.anchor = 0;
    this.grid = element("div", { class: "eg-grid", role: "listbox", "aria-multiselectable": "true", "aria-label": "Images" });
    this.empty = element("div", { class: "eg-empty" });
    this.root = element("div", { class: "eg-gallery" }, this.grid, this.empty);
    this.grid.addEventListener("click", (event) => this.click(event));
    this.grid.addEventListener("mousedown", (event) => event.shiftKey && event.preventDefault());
    this.grid.addEventListener("keydown", (event) => this.key(event));
    parent.append(this.root);
    this.watching = new IntersectionObserver((entries) => this.see(entries), { root: this.root, threshold: IN_VIEW });
  }

  remove() {
    this.watching.disconnect();
    clearTimeout(this.timer);
  }

  /** @param {any} data */
  update(data) {
    if (!isNews(this, data)) return;
    if (this.timer) this.tell(); // of what was shown until now
    const before = this.data?.items ?? [];
    this.data = data;
    remember(data.tab, (tab) => this.send("resume", { tab }));
    this.root.style.setProperty("--eg-height", `${data.height}px`);
    this.root.style.setProperty("--eg-size", `${data.size}px`);
    if (data.revision !== this.revision) this.restart(data);
    else this.goOn(data.items, before);
    this.fill(data.items);
  }

  /** What was shown before keeps its check; what was not has Python's. @param {Item[]} items @param {Item[]} before */
  goOn(items, before) {
    const shown = new Set(before.map(({ row }) => row));
    const checked = items.filter((item) => (shown.has(item.row) ? this.checked.has(item.row) : item.checked));
    this.checked = new Set(checked.map(({ row }) => row));
  }

  /** Other images, or Python says so: the checks are Python's again. */
  restart({ revision, items }) {
    this.revision = revision;
    this.checked = new Set(items.filter((item) => item.checked).map((item) => item.row));
    this.seen = new Set();
    for (const tile of this.grid.children) this.watch(tile);
    this.anchor = 0;
    this.root.scrollTop = 0;
  }

  /** Existing tiles are kept and only changed where they differ. @param {Item[]} items */
  fill(items) {
    while (this.grid.children.length > items.length) this.grid.lastChild.remove();
    items.forEach((item, index) => {
      const old = this.grid.children[index];
      const looks = JSON.stringify([{ ...item, checked: false }, this.data.images, this.data.kinds[item.kind]]);
      if (old?.looks === looks) return;
      const tile = Object.assign(this.tile(item), { item, looks });
      if (old) old.replaceWith(tile);
      else this.grid.append(tile);
      this.watch(tile);
    });
    this.empty.textContent = this.data.empty_text;
    this.empty.hidden = items.length > 0;
    this.grid.hidden = items.length === 0;
    this.rove(Math.min(this.anchor, items.length - 1), false);
    this.paint();
    this.root.dataset.items = items.length;
    this.root.dataset.ready = "true";
  }

  /** @param {Item} item */
  tile(item) {
    const src = `${this.data.images}/${item.row}?size=${sizeFor(this.data.size)}`;
    const image = thumbnail("eg-pixels", { loading: "lazy", decoding: "async", draggable: "false", src });
    const { word, symbol, colour } = this.data.kinds[item.kind] ?? {};
    const text = element(
      "div",
      { class: "eg-text" },
      ...(symbol ? [element("span", { class: "eg-symbol", "aria-hidden": "true" }, symbol)] : []),
      ...(item.caption ? [element("span", { class: "eg-caption" }, item.caption)] : []),
      ...(item.score ? [element("span", { class: "eg-score" }, item.score)] : []),
    );
    const label = [item.caption, word, item.score, item.detail].filter(Boolean).join(", ");
    const tile = element("div", { class: "eg-item", role: "option", tabindex: -1, title: label, "aria-label": label, "data-kind": item.kind, "data-row": item.row }, image);
    if (this.data.selectable) tile.append(element("span", { class: "eg-check", "aria-hidden": "true", title: "Check (Space)" }, "✓"));
    tile.append(text);
    if (item.detail) tile.append(element("div", { class: "eg-detail" }, item.detail));
    if (colour) tile.style.setProperty("--eg-colour", colour);
    return tile;
  }

  click(event) {
    const tile = event.target.closest(".eg-item");
    if (!tile) return;
    const index = [...this.grid.children].indexOf(tile);
    const { selectable } = this.data;
    if (selectable && event.shiftKey) this.checkRange(index);
    else if (selectable && (event.ctrlKey || event.metaKey || event.target.closest(".eg-check"))) this.toggle(index);
    else this.open(index);
    this.rove(index, true);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const index = [...this.grid.children].indexOf(document.activeElement);
    if (index < 0) return;
    const columns = getComputedStyle(this.grid).gridTemplateColumns.split(" ").length;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -index, End: this.data.items.length };
    const { selectable } = this.data;
    if (event.key in steps) this.rove(this.within(index + steps[event.key]), true);
    else if (event.key === "Enter") this.open(index);
    else if (event.key === " " && selectable) this.toggle(index);
    else if (event.key === "a" && selectable) this.check(this.data.items, !this.data.items.every(({ row }) => this.checked.has(row)));
    else return;
    event.preventDefault();
  }

  within(index) {
    return Math.max(0, Math.min(this.data.items.length - 1, index));
  }

  /** One tile at a time is reachable by Tab. */
  rove(index, focus) {
    for (const tile of this.grid.querySelectorAll('[tabindex="0"]')) tile.tabIndex = -1;
    const tile = this.grid.children[index];
    if (!tile) return;
    tile.tabIndex = 0;
    if (focus) tile.focus();
  }

  open(index) {
    this.send("open", { row: this.data.items[index].row });
  }

  toggle(index) {
    const item = this.data.items[index];
    this.anchor = index;
    this.check([item], !this.checked.has(item.row));
  }

  checkRange(index) {
    const [from, to] = [Math.min(this.anchor, index), Math.max(this.anchor, index)];
    this.check(this.data.items.slice(from, to + 1), true);
  }

  /** @param {Item[]} items @param {boolean} on */
  check(items, on) {
    for (const { row } of items) {
      if (on) this.checked.add(row);
      else this.checked.delete(row);
    }
    this.paint();
    this.tellSoon();
  }

  /** Hear whether a tile is in view, also of one that was heard of before. */
  watch(tile) {
    this.watching.unobserve(tile);
    this.watching.observe(tile);
  }

  /** @param {IntersectionObserverEntry[]} entries */
  see(entries) {
    const before = this.seen.size;
    for (const { isIntersecting, target } of entries) if (isIntersecting) this.seen.add(target.item.row);
    if (this.data.watched && this.seen.size > before) this.tellSoon();
  }

  tellSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), PAUSE);
  }

  tell() {
    clearTimeout(this.timer);
    this.timer = 0;
    const shown = this.data.items.map(({ row }) => row);
    this.keep("checked", { revision: this.revision, rows: [...this.checked], shown, seen: [...this.seen] });
  }

  paint() {
    for (const tile of this.grid.children) tile.setAttribute("aria-selected", String(this.checked.has(tile.item.row)));
    this.root.dataset.checked = this.checked.size;
  }
}

export const mount = mounting(Gallery);

/**
 * The served size for a tile of so many pixels, which may grow to nearly twice that to fill its row. A dense screen
 * asks for no more: the large size shows the whole image where the others may show a part.
 */
function sizeFor(pixels) {
  if (pixels * devicePixelRatio <= 64) return "96";
  return pixels <= 240 ? "192" : "large";
}
