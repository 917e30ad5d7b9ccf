/**
 * The names of regions on the map: the level follows the zoom, and no two names overlap.
 * @typedef {{key: string, level: number, until: number|null, name: string, why: string, count: number,
 *   anchor: [number, number], outline: number[][][], top: number, bottom: number}} Region
 */

import { element, icon } from "../shared/dom.js";
import { toPixel } from "./view.js";

const ICON = "M3 10.500V3h7.500L17 9.500 9.500 17zM6.500 6.500h.01";
const APART = 4; // pixels between two names
const ROOMY = 5; // times a name's height from which on it stands within its region rather than beside it
const REMEMBERED = 16;

/** Regions by address. @type {Map<string, Promise<Region[]|null>>} */
const fetched = new Map();

/** How fine the regions are that are named: one level finer each time one is twice as close. */
function levelAt(zoom) {
  return Math.max(0, Math.floor(Math.log2(zoom) + 0.5));
}

export class Names {
  /**
   * @param {HTMLElement} stage @param {import("./outlines.js").Outlines} outlines
   * @param {(shown: boolean) => void} onToggle
   */
  constructor(stage, outlines, onToggle) {
    Object.assign(this, { outlines, onToggle, regions: [], labels: new Map(), placed: [], shown: true, current: null });
    this.layer = element("div", { class: "ec-names", "aria-hidden": "true" });
    this.tip = element("div", { class: "ec-why", role: "tooltip", hidden: true });
    const title = "Names of regions; a click on one selects it";
    this.button = element("button", { type: "button", title, "aria-label": title, "data-name": "names", onclick: () => this.toggle() }, icon(ICON));
    this.tool = element("div", { class: "ec-group", role: "group", "aria-label": "Names", hidden: true }, this.button);
    stage.append(this.layer, this.tip);
  }

  /** @param {{regions: string|null, names: boolean}} data the address of the regions, and whether they are named */
  async from({ regions: url, names }) {
    this.show(names);
    if (url === this.url) return;
    this.url = url;
    this.take([]); // those of another map
    const regions = url ? await regionsAt(url) : [];
    if (url !== this.url) return;
    if (regions) this.take(regions);
    else this.url = null; // asked for again with the next change
  }

  /** @param {Region[]} regions */
  take(regions) {
    this.regions = regions;
    this.tool.hidden = !regions.some(({ name }) => name);
    this.labels = new Map(regions.filter(({ name }) => name).map((region) => [region, element("div", { class: "ec-region", "data-key": region.key, hidden: true }, region.name)]));
    this.layer.replaceChildren(...this.labels.values());
    this.sizes = new Map();
    this.point(null);
  }

  toggle() {
    this.show(!this.shown);
    this.onToggle(this.shown);
  }

  show(shown) {
    this.shown = shown;
    this.button.setAttribute("aria-pressed", String(shown));
    this.place();
  }

  look(view, size, zoom) {
    Object.assign(this, { view, size, level: levelAt(zoom) });
    this.leave();
    this.place();
  }

  /** The named regions in view, the largest first. @returns {Region[]} */
  inView() {
    if (!this.view) return [];
    const { width, height } = this.size;
    const isInside = ([x, y]) => x >= 0 && y >= 0 && x <= width && y <= height;
    const isOfLevel = ({ level, until }) => level <= this.level && (until === null || this.level <= until);
    const seen = this.regions.filter((region) => region.name && isOfLevel(region) && isInside(this.pixel(region)));
    return seen.sort((a, b) => b.count - a.count);
  }

  /** Greedy: the region pointed at, then the largest, each where it overlaps none before it. */
  place() {
    this.placed = [];
    for (const label of this.labels.values()) label.hidden = true;
    const others = this.shown ? this.inView().filter((region) => region !== this.current) : [];
    for (const region of this.current ? [this.current, ...others] : others) this.put(region);
  }

  put(region) {
    const label = this.labels.get(region);
    label.hidden = false;
    label.classList.toggle("ec-current", region === this.current);
    const [width, height] = this.measured(region, label);
    const [x] = this.pixel(region);
    const boxes = this.heights(region, height).map((y) => this.boxAt(x, y, width, height));
    const box = boxes.find((one) => this.placed.every((other) => areApart(one, other.box)));
    label.hidden = !box;
    if (!box) return;
    label.style.transform = `translate(${box.left}px, ${box.top}px)`;
    this.placed.push({ region, box });
  }

  /** Where a name may stand, the best first: within its region where that is large, or else above or below it. */
  heights(region, height) {
    const [x, y] = region.anchor;
    const [middle, top, bottom] = [y, region.top, region.bottom].map((at) => toPixel(this.view, this.size, x, at)[1]);
    return bottom - top > ROOMY * height ? [middle, top, bottom] : [top, bottom, middle];
  }

  measured(region, label) {
    const known = this.sizes.get(region);
    if (known?.[0]) return known;
    this.sizes.set(region, [label.offsetWidth, label.offsetHeight]);
    return this.sizes.get(region);
  }

  /** Around a pixel, but within the stage. */
  boxAt(x, y, width, height) {
    const left = Math.max(2, Math.min(x - width / 2, this.size.width - width - 2));
    const top = Math.max(2, Math.min(y - height / 2, this.size.height - height - 2));
    return { left, top, right: left + width, bottom: top + height };
  }

  pixel({ anchor }) {
    return toPixel(this.view, this.size, ...anchor);
  }

  /** The region whose name is under the cursor. @returns {Region|null} */
  at(px, py) {
    const hit = this.placed.find(({ box }) => px >= box.left && px <= box.right && py >= box.top && py <= box.bottom);
    return hit?.region ?? null;
  }

  /** Say why a region is called so, and where it lies, while its name is under the cursor. @returns {boolean} whether one is */
  hover(px, py) {
    const region = this.at(px, py);
    if (region !== this.hovered) this.explain(region);
    return region !== null;
  }

  leave() {
    if (this.hovered) this.explain(null);
    return false;
  }

  explain(region) {
    this.hovered = region;
    this.outlines.show("name", region?.outline ?? []);
    this.tip.hidden = !region;
    if (!region) return;
    this.tip.replaceChildren(element("strong", {}, region.name), element("span", {}, region.why), element("small", {}, "A click selects it."));
    const { box } = this.placed.find((one) => one.region === region);
    const { offsetWidth: width, offsetHeight: height } = this.tip;
    const below = box.bottom + 6 + height <= this.size.height;
    this.tip.style.left = `${Math.max(4, Math.min((box.left + box.right - width) / 2, this.size.width - width - 4))}px`;
    this.tip.style.top = `${below ? box.bottom + 6 : Math.max(4, box.top - 6 - height)}px`;
  }

  /** Point at a region by keys: its name is shown whatever else is. @param {Region|null} region */
  point(region) {
    this.current = this.labels.has(region) ? region : null;
    this.outlines.show("key", this.current?.outline ?? []);
    this.place();
  }
}

/** An address names its content. @returns {Promise<Region[]|null>} null where the server could not be reached */
function regionsAt(url) {
  if (!fetched.has(url)) {
    if (fetched.size >= REMEMBERED) fetched.delete(fetched.keys().next().value);
    const asked = fetch(url).then((response) => (response.ok ? response.json() : Promise.reject(response)));
    const reaching = asked.then((regions) => regions.map(withReach));
    fetched.set(url, reaching.catch(() => (fetched.delete(url), null)));
  }
  return fetched.get(url);
}

/** A region with how far up and down it goes. */
function withReach(region) {
  const heights = [region.anchor, ...region.outline.flat()].map(([, y]) => y);
  return { ...region, top: Math.max(...heights), bottom: Math.min(...heights) };
}

function areApart(a, b) {
  return a.right + APART <= b.left || b.right + APART <= a.left || a.bottom + APART <= b.top || b.bottom + APART <= a.top;
}
