/**
 * The thumbnail grid: images load as they come into view, checks live in the browser and reach Python after a pause.
 * @typedef {{row: number, caption: string, kind: string, score: string, checked: boolean, detail: string, tagged: string}} Item
 * @typedef {{at: number, title: string, count: number}} Heading the place of the item that it stands before
 */

import { element, svg, thumbnail } from "../shared/dom.js";
import { helpFor } from "../shared/help.js";
import { isNews, mounting } from "../shared/mount.js";
import { remember } from "../shared/tab.js";
import { Arrange } from "./arrange.js";

const PAUSE = 250; // milliseconds without a further check before Python hears of them
const IN_VIEW = 0.5; // share of a tile that has to be visible for it to have been seen
const KEYS = [
  ["Arrow keys, Home, End", "Go from image to image"],
  ["Enter", "Show the image large"],
];
const CHECK_KEYS = [
  ["Space, or Ctrl-click", "Check the image"],
  ["Shift-click", "Check all from the last one on"],
  ["A", "Check all that are shown, or none"],
];

class Gallery {
  constructor(parent) {
    this.checked = new Set();
    this.seen = new Set();
    this.anchor = 0;
    this.grid = element("div", { class: "eg-grid", role: "listbox", "aria-multiselectable": "true", "aria-label": "Images" });
    this.empty = element("div", { class: "eg-empty" });
    this.tiles = [];
    this.scroll = element("div", { class: "eg-gallery" }, this.grid, this.empty);
    this.arrange = new Arrange({
      arrange: (next) => this.send("arrange", next),
      resize: (pixels) => this.root.style.setProperty("--eg-size", `${pixels}px`),
      checkAll: (on) => this.check(this.data.items, on),
    });
    this.root = element("div", { class: "eg-root" }, this.arrange.node, this.scroll);
    this.grid.addEventListener("click", (event) => this.click(event));
    this.grid.addEventListener("mousedown", (event) => event.shiftKey && event.preventDefault());
    this.grid.addEventListener("keydown", (event) => this.key(event));
    parent.append(this.root);
    this.watching = new IntersectionObserver((entries) => this.see(entries), { root: this.scroll, threshold: IN_VIEW });
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
    this.arrange.show(data.arrange, data.size);
    helpFor(this.root, "Images", data.selectable ? [...KEYS, ...CHECK_KEYS] : KEYS);
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
    for (const tile of this.tiles) this.watch(tile);
    this.anchor = 0;
    this.scroll.scrollTop = 0;
  }

  /** Existing tiles are kept and only changed where they differ. @param {Item[]} items */
  fill(items) {
    for (const tile of this.tiles.splice(items.length)) tile.remove();
    items.forEach((item, index) => {
      const old = this.tiles[index];
      const looks = JSON.stringify([{ ...item, checked: false }, this.data.images, this.data.kinds[item.kind], this.data.model, sizeFor(this.data.size)]);
      if (old?.looks === looks) return;
      const tile = Object.assign(this.tile(item), { item, looks });
      if (old) old.replaceWith(tile);
      else this.grid.append(tile);
      this.tiles[index] = tile;
      this.watch(tile);
    });
    this.head(this.data.headings);
    this.empty.textContent = this.data.empty_text;
    this.empty.hidden = items.length > 0;
    this.grid.hidden = items.length === 0;
    this.rove(Math.min(this.anchor, items.length - 1), false);
    this.paint();
    this.scroll.dataset.items = items.length;
    this.scroll.dataset.ready = "true";
  }

  /** @param {Heading[]} headings */
  head(headings) {
    for (const old of this.grid.querySelectorAll(".eg-heading")) old.remove();
    for (const { at, title, count } of headings) {
      const counted = element("span", { class: "eg-count" }, count.toLocaleString("en"));
      this.tiles[at].before(element("div", { class: "eg-heading", role: "presentation", title }, element("span", {}, title), counted));
    }
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
    const judged = word && [this.data.model, word].filter(Boolean).join(": ");
    const label = [item.caption, judged, item.value, item.detail, item.tagged && `in ${item.tagged}`].filter(Boolean).join(", ");
    const tile = element("div", { class: "eg-item", role: "option", tabindex: -1, title: label, "aria-label": label, "data-kind": item.kind, "data-row": item.row }, image);
    if (this.data.selectable) tile.append(element("span", { class: "eg-check", "aria-hidden": "true", title: "Your check (Space)" }, "✓"));
    if (item.tagged) tile.append(element("span", { class: "eg-tagged", "aria-hidden": "true", title: `You have it in ${item.tagged}` }, svg("svg", { viewBox: "0 0 10 14" }, svg("path", { d: "M0 0h10v14L5 10 0 14z" }))));
    tile.append(text);
    if (item.detail) tile.append(element("div", { class: "eg-detail" }, item.detail));
    if (colour) tile.style.setProperty("--eg-colour", colour);
    return tile;
  }

  click(event) {
    const tile = event.target.closest(".eg-item");
    if (!tile) return;
    const index = this.tiles.indexOf(tile);
    const { selectable } = this.data;
    if (selectable && event.shiftKey) this.checkRange(index);
    else if (selectable && (event.ctrlKey || event.metaKey || event.target.closest(".eg-check"))) this.toggle(index);
    else this.open(index);
    this.rove(index, true);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const index = this.tiles.indexOf(document.activeElement);
    if (index < 0) return;
    const last = this.tiles.length - 1;
    const goals = { ArrowLeft: index - 1, ArrowRight: index + 1, ArrowUp: this.beyond(index, -1), ArrowDown: this.beyond(index, 1), Home: 0, End: last };
    const { selectable } = this.data;
    if (event.key in goals) this.rove(Math.max(0, Math.min(last, goals[event.key])), true);
    else if (event.key === "Enter") this.open(index);
    else if (event.key === " " && selectable) this.toggle(index);
    else if (event.key === "a" && selectable) this.check(this.data.items, !this.data.items.every(({ row }) => this.checked.has(row)));
    else return;
    event.preventDefault();
  }

  /** The nearest tile of the row above or below; rows of a group may be shorter. @param {1|-1} step */
  beyond(index, step) {
    const { offsetTop: top, offsetLeft: left } = this.tiles[index];
    let next = index;
    while (this.tiles[next] && this.tiles[next].offsetTop === top) next += step;
    const row = this.tiles[next]?.offsetTop;
    if (row === undefined) return index;
    const apart = (at) => Math.abs(this.tiles[at].offsetLeft - left);
    for (let at = next; this.tiles[at]?.offsetTop === row; at += step) if (apart(at) < apart(next)) next = at;
    return next;
  }

  /** One tile at a time is reachable by Tab. */
  rove(index, focus) {
    for (const tile of this.grid.querySelectorAll('[tabindex="0"]')) tile.tabIndex = -1;
    const tile = this.tiles[index];
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
    for (const tile of this.tiles) tile.setAttribute("aria-selected", String(this.checked.has(tile.item.row)));
    this.arrange.count(this.checked.size, this.tiles.length, this.data.selectable);
    this.scroll.dataset.checked = this.checked.size;
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
