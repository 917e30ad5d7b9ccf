/**
 * Where an image is looked at.
 * @typedef {{x: number, y: number, scale: number}} Camera stage pixels of the image's top left corner, and stage pixels per image pixel
 * @typedef {{width: number, height: number}} Size
 */

const MARGIN = 10; // pixels around the whole image
const CLOSEST = 48; // stage pixels per image pixel

/** The whole image, in the middle. @param {Size} image @param {Size} stage @returns {Camera} */
export function fit(image, stage) {
  const room = Math.min((stage.width - 2 * MARGIN) / image.width, (stage.height - 2 * MARGIN) / image.height);
  const scale = Math.max(room, 1e-3);
  return { x: (stage.width - image.width * scale) / 2, y: (stage.height - image.height * scale) / 2, scale };
}

/** Zoom in by a factor above 1 while the place under the cursor stays. @returns {Camera} */
export function zoomed(camera, factor, px, py, image, stage) {
  const whole = fit(image, stage);
  const scale = Math.min(camera.scale * factor, Math.max(CLOSEST, 4 * whole.scale));
  if (scale <= whole.scale * 1.001) return whole;
  const change = scale / camera.scale;
  return within({ x: px - (px - camera.x) * change, y: py - (py - camera.y) * change, scale }, image, stage);
}

/** @returns {Camera} */
export function panned(camera, dx, dy, image, stage) {
  return within({ ...camera, x: camera.x + dx, y: camera.y + dy }, image, stage);
}

/** Image to stage pixels. */
export function toStage({ x, y, scale }, { x: left, y: top, width, height }) {
  return { x: x + left * scale, y: y + top * scale, width: width * scale, height: height * scale };
}

/** The middle of the stage always shows some of the image, so it is never lost. */
function within(camera, image, stage) {
  const keep = (at, length, room) => Math.min(room / 2, Math.max(room / 2 - length * camera.scale, at));
  return { ...camera, x: keep(camera.x, image.width, stage.width), y: keep(camera.y, image.height, stage.height) };
}
