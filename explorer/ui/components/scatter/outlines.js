/** Polygons around parts of the map, for as long as somebody points at these: here, by keys, or elsewhere on the page. */

import { svg } from "../shared/dom.js";

/** What the page says when something that lies on a map is pointed at: `{polygons, layout}`, or null when no longer. */
const SAID = "edgecase-outline";

/** @typedef {number[][]} Polygon vertices in the map's coordinates, unclosed */

export class Outlines {
  constructor() {
    this.path = svg("path", { class: "ec-outline", "vector-effect": "non-scaling-stroke" });
    /** @type {Map<string, Polygon[]>} */
    this.shown = new Map();
  }

  /** Draw what the page says of this layout. @param {() => string} layout @param {AbortSignal} signal */
  listen(layout, signal) {
    const hear = ({ detail }) => this.show("page", detail?.layout === layout() ? detail.polygons : []);
    window.addEventListener(SAID, hear, { signal });
  }

  /** @param {string} who points, at one thing at a time @param {Polygon[]} polygons none when no longer */
  show(who, polygons) {
    if (polygons.length) this.shown.set(who, polygons);
    else this.shown.delete(who);
    this.path.setAttribute("d", [...this.shown.values()].flat().map(way).join(""));
  }

  /** The polygons stay as they are, only where one looks from changes. */
  look({ x, y, scale }, { width, height }) {
    const [left, top] = [width / 2 - x / scale, height / 2 + y / scale];
    this.path.setAttribute("transform", `translate(${left} ${top}) scale(${1 / scale} ${-1 / scale})`);
  }
}

function way(polygon) {
  return polygon.length ? `M${polygon.map(([x, y]) => `${x},${y}`).join("L")}Z` : "";
}
