/**
 * The images of a queue: fetched and decoded before they are asked for, so that the next one is there with the key.
 * @typedef {{key: string, image: string, overlay: string, width: number, height: number, boxes: any[]|null, facts: [string, string][], answer: any}} Item
 */

import { post } from "./outbox.js";

const AT_ONCE = 12; // items fetched with one request
const LOADED = 8; // images after the one that is looked at that are in the browser
const DECODED = 3; // of them ready to be drawn
const RETRY = 1000; // milliseconds

export class Ahead {
  /** @param {(place: number) => void} onItem told when an item has come */
  constructor(onItem) {
    this.onItem = onItem;
    this.forget();
  }

  forget() {
    /** @type {Map<number, Item>} */
    this.items = new Map();
    /** @type {Map<string, HTMLImageElement>} */
    this.images = new Map();
    this.asked = new Set();
  }

  /** @param {string} url @param {number} total */
  open(url, total) {
    Object.assign(this, { url, total });
  }

  /** @param {number} place @returns {Item|undefined} */
  item(place) {
    return this.items.get(place);
  }

  /** Have what comes next ready. @param {number[]} places in the order in which they will be looked at */
  want(places) {
    const missing = places.find((place) => !this.items.has(place) && !this.asked.has(place));
    if (missing !== undefined && (missing === places[0] || places.indexOf(missing) < AT_ONCE / 2)) this.fetch(missing);
    const near = places.slice(0, LOADED + 1).map((place) => this.items.get(place)).filter(Boolean);
    const urls = near.map(({ image, overlay }) => [image, overlay].filter(Boolean));
    const wanted = new Set(urls.flat());
    for (const url of this.images.keys()) if (!wanted.has(url)) this.images.delete(url);
    for (const url of wanted) this.load(url);
    for (const url of urls.slice(0, DECODED + 1).flat()) this.images.get(url).decode().catch(() => {}); // said where it is shown
  }

  /** @param {number} first */
  async fetch(first) {
    const last = Math.min(first + AT_ONCE, this.total);
    for (let place = first; place < last; place++) this.asked.add(place);
    const reply = await post(this.url, { ask: "items", from: first, count: last - first });
    (reply?.items ?? []).forEach((item, at) => this.items.set(first + at, item));
    for (let place = first; place < last; place++) this.asked.delete(place);
    if (reply?.items) this.onItem(first);
    else setTimeout(() => this.onItem(first), RETRY);
  }

  load(url) {
    if (this.images.has(url)) return;
    const image = new Image();
    image.src = url;
    this.images.set(url, image);
  }
}
