/**
 * What lies over the dots and moves with them: the picture of the density where the dots are too many, hexagons of the
 * error rate, lines of the density, and pictures of single points.
 */

import { element, svg } from "../shared/dom.js";
import { Contours } from "./contours.js";
import { Hexagons } from "./hexagons.js";
import { Pictures } from "./pictures.js";
import { Raster } from "./raster.js";
import { moved, toPixel } from "./view.js";

export class Layers {
  /** @param {HTMLElement} stage */
  constructor(stage) {
    this.stage = stage;
    this.lines = svg("svg", { class: "ec-lines" });
    this.key = element("div", { class: "ec-key", hidden: true, role: "note" });
    this.raster = new Raster();
    this.hexagons = new Hexagons(stage, this.lines);
    this.contours = new Contours(this.lines);
    this.pictures = new Pictures();
    this.node = element("div", { class: "ec-layers", "aria-hidden": "true" }, this.raster.node, this.hexagons.node, this.lines, this.pictures.node);
    stage.prepend(this.node);
    stage.append(this.key);
  }

  /** @param {any} data what Python sent @param {import("./points.js").Scene} scene @param {any} errors counts of each row, or null @param {string} page its colour */
  from(data, scene, errors, page) {
    this.scene = scene;
    this.raster.from(scene);
    this.hexagons.from(scene, errors, page);
    this.contours.from(scene);
    this.pictures.from(scene, data.images, data.highlighted);
  }

  /** Draw for a view. @param {import("./seen.js").Seen} seen @param {"off"|"error"|"density"} layer */
  draw(seen, layer) {
    this.seen = seen;
    this.node.style.transform = "";
    this.raster.draw(seen);
    const said = this.hexagons.draw(layer === "error" ? seen : null) ?? this.contours.draw(layer === "density" ? seen : null);
    this.pictures.draw(seen);
    this.key.hidden = !said;
    this.key.replaceChildren(...(said ?? []));
    if (said) this.key.dataset.corner = emptiest(this.scene, seen, this.key);
  }

  /** Move what is drawn to another view until it is drawn anew. */
  look(view, size) {
    if (!this.seen) return;
    this.pictures.cancel();
    this.node.style.transform = moved(this.seen.view, view, size);
  }
}

/** The corner where a note hides the fewest points. @returns {"bottom-left"|"bottom-right"|"top-left"|"top-right"} */
function emptiest({ xy, slots }, { view, size }, { offsetWidth, offsetHeight }) {
  const [wide, high] = [offsetWidth + 16, offsetHeight + 16];
  const hidden = { "bottom-left": 0, "bottom-right": 0, "top-left": 0, "top-right": 0 };
  for (let row = 0; row < slots.length; row++) {
    if (!slots[row]) continue;
    const [x, y] = toPixel(view, size, xy[2 * row], xy[2 * row + 1]);
    const side = x < wide ? "left" : x > size.width - wide ? "right" : "";
    const end = y < high ? "top" : y > size.height - high ? "bottom" : "";
    if (side && end) hidden[`${end}-${side}`]++;
  }
  return Object.keys(hidden).reduce((best, corner) => (hidden[corner] < hidden[best] ? corner : best));
}
