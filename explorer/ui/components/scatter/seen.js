/**
 * What is seen from one view: how many points, whether as dots or as a picture of their density, and how large.
 * @typedef {{view: import("./view.js").View, size: import("./view.js").Size, zoom: number, box: import("./view.js").Box,
 *   count: number, dense: boolean, diameter: number, opacity: number}} Seen `zoom` is 1 when all points are in view;
 *   `count` points lie in the `box`;
 *   `diameter` in pixels, of a dot or a cell of the picture
 * @typedef {{layer: "off"|"error"|"density", size: number|null, opacity: number|null}} Rendering what the person chose, null for automatic
 */

import { boxOf, contains } from "./view.js";

export const MOST_DOTS = 200_000; // in view; more are a picture of their density
const CELL = 2; // pixels of that picture
const USUAL = 900 * 700; // pixels of a map

/**
 * @param {import("./points.js").Scene} scene @param {import("./view.js").View} view @param {import("./view.js").Size} size
 * @param {number} zoom @param {Rendering} rendering
 * @returns {Seen}
 */
export function seenFrom(scene, view, size, zoom, rendering) {
  const box = boxOf(view, size);
  const count = countIn(scene, box);
  const crowd = Math.max(1, (count * USUAL) / Math.max(1, size.width * size.height));
  const dense = count > MOST_DOTS;
  const diameter = rendering.size ?? (dense ? CELL : stepped(autoDiameter(crowd), 0.5));
  const opacity = rendering.opacity ?? (dense ? 1 : stepped(autoOpacity(crowd, diameter), 0.05));
  return { view, size, zoom, box, count, dense, diameter, opacity };
}

function countIn({ xy, slots }, box) {
  let count = 0;
  for (let row = 0; row < slots.length; row++) if (slots[row] && contains(box, xy[2 * row], xy[2 * row + 1])) count++;
  return count;
}

/** In steps, so that a little more or less in view draws nothing anew. */
function stepped(value, step) {
  return Math.round(value / step) * step;
}

/** 100 points are buttons, a hundred thousand are dust. @param {number} crowd points on a map of usual size */
function autoDiameter(crowd) {
  return Math.min(12, Math.max(1.8, 23 * crowd ** -0.165));
}

/** Where dots would cover the map more than once, those beneath shine through. */
function autoOpacity(crowd, diameter) {
  const covered = (crowd * diameter ** 2) / USUAL;
  return Math.min(0.9, Math.max(0.35, 0.8 * covered ** -0.15));
}
