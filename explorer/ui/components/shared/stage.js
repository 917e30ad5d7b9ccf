/** Where the mouse is on the part of a component that is drawn on. @typedef {{width: number, height: number}} Size */

export const CLICK = 4; // pixels a hand trembles while clicking
export const DOUBLE_CLICK = 220; // milliseconds to wait for a second click before a single one counts
export const STEP = 1.5; // how much closer a key or button takes one

/** @param {HTMLElement} stage @returns {Size} */
export function sizeOf(stage) {
  return { width: stage.clientWidth, height: stage.clientHeight };
}

/** Pixels from the stage's top left corner. @returns {[number, number]} */
export function pixelOf(stage, event) {
  const { left, top } = corner(stage);
  return [event.clientX - left, event.clientY - top];
}

/** A pixel of the stage as a pixel of the window, for the tests. */
export function clientPixel(stage, px, py) {
  const { left, top } = corner(stage);
  return [left + px, top + py];
}

function corner(stage) {
  const { left, top } = stage.getBoundingClientRect();
  return { left: left + stage.clientLeft, top: top + stage.clientTop };
}

export function apart(a, b) {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

/** How much closer a turn of the wheel takes one, above 1, or farther, below. @param {WheelEvent} event */
export function wheelFactor(event) {
  const pixels = event.deltaY * (event.deltaMode === 1 ? 33 : 1);
  return Math.exp(Math.max(-200, Math.min(200, pixels)) * -0.002);
}
