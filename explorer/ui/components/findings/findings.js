/**
 * The list of findings: it is fetched once the map is drawn; what one points at is outlined there, a click selects it.
 * @typedef {{title: string, text: string, images: string, rows: number[], outline: number[][][]}} Finding
 */

import { element, thumbnail } from "../shared/dom.js";
import { isNews, mounting } from "../shared/mount.js";

const OUTLINE = "edgecase-outline"; // what the map hears: `{polygons, layout}`, or null
const PAUSE = 150; // milliseconds between two looks at whether the map is drawn
const PATIENCE = 60;

class Findings {
  constructor(parent) {
    this.list = element("ol", { class: "ef-list", "aria-label": "Where to look first" });
    this.notice = element("div", { class: "ef-notice", role: "status" });
    this.root = element("div", { class: "ef-findings" }, this.list, this.notice);
    parent.append(this.root);
  }

  remove() {
    this.url = null;
    this.point(null);
  }

  /** @param {any} data */
  update(data) {
    if (!isNews(this, data)) return;
    this.data = data;
    this.load(data.listing);
  }

  async load(url) {
    this.url = url;
    this.root.dataset.ready = "false";
    this.say("Looking for the worst places…");
    await mapDrawn();
    const response = await fetch(url).catch(() => null);
    const listing = response?.ok ? await response.json() : { findings: [], nothing: "The findings could not be fetched: load the page again." };
    if (url !== this.url) return;
    this.list.replaceChildren(...listing.findings.map((finding, place) => this.item(finding, place)));
    this.say(listing.nothing);
    this.root.dataset.ready = "true";
  }

  say(text) {
    this.notice.textContent = text;
    this.notice.hidden = !text;
  }

  /** @param {Finding} finding @param {number} place */
  item({ title, text, images, rows, outline }, place) {
    const pictures = rows.map((row) => thumbnail("ef-pixels", { loading: "lazy", decoding: "async", draggable: "false", src: `${images}/${row}?size=96` }));
    const show = () => this.point(outline);
    const hide = () => this.point(null);
    const button = element(
      "button",
      { type: "button", class: "ef-finding", title: "Select these on the map", onclick: () => this.choose(place), onmouseenter: show, onmouseleave: hide, onfocus: show, onblur: hide },
      element("span", { class: "ef-strip", "aria-hidden": "true" }, ...pictures),
      element("span", { class: "ef-text" }, element("b", {}, `${title}:`), ` ${text}`),
    );
    return element("li", {}, button);
  }

  choose(place) {
    this.send("choose", { name: this.data.name, place });
  }

  /** Have the map outline these polygons, or no more. */
  point(polygons) {
    const detail = polygons && { polygons, layout: this.data.layout };
    window.dispatchEvent(new CustomEvent(OUTLINE, { detail }));
  }
}

/** Wait until the map is there: nothing shall keep it waiting. */
async function mapDrawn() {
  for (let looks = 0; looks < PATIENCE && !document.querySelector('.ec-scatter[data-ready="true"]'); looks++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

export const mount = mounting(Findings);
