/** Correcting the labelled boxes of an image: draw, move, resize, delete, call something else. Each act tells what was changed. */

import { counted } from "../shared/counts.js";
import { element, iconButton, svg } from "../shared/dom.js";
import { apart, CLICK } from "../shared/stage.js";
import { toStage } from "./camera.js";

/** @typedef {{id: string, label: string, x: number, y: number, width: number, height: number}} Label pixels of the image */

const HANDLES = [[-1, -1], [0, -1], [1, -1], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0]]; // which sides each one moves
const CURSORS = ["nwse", "ns", "nesw", "ew", "nwse", "ns", "nesw", "ew"];
const REACH = 8; // pixels around a handle that count as on it
const EDGE = 4; // pixels around a box that count as on it
const LEAST = 1; // pixels of the image that a side has at least
const NUDGES = 500; // milliseconds after the last arrow key in which a nudge is told
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FAR = 10; // times as far with Shift
const ICONS = {
  draw: "M4 4h12v12H4zM10 7v6M7 10h6",
  remove: "M4 6h12M8 6V4h4v2M6 6l.7 10h6.600L14 6",
  undo: "M8 5 4 9l4 4M4 9h8a4 4 0 0 1 0 8h-2",
  redo: "M12 5l4 4-4 4M16 9H8a4 4 0 0 0 0 8h2",
};

export const EDITING_KEYS = [
  ["D", "Draw a box; drag from corner to corner"],
  ["A", "A box in the middle, to be moved by keys"],
  ["N", "Choose the next box"],
  ["Arrows", "Move the chosen box, with Shift by ten pixels"],
  ["Alt + arrows", "Make it larger or smaller"],
  ["C", "Say what it is"],
  ["Delete", "Delete it"],
  ["Ctrl + Z, Ctrl + Y", "Undo, redo"],
];

let editors = 0;
let edits = 0; // of boxes, on this page

export class Editor {
  /** @param {{view: () => {camera: import("./camera.js").Camera, size: {width: number, height: number}}, look: () => void, save: (edit: {boxes: Label[], removed: string[], n: number}) => void, revert: (verb: string) => void}} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    Object.assign(this, { active: false, boxes: [], told: "[]", sent: 0, late: null, chosen: null, drawing: false, gesture: null });
    this.node = svg("svg", { class: "ev-overlay ev-editor", "aria-hidden": "true" });
    const button = (name, title, act) => iconButton(name, title, ICONS[name], act);
    this.draw = button("draw", "Draw a box (D)", () => this.toggleDrawing());
    this.remove = button("remove", "Delete the chosen box (Delete)", () => this.delete());
    this.undo = button("undo", "Undo", () => this.revert("undo"));
    this.redo = button("redo", "Redo", () => this.revert("redo"));
    const list = `ev-classes-${++editors}`;
    this.classes = element("datalist", { id: list });
    this.field = element("input", { type: "text", list, class: "ev-class", maxlength: 200, "aria-label": "Class of the box", placeholder: "Class", onchange: () => this.call(), onkeydown: (event) => this.fieldKey(event), onfocus: () => this.field.select() });
    this.status = element("span", { class: "ev-edited", role: "status" });
    this.bar = element(
      "div",
      { class: "ev-toolbar ev-editing", role: "toolbar", "aria-label": "Correct boxes" },
      element("div", { class: "ev-group" }, this.draw, this.remove),
      element("label", { class: "ev-called" }, "Class", this.field, this.classes),
      element("div", { class: "ev-group" }, this.undo, this.redo),
      this.status,
    );
  }

  /** @param {{boxes: Label[], classes: string[], chosen: string, undo: string, redo: string, heard: number}|null} given null where nothing is corrected @param {{width: number, height: number}} image @param {boolean} another whether it is another image than before */
  fill(given, image, another) {
    const begins = given && (!this.active || another);
    this.active = Boolean(given);
    this.bar.hidden = !this.active;
    this.node.style.display = this.active ? "" : "none";
    if (!given) return;
    this.image = image;
    this.late = null;
    if (begins) this.sent = 0;
    else if (given.heard < this.sent) return; // from before what was sent last: more is to come
    else if (this.isAtIt()) return void (this.late = given);
    this.boxes = given.boxes.map((box) => ({ ...box }));
    this.told = JSON.stringify(this.boxes);
    this.touched = new Set(); // ids of what was changed since Python last said what there is: it may not know of it yet
    if (begins) Object.assign(this, { chosen: given.chosen || null, drawing: false, gesture: null });
    if (!this.find()) this.chosen = null;
    this.known = given.classes;
    this.classes.replaceChildren(...given.classes.map((name) => element("option", { value: name })));
    for (const [name, what] of Object.entries({ undo: given.undo, redo: given.redo })) {
      this[name].disabled = !what;
      this[name].title = what || `Nothing to ${name} here`;
    }
    this.show();
  }

  /** Whether a person is in the middle of a change, or has made one that is not told yet. */
  isAtIt() {
    return Boolean(this.gesture) || JSON.stringify(this.boxes) !== this.told;
  }

  /** What came in the middle of a change is shown once it is over. */
  catchUp() {
    if (this.late && !this.isAtIt()) this.fill(this.late, this.image, false);
  }

  find(id = this.chosen) {
    return this.boxes.find((box) => box.id === id) ?? null;
  }

  // ---- what is seen --------------------------------------------------------------------------------------------

  show() {
    const box = this.find();
    this.draw.setAttribute("aria-pressed", String(this.drawing));
    this.remove.disabled = !box;
    if (document.activeElement !== this.field) this.field.value = box?.label ?? this.last();
    const count = counted(this.boxes.length, "box", "boxes");
    this.status.textContent = this.drawing ? "Drag from corner to corner" : box ? `${count}, one chosen` : `${count}; click one to change it`;
    this.viewer.look();
  }

  /** What a new box is called: as the one before it. */
  last() {
    return this.called || this.boxes.at(-1)?.label || this.known?.[0] || "";
  }

  /** Draw the boxes over the image. @param {import("./camera.js").Camera} camera */
  look(camera) {
    if (!this.active) return;
    const rest = this.boxes.filter((box) => box.id !== this.chosen);
    const box = this.find();
    this.node.replaceChildren(...rest.flatMap((each) => drawn(each, camera, false)), ...(box ? [...drawn(box, camera, true), ...handles(box, camera)] : []));
  }

  // ---- the mouse -----------------------------------------------------------------------------------------------

  /** Whether a press begins something here; what does not moves the image. @param {[number, number]} at stage pixels */
  down(at) {
    if (!this.active) return false;
    const { camera } = this.viewer.view();
    const handle = this.drawing ? -1 : this.handleAt(at, camera);
    const box = this.drawing ? null : handle >= 0 ? this.find() : this.at(at, camera);
    if (!this.drawing && !box) {
      this.pressed = at;
      return false;
    }
    if (box) this.chosen = box.id;
    clearTimeout(this.nudging); // it is told with what begins now
    this.gesture = { kind: this.drawing ? "draw" : handle >= 0 ? "resize" : "move", from: at, start: box && { ...box }, sides: HANDLES[handle], moved: false };
    this.show();
    return true;
  }

  /** @param {[number, number]} at */
  move(at) {
    const { kind, from, start, sides } = this.gesture;
    this.gesture.moved ||= apart(from, at) > CLICK;
    if (!this.gesture.moved) return;
    const { camera } = this.viewer.view();
    const [dx, dy] = [(at[0] - from[0]) / camera.scale, (at[1] - from[1]) / camera.scale];
    if (kind === "draw") this.stretch(between(imageAt(from, camera), imageAt(at, camera), this.image));
    else if (kind === "move") Object.assign(this.find(), this.shifted(start, dx, dy));
    else Object.assign(this.find(), between(...corners(start, sides, dx, dy), this.image));
    this.viewer.look();
  }

  up() {
    const { kind, moved } = this.gesture;
    this.gesture = null;
    if (kind === "draw") this.drawing = this.drawing && !moved; // a mere click goes on waiting for a drag
    this.save();
  }

  /** A press that moved nothing, beside all boxes: none is chosen. @param {[number, number]} at */
  click(at) {
    if (!this.active || !this.pressed || apart(this.pressed, at) > CLICK) return;
    this.chosen = null;
    this.show();
  }

  cancel() {
    if (!this.isAtIt()) return;
    clearTimeout(this.nudging);
    this.boxes = JSON.parse(this.told);
    this.gesture = null;
    if (!this.find()) this.chosen = null;
    this.show();
    this.catchUp();
  }

  /** The box that is being drawn gets these sides; it comes to be with the first of them. */
  stretch(sides) {
    if (!this.gesture.id) {
      this.gesture.id = newId();
      this.boxes.push({ id: this.gesture.id, label: this.last(), ...sides });
      this.chosen = this.gesture.id;
    }
    Object.assign(this.find(this.gesture.id), sides);
  }

  /** The cursor at a place, empty where the image's own is right. @param {[number, number]} at */
  cursor(at) {
    if (!this.active) return "";
    if (this.drawing) return "crosshair";
    const { camera } = this.viewer.view();
    const handle = this.handleAt(at, camera);
    return handle >= 0 ? `${CURSORS[handle]}-resize` : this.at(at, camera) ? "move" : "";
  }

  handleAt(at, camera) {
    const box = this.find();
    return box ? HANDLES.findIndex((sides) => apart(handlePlace(box, sides, camera), at) <= REACH) : -1;
  }

  /** The chosen box where it lies there, else the smallest that does. */
  at([px, py], camera) {
    const around = this.boxes.filter((box) => {
      const { x, y, width, height } = toStage(camera, box);
      return px >= x - EDGE && py >= y - EDGE && px <= x + width + EDGE && py <= y + height + EDGE;
    });
    return around.find((box) => box.id === this.chosen) ?? around.sort((a, b) => a.width * a.height - b.width * b.height)[0] ?? null;
  }

  // ---- the keyboard --------------------------------------------------------------------------------------------

  /** Whether a key means something here. @param {KeyboardEvent} event */
  key(event) {
    if (!this.active) return false;
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) return this.revertKey(key, event.shiftKey);
    if (MOVES[event.key] && this.find()) return this.nudge(MOVES[event.key], event.shiftKey ? FAR : 1, event.altKey);
    if (event.altKey) return false;
    const act = {
      d: () => this.toggleDrawing(),
      a: () => this.add(),
      n: () => this.next(),
      c: () => this.field.focus(),
      delete: () => this.delete(),
      backspace: () => this.delete(),
    }[key];
    if (act) act();
    else if (key === "escape" && (this.gesture || this.drawing || this.chosen)) this.step();
    else return false;
    return true;
  }

  revertKey(key, shift) {
    const verb = { z: shift ? "redo" : "undo", y: "redo" }[key];
    if (verb && (!this[verb].disabled || this.isAtIt())) this.revert(verb);
    return Boolean(verb);
  }

  /** What is not told yet is taken back here, and only what is by Python. @param {string} verb */
  revert(verb) {
    if (this.isAtIt()) this.cancel();
    else this.viewer.revert(verb);
  }

  /** Escape takes one back to what was before: out of a drag, out of drawing, from a box to none. */
  step() {
    if (this.gesture) this.cancel();
    else if (this.drawing) this.drawing = false;
    else this.chosen = null;
    this.show();
  }

  nudge([dx, dy], far, sized) {
    const box = this.find();
    const { x, y } = box;
    if (sized) Object.assign(box, between([x, y], [x + Math.max(LEAST, box.width + dx * far), y + Math.max(LEAST, box.height + dy * far)], this.image));
    else Object.assign(box, this.shifted(box, dx * far, dy * far));
    this.viewer.look();
    clearTimeout(this.nudging);
    this.nudging = setTimeout(() => this.save(), NUDGES);
    return true;
  }

  next() {
    if (!this.boxes.length) return;
    const place = this.boxes.findIndex((box) => box.id === this.chosen);
    this.chosen = this.boxes[(place + 1) % this.boxes.length].id;
    this.show();
  }

  /** A box in the middle of what is seen, a quarter as wide and high. */
  add() {
    const { camera, size } = this.viewer.view();
    const corner = (share) => imageAt([size.width * share, size.height * share], camera);
    const box = { id: newId(), label: this.last(), ...between(corner(0.375), corner(0.625), this.image) };
    this.boxes.push(box);
    this.chosen = box.id;
    this.save();
  }

  fieldKey(event) {
    if (event.key === "Enter") this.field.blur(); // which tells that it changed
    else if (event.key === "Escape") this.leaveField();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  leaveField() {
    this.field.value = this.find()?.label ?? this.last();
    this.field.blur();
  }

  // ---- what changes --------------------------------------------------------------------------------------------

  toggleDrawing() {
    this.drawing = !this.drawing;
    this.show();
  }

  delete() {
    if (!this.find()) return;
    this.boxes = this.boxes.filter((box) => box.id !== this.chosen);
    this.chosen = null;
    this.save();
  }

  /** The chosen box is what the field says; where none is chosen, so will be the next one that is drawn. */
  call() {
    const name = this.field.value.trim();
    const box = this.find();
    if (name) this.called = name;
    if (!name || !box) return this.show();
    box.label = name;
    this.save();
  }

  shifted(box, dx, dy) {
    const x = Math.max(0, Math.min(box.x + dx, this.image.width - box.width));
    const y = Math.max(0, Math.min(box.y + dy, this.image.height - box.height));
    return { x: rounded(x), y: rounded(y) };
  }

  save() {
    clearTimeout(this.nudging);
    this.show();
    const now = JSON.stringify(this.boxes);
    if (now === this.told) return this.catchUp();
    if (this.boxes.some((box) => !box.label)) return this.field.focus(); // a box is told once it is called something
    this.touch();
    this.told = now;
    this.sent = ++edits;
    const removed = [...this.touched].filter((id) => !this.find(id));
    this.viewer.save({ boxes: this.boxes.filter((box) => this.touched.has(box.id)), removed, n: this.sent });
  }

  /** Note what is other than it was told: only that is said, somebody else may have changed the rest. */
  touch() {
    const was = new Map(JSON.parse(this.told).map((box) => [box.id, JSON.stringify(box)]));
    const now = new Map(this.boxes.map((box) => [box.id, JSON.stringify(box)]));
    for (const id of [...was.keys(), ...now.keys()]) if (was.get(id) !== now.get(id)) this.touched.add(id);
  }
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return `added:${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Hundredths of a pixel are finer than any hand. */
function rounded(pixels) {
  return Math.round(pixels * 100) / 100;
}

function imageAt([px, py], { x, y, scale }) {
  return [(px - x) / scale, (py - y) / scale];
}

/** The sides of a box from one corner to the other, within the image. */
function between(one, other, { width, height }) {
  const side = (a, b, end) => {
    const low = Math.max(0, Math.min(a, b, end - LEAST));
    return [rounded(low), rounded(Math.max(LEAST, Math.min(end, Math.max(a, b)) - low))];
  };
  const [x, wide] = side(one[0], other[0], width);
  const [y, high] = side(one[1], other[1], height);
  return { x, y, width: wide, height: high };
}

/** Two corners of a box, some of whose sides are moved. */
function corners({ x, y, width, height }, [across, down], dx, dy) {
  const [left, right] = [x + (across < 0 ? dx : 0), x + width + (across > 0 ? dx : 0)];
  const [top, bottom] = [y + (down < 0 ? dy : 0), y + height + (down > 0 ? dy : 0)];
  return [[left, top], [right, bottom]];
}

function handlePlace(box, [across, down], camera) {
  const { x, y, width, height } = toStage(camera, box);
  return [x + (width * (across + 1)) / 2, y + (height * (down + 1)) / 2];
}

function drawn(box, camera, chosen) {
  const { x, y, width, height } = toStage(camera, box);
  const sides = { x, y, width, height };
  const words = svg("text", { class: "ev-name-of", x: x + 3, y: y + height + 14 }, box.label);
  return [svg("rect", { class: "ev-casing", ...sides }), svg("rect", { class: "ev-line", "data-chosen": chosen, "data-id": box.id, ...sides }), words];
}

function handles(box, camera) {
  return HANDLES.map((sides) => {
    const [x, y] = handlePlace(box, sides, camera);
    return svg("rect", { class: "ev-handle", x: x - 4, y: y - 4, width: 8, height: 8 });
  });
}
