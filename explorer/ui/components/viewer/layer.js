/** The boxes and their tags, drawn as SVG over the image, and which box lies under the cursor. */

import { element, luminance, svg } from "../shared/dom.js";
import { toStage } from "./camera.js";

const DRAWN = ["truth-found", "prediction", "tp", "truth-missed", "fp"]; // the later over the earlier, and the later first with its tag
const TAG_HEIGHT = 17;
const PADDING = 5;
const FONT = "600 11px system-ui, sans-serif";
const LEAST = 14; // pixels in which even the smallest box can be hit
const CROWD = 80; // boxes from which those much narrower than their tag go without, or the tags would hide the image
const EDGE = 4; // pixels from an edge that count as on it

/** Text measured without touching the page. */
const measure = element("canvas").getContext("2d");
measure.font = FONT;

export class Layer {
  constructor() {
    this.marks = [];
    Object.assign(this, { camera: { x: 0, y: 0, scale: 1 }, stage: { width: 0, height: 0 }, tagged: false });
    this.world = svg("g", { class: "ev-world" });
    this.tags = svg("g", { class: "ev-tags" });
    this.over = svg("g", { class: "ev-world" }); // a copy of the box under the cursor, above all others
    this.node = svg("svg", { class: "ev-overlay", "aria-hidden": "true" }, this.world, this.over, this.tags);
  }

  /** @param {any[]} boxes @param {Record<string, string>} colours @param {Record<string, string>} words */
  fill(boxes, colours, words) {
    this.hovered = null;
    this.over.replaceChildren();
    this.marks = boxes.map((box) => mark(box, colours[box.kind], words[box.kind]));
    this.marks.sort((a, b) => a.box.marked - b.box.marked || DRAWN.indexOf(a.box.kind) - DRAWN.indexOf(b.box.kind) || area(b.box) - area(a.box));
    this.world.replaceChildren(...this.marks.map(({ outline }) => outline));
    this.tags.replaceChildren(...this.marks.map(({ tag }) => tag));
  }

  /** @param {(box: any) => boolean} passes */
  filter(passes) {
    for (const each of this.marks) {
      each.shown = passes(each.box);
      each.outline.style.display = each.shown ? "" : "none";
    }
  }

  /** @param {import("./camera.js").Camera} camera @param {{width: number, height: number}} stage @param {boolean} tagged */
  look(camera, stage, tagged) {
    Object.assign(this, { camera, stage, tagged });
    for (const group of [this.world, this.over]) {
      group.setAttribute("transform", `translate(${camera.x} ${camera.y}) scale(${camera.scale})`);
    }
    this.placeTags();
  }

  /** Tags keep their size whatever the zoom; one that would cover another waits until there is room. */
  placeTags() {
    const taken = [];
    const first = this.hovered ? [this.hovered] : [];
    const others = this.tagged ? this.worthTag().reverse() : [];
    const shown = new Set();
    for (const each of [...first, ...others]) {
      const place = each.shown && tagPlace(each, this.camera, this.stage);
      if (!place || taken.some((other) => overlaps(place, other))) continue;
      taken.push(place);
      shown.add(each);
      each.tag.setAttribute("transform", `translate(${Math.round(place.x)} ${Math.round(place.y)})`);
    }
    for (const each of this.marks) each.tag.style.display = shown.has(each) ? "" : "none";
  }

  worthTag() {
    const shown = this.marks.filter((each) => each.shown && each !== this.hovered);
    const roomy = ({ box, tagWidth }) => 2 * box.width * this.camera.scale >= tagWidth;
    return shown.length < CROWD ? shown : shown.filter(roomy);
  }

  /** The box on whose edge the cursor is, else the smallest around it. @returns {any|null} */
  at(px, py) {
    const near = this.marks.filter(({ shown, box }) => shown && inside(padded(toStage(this.camera, box)), px, py));
    // Found ground truth says little that its detection, of nearly the same size, does not.
    const size = ({ box }) => area(box) * (box.kind === "truth-found" ? 3 : 1);
    const rank = (each) => (onEdge(toStage(this.camera, each.box), px, py) ? 0 : size(each));
    const found = near.length ? near.reduce((best, each) => (rank(each) <= rank(best) ? each : best)) : null;
    return found?.box ?? null;
  }

  /** @param {any|null} box */
  highlight(box) {
    if (box === (this.hovered?.box ?? null)) return;
    this.hovered = this.marks.find((each) => each.box === box) ?? null;
    this.over.replaceChildren(...(this.hovered ? [this.hovered.outline.cloneNode(true)] : []));
    this.placeTags();
  }
}

/** A dark line below the coloured one keeps it visible on any image. */
function mark(box, colour, word) {
  const { x, y, width, height } = box;
  const line = (name) => svg("rect", { class: name, x, y, width, height });
  const outline = svg("g", { class: "ev-box", "data-kind": box.kind, "data-marked": box.marked }, line("ev-casing"), line("ev-line"));
  outline.style.setProperty("--ev-colour", colour);
  const text = tagText(box, word);
  const tagWidth = Math.ceil(measure.measureText(text).width) + 2 * PADDING;
  const plate = svg("rect", { width: tagWidth, height: TAG_HEIGHT, rx: 3, fill: colour });
  const words = svg("text", { x: PADDING, y: 12.5, fill: inkOn(colour) }, text);
  words.style.font = FONT;
  const tag = svg("g", { class: "ev-tag", "data-kind": box.kind }, plate, words);
  return { box, outline, tag, tagWidth, shown: true };
}

function tagText({ kind, label, confidence }, word) {
  const name = label.length > 28 ? `${label.slice(0, 27)}…` : label;
  const parts = [kind === "fp" && "✗", name, confidence !== null && confidence.toFixed(2), kind === "truth-missed" && word];
  return parts.filter(Boolean).join(" ");
}

/** Detections carry their tag above, ground truth below; inside the stage as long as some of the box is. */
function tagPlace({ box, tagWidth }, camera, stage) {
  const { x, y, width, height } = toStage(camera, box);
  if (x > stage.width || y > stage.height || x + width < 0 || y + height < 0) return null;
  const top = box.kind.startsWith("truth") ? y + height + 2 : y - TAG_HEIGHT - 2;
  const inStage = (at, length, room) => Math.max(2, Math.min(at, room - length - 2));
  return { x: inStage(x - 1, tagWidth, stage.width), y: inStage(top, TAG_HEIGHT, stage.height), width: tagWidth, height: TAG_HEIGHT };
}

function overlaps(a, b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function padded({ x, y, width, height }) {
  const [dx, dy] = [Math.max(EDGE, (LEAST - width) / 2), Math.max(EDGE, (LEAST - height) / 2)];
  return { x: x - dx, y: y - dy, width: width + 2 * dx, height: height + 2 * dy };
}

function inside({ x, y, width, height }, px, py) {
  return px >= x && py >= y && px <= x + width && py <= y + height;
}

function onEdge({ x, y, width, height }, px, py) {
  return Math.min(...[px - x, x + width - px, py - y, y + height - py].map(Math.abs)) <= EDGE;
}

function area({ width, height }) {
  return width * height;
}

/** Black or white, whichever is read more easily on a "#rrggbb" colour. */
function inkOn(colour) {
  return luminance(colour) > 0.55 ? "#101418" : "#fff";
}
