/** What the cards beside the cursor are made of. */

import { element } from "./dom.js";

const GAP = 16; // pixels between the cursor and the card
const EDGE = 4; // pixels between the card and the stage's edge
const WORTH = 2500; // pixels that a card goes so as not to cover all there is

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
 * Put a card near the cursor where it covers little of what lies on the stage.
 * @param {HTMLElement} card @param {HTMLElement} stage
 * @param {(box: {left: number, top: number, right: number, bottom: number}) => number} share of all that lies in a part of the stage
 */
export function placeAside(card, stage, px, py, share) {
  const { offsetWidth: width, offsetHeight: height } = card;
  const lefts = places(px, width).map((left) => within(left, stage.clientWidth - width));
  const tops = places(py, height).map((top) => within(top, stage.clientHeight - height));
  const boxes = lefts.flatMap((left) => tops.map((top) => ({ left, top, right: left + width, bottom: top + height })));
  const cost = (box) => WORTH * share(box) + Math.hypot((box.left + box.right) / 2 - px, (box.top + box.bottom) / 2 - py);
  const [best] = boxes.filter((box) => !covers(box, px, py)).sort((a, b) => cost(a) - cost(b));
  if (best) Object.assign(card.style, { left: `${best.left}px`, top: `${best.top}px` });
  else placeBeside(card, stage, px, py);
}

/** Where a side of a card may begin: around the cursor, beside it, and farther off. */
function places(at, length) {
  return [at - length / 2, at + GAP, at - GAP - length, at + GAP + length / 2, at - GAP - 1.5 * length, at + GAP + length, at - GAP - 2 * length];
}

function covers({ left, top, right, bottom }, px, py) {
  return px >= left - EDGE && px <= right + EDGE && py >= top - EDGE && py <= bottom + EDGE;
}

function within(value, most) {
  return Math.max(EDGE, Math.min(value, most - EDGE));
}
