/** What a stroke selects, found in the browser: what follows the selection need not wait for the server's own answer. */

const BANDS = 256; // of the polygon's height: a point is compared with the edges in its own band only

/**
 * The mask of what is selected after a stroke, one bit a row, the first in the lowest.
 * @param {import("./points.js").Scene} scene rows that are not drawn cannot be picked
 * @param {number[][]} corners of the polygon, in the scene's coordinates
 * @param {Uint8Array|null} selected before the stroke
 * @param {"replace"|"add"|"subtract"} mode
 */
export function struck({ xy, slots }, corners, selected, mode) {
  const mask = mode === "replace" || !selected ? new Uint8Array((slots.length + 7) >> 3) : selected.slice();
  const [low, high] = [ends(corners, Math.min), ends(corners, Math.max)];
  const bands = banded(corners, low[1], high[1]);
  const perBand = BANDS / (high[1] - low[1] || 1);
  for (let row = 0; row < slots.length; row++) {
    const [x, y] = [xy[2 * row], xy[2 * row + 1]];
    if (slots[row] === 0 || !(x >= low[0] && x <= high[0] && y >= low[1] && y <= high[1])) continue;
    if (!isInside(bands[Math.min(BANDS - 1, Math.floor((y - low[1]) * perBand))], x, y)) continue;
    if (mode === "subtract") mask[row >> 3] &= ~(1 << (row & 7));
    else mask[row >> 3] |= 1 << (row & 7);
  }
  return mask;
}

function ends(corners, end) {
  return [0, 1].map((axis) => corners.map((corner) => corner[axis]).reduce((a, b) => end(a, b)));
}

/** The edges that touch each band, four numbers an edge. */
function banded(corners, low, high) {
  const bands = Array.from({ length: BANDS }, () => []);
  const bandOf = (y) => Math.min(BANDS - 1, Math.floor(((y - low) * BANDS) / (high - low || 1)));
  corners.forEach(([x1, y1], place) => {
    const [x2, y2] = corners[(place + 1) % corners.length];
    if (y1 === y2) return;
    for (let band = bandOf(Math.min(y1, y2)); band <= bandOf(Math.max(y1, y2)); band++) bands[band].push(x1, y1, x2, y2);
  });
  return bands;
}

/** The even-odd rule, in the words of `explorer/subsets/selection.py`. @param {number[]} edges */
function isInside(edges, x, y) {
  let odd = false;
  for (let at = 0; at < edges.length; at += 4) {
    const [x1, y1, x2, y2] = [edges[at], edges[at + 1], edges[at + 2], edges[at + 3]];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) odd = !odd;
  }
  return odd;
}
