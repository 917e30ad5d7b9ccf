/** Points that are too many to draw one by one, as one picture: the colour of one of those in each cell, the denser the stronger. */

import { element } from "../shared/dom.js";
import { chance, isTelling } from "./points.js";

const FAINTEST = 0.5; // opacity of a cell with a single point
const PARSER = element("canvas", { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });

export class Raster {
  constructor() {
    this.node = element("canvas", { class: "ec-raster", hidden: true });
  }

  /** @param {import("./points.js").Scene} scene */
  from(scene) {
    this.scene = scene;
  }

  /** @param {import("./seen.js").Seen} seen */
  draw(seen) {
    this.node.hidden = !seen.dense;
    if (!seen.dense) return;
    const { diameter, opacity } = seen;
    const [width, height] = [Math.ceil(seen.size.width / diameter), Math.ceil(seen.size.height / diameter)];
    Object.assign(this.node, { width, height });
    Object.assign(this.node.style, { width: `${width * diameter}px`, height: `${height * diameter}px`, opacity });
    const picture = new ImageData(width, height);
    paint(new Uint32Array(picture.data.buffer), cells(this.scene, seen, width, height), this.scene.colours.map(channels));
    this.node.getContext("2d").putImageData(picture, 0, 0);
  }
}

/**
 * How many points lie in each cell, and the slot of one of them, each as likely as the other, those whose colour says
 * something before the others.
 */
function cells({ xy, slots }, { view, size, diameter }, width, height) {
  const [counts, telling, shown] = [new Uint32Array(width * height), new Uint32Array(width * height), new Uint16Array(width * height)];
  const scale = 1 / (view.scale * diameter);
  const [left, top] = [view.x - (size.width / 2) * view.scale, view.y + (size.height / 2) * view.scale];
  for (let row = 0; row < slots.length; row++) {
    const [column, line] = [Math.floor((xy[2 * row] - left) * scale), Math.floor((top - xy[2 * row + 1]) * scale)];
    if (!slots[row] || column < 0 || column >= width || line < 0 || line >= height) continue;
    const cell = line * width + column;
    counts[cell]++;
    if (isTelling(slots[row])) {
      telling[cell]++;
      if (chance(row) % telling[cell] === 0) shown[cell] = slots[row];
    } else if (!telling[cell]) shown[cell] = slots[row];
  }
  return { counts, shown };
}

function paint(pixels, { counts, shown }, colours) {
  const most = Math.log(1 + counts.reduce((a, b) => Math.max(a, b), 1));
  for (let cell = 0; cell < pixels.length; cell++) {
    if (!counts[cell]) continue;
    const opacity = FAINTEST + ((1 - FAINTEST) * Math.log(1 + counts[cell])) / most;
    pixels[cell] = (Math.round(255 * Math.min(1, opacity)) << 24) | colours[shown[cell]];
  }
}

/** A CSS colour as the lower three bytes of a pixel. */
function channels(colour) {
  PARSER.fillStyle = colour || "#000000";
  PARSER.fillRect(0, 0, 1, 1);
  const [r, g, b] = PARSER.getImageData(0, 0, 1, 1).data;
  return (b << 16) | (g << 8) | r;
}
