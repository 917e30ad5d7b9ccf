/** The card beside the cursor: what is known of the box under it. */

import { placeBeside, rows } from "../shared/card.js";
import { element } from "../shared/dom.js";

export class Card {
  /** @param {HTMLElement} stage */
  constructor(stage) {
    this.stage = stage;
    this.box = null;
    this.node = element("div", { class: "ev-card", role: "tooltip", hidden: true });
    stage.append(this.node);
  }

  hide() {
    this.box = null;
    this.node.hidden = true;
  }

  /** @param {any} box @param {string} colour @param {string} word what its kind is called @param {number} px @param {number} py */
  show(box, colour, word, px, py) {
    if (box !== this.box) this.fill(box, colour, word);
    this.box = box;
    this.node.hidden = false;
    placeBeside(this.node, this.stage, px, py);
  }

  fill(box, colour, word) {
    this.node.style.setProperty("--ev-colour", colour);
    const facts = factsOf(box).filter(([, value]) => value);
    this.node.replaceChildren(
      element("div", { class: "ev-label" }, box.label || "(no label)"),
      element("div", { class: "ev-kind" }, word),
      element("dl", {}, ...rows(facts)),
    );
  }
}

function factsOf({ model, confidence, iou, error, width, height }) {
  return [
    ["Model", model],
    ["Confidence", confidence === null ? "" : confidence.toFixed(3)],
    ["IoU", iou === null ? "" : iou.toFixed(3)],
    ["Error", error],
    ["Size", `${short(width)} × ${short(height)} px`],
  ];
}

function short(pixels) {
  return String(Math.round(pixels * 10) / 10);
}
