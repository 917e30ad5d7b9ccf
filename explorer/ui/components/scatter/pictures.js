/**
 * Pictures of single points where there is room for them: none overlaps another one, or hides a point.
 * @typedef {{row: number, x: number, y: number, side: number}} Place a square of pixels around its centre
 */

import { element, thumbnail } from "../shared/dom.js";
import { contains, toPixel } from "./view.js";

const CLOSER = 1.5; // from this zoom on
const MOST_POINTS = 4000; // in view; with more there is no room
const MOST = 120;
const SIDES = [72, 56, 42, 28]; // pixels, the largest that fits
const GAP = 2; // pixels
const SMALL = 96; // pixels of the smaller files

export class Pictures {
  constructor() {
    this.node = element("div", { class: "ec-pictures" });
    /** @type {Map<number, HTMLElement>} tiles by row */
    this.tiles = new Map();
    this.placed = [];
  }

  /**
   * @param {import("./points.js").Scene} scene
   * @param {string} images the address before `/{row}`
   * @param {number[]} highlighted rows to ring
   */
  from(scene, images, highlighted) {
    if (images !== this.images) this.clear();
    Object.assign(this, { scene, images, highlighted: new Set(highlighted) });
  }

  /** @param {import("./seen.js").Seen} seen */
  draw(seen) {
    this.seen = seen;
    const room = seen.zoom >= CLOSER && seen.count <= MOST_POINTS;
    this.placed = room ? places(this.scene, seen) : [];
    const rows = new Set(this.placed.map(({ row }) => row));
    for (const row of [...this.tiles.keys()]) if (!rows.has(row)) this.drop(row);
    for (const place of this.placed) this.put(place);
  }

  /** Do not wait for what may be out of view when the hand rests. */
  cancel() {
    for (const [row, tile] of [...this.tiles]) if (!tile.firstChild.complete) this.drop(row);
  }

  clear() {
    for (const row of [...this.tiles.keys()]) this.drop(row);
  }

  drop(row) {
    this.tiles.get(row).firstChild.removeAttribute("src"); // ends the fetch
    this.tiles.get(row).remove();
    this.tiles.delete(row);
  }

  put({ row, x, y, side }) {
    const tile = this.tiles.get(row) ?? this.made(row, side);
    const { style } = tile;
    tile.classList.toggle("ec-found", this.highlighted.has(row));
    style.setProperty("--ec-side", `${side}px`);
    style.setProperty("--ec-of", this.scene.colours[this.scene.slots[row]]);
    style.transform = `translate(${x - side / 2}px, ${y - side / 2}px)`;
  }

  made(row, side) {
    const size = side * devicePixelRatio > SMALL ? 192 : SMALL;
    const tile = element("div", { class: "ec-tile", "data-row": row }, thumbnail("ec-pixels", { src: `${this.images}/${row}?size=${size}` }));
    this.tiles.set(row, tile);
    this.node.append(tile);
    return tile;
  }

  /** Whether a row is drawn as its picture. */
  has(row) {
    return this.tiles.has(row);
  }

  /** @returns {number} the row whose picture is at a pixel, or -1 */
  rowAt(px, py) {
    const found = this.placed.find(({ x, y, side }) => Math.max(Math.abs(px - x), Math.abs(py - y)) <= side / 2);
    return found ? found.row : -1;
  }
}

/**
 * Squares around points, as large as they fit between the dots and the squares of others, the loneliest point first.
 * @returns {Place[]}
 */
function places(scene, { view, size, box, diameter }) {
  const points = [];
  for (let row = 0; row < scene.slots.length; row++) {
    const [x, y] = [scene.xy[2 * row], scene.xy[2 * row + 1]];
    if (scene.slots[row] && contains(box, x, y)) points.push({ row, place: toPixel(view, size, x, y), half: diameter / 2, side: 0 });
  }
  const near = neighbourhoods(points);
  const alone = new Map(points.map((point) => [point, room(point, near(point))]));
  points.sort((a, b) => alone.get(b) - alone.get(a));
  for (const point of points) {
    point.side = SIDES.find((side) => side / 2 + GAP <= room(point, near(point))) ?? 0;
    if (point.side) point.half = point.side / 2;
  }
  return points.filter(({ side }) => side).slice(0, MOST).map(({ row, place: [x, y], side }) => ({ row, x, y, side }));
}

/** Pixels from a point to the dot or square of the next one; of several in one place the first has room for all. */
function room({ row, place }, neighbours) {
  let pixels = Infinity;
  for (const other of neighbours) {
    const distance = Math.max(Math.abs(other.place[0] - place[0]), Math.abs(other.place[1] - place[1]));
    if (other.row !== row && !(distance < 1 && row < other.row)) pixels = Math.min(pixels, distance - other.half);
  }
  return pixels;
}

/** Finds the points around one, as far as two squares may reach. */
function neighbourhoods(points) {
  const reach = SIDES[0] + GAP;
  const cells = new Map();
  const at = ({ place }) => place.map((pixel) => Math.floor(pixel / reach));
  const key = (column, line) => column * 65536 + line;
  for (const point of points) {
    const cell = key(...at(point));
    if (cells.has(cell)) cells.get(cell).push(point);
    else cells.set(cell, [point]);
  }
  const offsets = [-1, 0, 1];
  return (point) => {
    const [column, line] = at(point);
    return offsets.flatMap((dx) => offsets.flatMap((dy) => cells.get(key(column + dx, line + dy)) ?? []));
  };
}
