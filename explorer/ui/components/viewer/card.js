/** The card beside the cursor: what is known of the box under it. */

import { element } from "../shared/dom.js";

const GAP = 16;
const NAMES = {
  "truth-found": "Ground truth, found",
  "truth-missed": "Ground truth, missed (FN)",
  tp: "True positive",
  fp: "False positive",
};

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

  /** @param {any} box @param {string} colour @param {number} px @param {number} py */
  show(box, colour, px, py) {
    if (box !== this.box) this.fill(box, colour);
    this.box = box;
    this.node.hidden = false;
    this.place(px, py);
  }

  fill(box, colour) {
    this.node.style.setProperty("--ev-colour", colour);
    const facts = factsOf(box).filter(([, value]) => value);
    this.node.replaceChildren(
      element("div", { class: "ev-label" }, box.label || "(no label)"),
      element("div", { class: "ev-kind" }, NAMES[box.kind]),
      element("dl", {}, ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])),
    );
  }

  /** Beside the cursor, on the side where there is room. */
  place(px, py) {
    const { offsetWidth: width, offsetHeight: height } = this.node;
    const { clientWidth, clientHeight } = this.stage;
    const left = px + GAP + width <= clientWidth ? px + GAP : px - GAP - width;
    this.node.style.left = `${within(left, clientWidth - width)}px`;
    this.node.style.top = `${within(py - height / 2, clientHeight - height)}px`;
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

function within(value, most) {
  return Math.max(4, Math.min(value, most - 4));
}
