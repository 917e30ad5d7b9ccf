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

function within(value, most) {
  return Math.max(EDGE, Math.min(value, most - EDGE));
}
