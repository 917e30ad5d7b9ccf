/**
 * Where the map is looked at: a centre and one scale for both axes, so that distances are never distorted.
 * @typedef {{x: number, y: number, scale: number}} View centre in data units, and data units per pixel
 * @typedef {{width: number, height: number}} Size
 * @typedef {{x0: number, x1: number, y0: number, y1: number}} Box
 */

const MARGIN = 0.04; // of the plot, around the points
const SAMPLE = 50000;

/**
 * The box of nearly all points: 0.1 % are cut at each end, and what lies far beyond the 5 % - 95 % range.
 * One far outlier would otherwise shrink the map to a dot.
 * @param {Float32Array} xy pairs
 * @returns {Box|null}
 */
export function robustBounds(xy) {
  const [x0, x1] = robustRange(xy, 0);
  const [y0, y1] = robustRange(xy, 1);
  return Number.isFinite(x0) ? { x0, x1, y0, y1 } : null;
}

function robustRange(xy, offset) {
  const step = 2 * Math.max(1, Math.ceil(xy.length / 2 / SAMPLE));
  const sample = new Float32Array(Math.ceil(xy.length / step));
  let count = 0;
  for (let i = offset; i < xy.length; i += step) if (Number.isFinite(xy[i])) sample[count++] = xy[i];
  const sorted = sample.subarray(0, count).sort();
  const quantile = (share) => sorted[Math.round(share * (count - 1))];
  const reach = 2 * (quantile(0.95) - quantile(0.05)) || Infinity;
  return [Math.max(quantile(0.001), quantile(0.05) - reach), Math.min(quantile(0.999), quantile(0.95) + reach)];
}

/** The view that shows a whole box. @param {Box} box @param {Size} size @returns {View} */
export function fit(box, size) {
  const room = 1 - 2 * MARGIN;
  const scale = Math.max((box.x1 - box.x0) / (size.width * room), (box.y1 - box.y0) / (size.height * room));
  // A single point has no extent: any scale shows it in the middle.
  return { x: (box.x0 + box.x1) / 2, y: (box.y0 + box.y1) / 2, scale: scale || 2 / Math.max(1, size.width) };
}

/** The box that is in view. @param {View} view @param {Size} size @param {number} [margin] of it on each side, as a share @returns {Box} */
export function boxOf(view, size, margin = 0) {
  const [dx, dy] = [(0.5 + margin) * view.scale * size.width, (0.5 + margin) * view.scale * size.height];
  return { x0: view.x - dx, x1: view.x + dx, y0: view.y - dy, y1: view.y + dy };
}

/** Whether a point lies in a box. @param {Box} box */
export function contains({ x0, x1, y0, y1 }, x, y) {
  return x >= x0 && x <= x1 && y >= y0 && y <= y1;
}

/** What moves a picture of one view to where another one shows it, as CSS. @param {View} from @param {View} to @param {Size} size */
export function moved(from, to, size) {
  const zoom = from.scale / to.scale;
  const dx = (from.x - to.x) / to.scale + (size.width / 2) * (1 - zoom);
  const dy = (to.y - from.y) / to.scale + (size.height / 2) * (1 - zoom);
  return `translate(${dx}px, ${dy}px) scale(${zoom})`;
}

/** @param {View} view @param {Size} size */
export function ranges(view, size) {
  const { x0, x1, y0, y1 } = boxOf(view, size);
  return { x: [x0, x1], y: [y0, y1] };
}

/** Data to pixels from the plot's top left corner. @param {View} view @param {Size} size */
export function toPixel(view, size, x, y) {
  return [(x - view.x) / view.scale + size.width / 2, size.height / 2 - (y - view.y) / view.scale];
}

/** Pixels to data. @param {View} view @param {Size} size */
export function toData(view, size, px, py) {
  return [view.x + (px - size.width / 2) * view.scale, view.y + (size.height / 2 - py) * view.scale];
}

/** Zoom in by a factor above 1 while the point under the cursor stays. @returns {View} */
export function zoomed(view, size, factor, px, py) {
  const [x, y] = toData(view, size, px, py);
  return { x: x + (view.x - x) / factor, y: y + (view.y - y) / factor, scale: view.scale / factor };
}

/** @returns {View} */
export function panned(view, dx, dy) {
  return { ...view, x: view.x - dx * view.scale, y: view.y + dy * view.scale };
}

/** Whether two layouts cover nearly the same place, so that a view of one makes sense in the other. */
export function alike(a, b) {
  const overlap = span(Math.max(a.x0, b.x0), Math.min(a.x1, b.x1)) * span(Math.max(a.y0, b.y0), Math.min(a.y1, b.y1));
  const areas = span(a.x0, a.x1) * span(a.y0, a.y1) + span(b.x0, b.x1) * span(b.y0, b.y1);
  return areas > 0 && overlap / (areas - overlap) > 0.8;
}

function span(low, high) {
  return Math.max(0, high - low);
}
