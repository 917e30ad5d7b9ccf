/**
 * The zoom of a saved view: of each map the part in view, left, right, bottom and top in data units, by component and
 * layout. A map that shows all its points is not named.
 */

let taken = ""; // the name of what was taken up last

/** @param {Map<string, any>} views @param {import("./view.js").Size} size of the map on screen */
export function boxes(views, { width, height }) {
  const box = ({ x, y, scale }) => [x - (scale * width) / 2, x + (scale * width) / 2, y - (scale * height) / 2, y + (scale * height) / 2];
  return Object.fromEntries([...views].map(([place, view]) => [place, box(view)]));
}

/**
 * Have the maps look where a saved view did.
 * @param {any} map one of them, which takes it up once
 * @param {{name: string, boxes: Record<string, number[]>}|null} zoom
 * @returns {boolean} whether this map has to choose its view anew
 */
export function takeUp(map, zoom, views, { width, height }) {
  if (!zoom || map.zoomed === zoom.name) return false;
  map.zoomed = zoom.name;
  if (taken !== zoom.name) {
    taken = zoom.name;
    views.clear();
    for (const [place, [x0, x1, y0, y1]] of Object.entries(zoom.boxes)) {
      views.set(place, { x: (x0 + x1) / 2, y: (y0 + y1) / 2, scale: Math.max((x1 - x0) / width, (y1 - y0) / height) });
    }
  }
  return true;
}
