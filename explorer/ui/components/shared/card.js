/** What the cards beside the cursor are made of. */

import { element } from "./dom.js";

const GAP = 16; // pixels between the cursor and the card
const EDGE = 4; // pixels between the card and the stage's edge

/** The rows of a list of facts. @param {[string, string][]} facts */
export function rows(facts) {
  return facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", { title: value }, value)]);
}

/** Put a card beside the cursor, on the side where there is room. @param {HTMLElement} card @param {HTMLElement} stage */
export function placeBeside(card, stage, px, py) {
  const { offsetWidth: width, offsetHeight: height } = card;
  const { clientWidth, clientHeight } = stage;
  const left = px + GAP + width <= clientWidth ? px + GAP : px - GAP - width;
  card.style.left = `${within(left, clientWidth - width)}px`;
  card.style.top = `${within(py - height / 2, clientHeight - height)}px`;
}

/**
 * Put a card to the side of the cursor where it covers the least.
 * @param {HTMLElement} card @param {HTMLElement} stage
 * @param {(box: {left: number, top: number, right: number, bottom: number}) => number} crowd what lies in a part of the stage
 */
export function placeAside(card, stage, px, py, crowd) {
  const { offsetWidth: width, offsetHeight: height } = card;
  const columns = [px + GAP, px - GAP - width];
  const lines = [py - height / 2, py + GAP, py - GAP - height];
  const boxes = columns.flatMap((x) => lines.map((y) => boxAt(within(x, stage.clientWidth - width), within(y, stage.clientHeight - height), width, height)));
  const free = boxes.filter((box) => !covers(box, px, py));
  const [best] = (free.length ? free : boxes).sort((a, b) => crowd(a) - crowd(b));
  card.style.left = `${best.left}px`;
  card.style.top = `${best.top}px`;
}

function boxAt(left, top, width, height) {
  return { left, top, right: left + width, bottom: top + height };
}

function covers({ left, top, right, bottom }, px, py) {
  return px >= left && px <= right && py >= top && py <= bottom;
}

function within(value, most) {
  return Math.max(EDGE, Math.min(value, most - EDGE));
}
