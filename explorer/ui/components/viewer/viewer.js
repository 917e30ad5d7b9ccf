/** The image view: puts the parts together. */

import { counted } from "../shared/counts.js";
import { element, isInField } from "../shared/dom.js";
import { helpFor } from "../shared/help.js";
import { isNews, mounting } from "../shared/mount.js";
import { apart, CLICK, clientPixel, DOUBLE_CLICK, pixelOf, sizeOf, STEP, wheelFactor } from "../shared/stage.js";
import { fit, panned, zoomed } from "./camera.js";
import { Card } from "./card.js";
import { Controls, freshSettings } from "./controls.js";
import { Editor, EDITING_KEYS } from "./editor.js";
import { Layer } from "./layer.js";
import { freshLight, Light } from "./light.js";

const CRISP = 3; // screen pixels of one image pixel from which it is drawn as a square

const HELD = 400; // milliseconds after which a field keeps the focus
const PATIENCE = 10_000; // milliseconds in which a field that was asked for may appear
const KEYS = [
  ["Left, Right", "Previous and next image"],
  ["+, −, 0", "Zoom in, zoom out, show the whole image"],
  ["[ and ]", "Darker, brighter"],
  ["{ and }", "Less contrast, more contrast"],
  ["\\", "Light as it is"],
];

/** By component: what was switched off stays off when it comes back to its page. @type {Map<string, any>} */
const settings = new Map();

let presses = 0; // of letters, on this page

export class Viewer {
  constructor(parent) {
    this.layer = new Layer();
    this.image = element("img", { class: "ev-image", alt: "", draggable: "false", decoding: "async" });
    this.notice = element("div", { class: "ev-notice", role: "status", hidden: true });
    this.editor = new Editor({
      view: () => ({ camera: this.now(), size: this.size() }),
      look: () => this.look(),
      save: (edit) => this.send("edit", { image: this.data.image, ...edit }),
      revert: (verb) => this.send("revert", { verb }),
    });
    /** Letters that were pressed since Python last said what it heard. @type {{ key: string, about: string, n: number }[]} */
    this.unheard = [];
    this.stage = element("div", { class: "ev-stage", tabindex: 0, role: "group" }, this.image, this.layer.node, this.editor.node, this.notice);
    this.card = new Card(this.stage);
    this.controls = new Controls(() => this.filtered(), (name) => this.command(name));
    this.light = new Light(() => this.look());
    this.controls.toolbar.append(this.light.node);
    this.root = element("div", { class: "ev-viewer" }, this.controls.toolbar, this.editor.bar, element("div", { class: "ev-body" }, this.stage, this.controls.side));
    this.root.edgecasePixel = (x, y) => this.clientPixel(x, y);
    parent.append(this.root);
    this.listen();
  }

  listen() {
    const on = (name, handle, options) => this.stage.addEventListener(name, handle.bind(this), options);
    on("pointerdown", this.down);
    on("pointermove", this.move);
    on("pointerup", this.up);
    on("pointercancel", this.letGo);
    on("pointerleave", () => this.hover(null));
    on("wheel", this.wheel, { passive: false });
    on("dblclick", () => this.command("reset"));
    on("keydown", this.key);
    this.image.addEventListener("load", () => this.loaded());
    this.image.addEventListener("error", () => this.say("The image could not be loaded: the server cannot be reached."));
    this.resizing = new ResizeObserver(() => this.resized());
    this.resizing.observe(this.stage);
    this.leaving = new AbortController();
    document.addEventListener("keydown", (event) => this.pageKey(event), { signal: this.leaving.signal, capture: true });
  }

  remove() {
    this.resizing.disconnect();
    this.leaving.abort();
  }

  // ---- what Python sends -------------------------------------------------------------------------------------

  /** @param {any} data */
  update(data) {
    if (!isNews(this, data)) return;
    this.root.style.setProperty("--ev-height", `${data.height_px}px`);
    const another = data.image !== this.data?.image;
    if (another) this.open(data);
    this.data = data;
    const settings = this.settingsOf(data);
    this.stage.setAttribute("aria-label", data.boxed ? `Image with ${counted(data.boxes.length, "box", "boxes")}` : "Image");
    helpFor(this.root, "Large view", [...KEYS, ...(data.editing ? EDITING_KEYS : []), ...Object.entries(data.commands).map(([key, what]) => [key.toUpperCase(), what])]);
    this.root.classList.toggle("ev-plain", !data.boxed);
    this.root.classList.toggle("ev-edits", Boolean(data.editing));
    this.light.show(settings.light);
    this.layer.fill(data.boxes, data.colours, data.words);
    this.controls.fill(data.boxes, data.colours, data.words, settings);
    this.editor.fill(data.editing, data, another);
    if (data.focus !== this.focused) this.focus(data.focus);
  }

  /** Another image: it is looked at as a whole. */
  open({ image, width, height }) {
    this.camera = null;
    this.root.dataset.ready = "false";
    this.image.classList.remove("ev-loaded");
    this.say("");
    Object.assign(this.image.style, { width: `${width}px`, height: `${height}px` });
    this.image.src = image;
  }

  settingsOf({ name, min_confidence: given }) {
    if (!settings.has(name)) settings.set(name, { ...freshSettings(), light: freshLight() });
    const known = settings.get(name);
    if (known.given !== given) Object.assign(known, { given, confidence: given });
    return known;
  }

  loaded() {
    this.image.classList.add("ev-loaded");
    this.root.dataset.ready = "true";
    this.look();
  }

  say(text) {
    this.notice.textContent = text;
    this.notice.hidden = !text;
  }

  // ---- what is shown -----------------------------------------------------------------------------------------

  filtered() {
    this.hover(null);
    this.layer.filter((box) => this.controls.passes(box));
    Object.assign(this.root.dataset, { shown: this.controls.shown, total: this.data.boxes.length });
    this.look();
  }

  /** Draw at most once a frame. @param {import("./camera.js").Camera|null} [camera] null for the whole image */
  look(camera = this.camera) {
    this.camera = camera;
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  draw() {
    const camera = this.now();
    const { tags } = this.controls.settings;
    this.image.style.filter = this.light.filter();
    this.image.style.transform = `translate(${camera.x}px, ${camera.y}px) scale(${camera.scale})`;
    this.image.classList.toggle("ev-crisp", (camera.scale * this.data.width) / this.image.naturalWidth >= CRISP);
    this.layer.look(camera, this.size(), tags);
    this.editor.look(camera);
    this.root.dataset.zoom = (camera.scale / fit(this.data, this.size()).scale).toFixed(2);
  }

  /** The camera; the whole image until the person has moved. */
  now() {
    return this.camera ?? fit(this.data, this.size());
  }

  size() {
    return sizeOf(this.stage);
  }

  resized() {
    if (!this.data || !this.stage.clientWidth) return;
    this.look(this.camera && panned(this.camera, 0, 0, this.data, this.size()));
  }

  clientPixel(x, y) {
    const camera = this.now();
    return clientPixel(this.stage, camera.x + x * camera.scale, camera.y + y * camera.scale);
  }

  // ---- what the person does ----------------------------------------------------------------------------------

  down(event) {
    if (event.button > 1 || this.drag) return;
    this.stage.setPointerCapture(event.pointerId);
    const at = pixelOf(this.stage, event);
    const edits = event.button === 0 && this.editor.down(at); // with the wheel pressed the image is moved
    this.drag = { id: event.pointerId, first: at, last: at, moved: false, edits };
  }

  move(event) {
    const at = pixelOf(this.stage, event);
    if (!this.drag) {
      this.hover(at);
      return;
    }
    if (event.pointerId !== this.drag.id) return;
    if (this.drag.edits) {
      if (this.editor.gesture) this.editor.move(at);
      return;
    }
    const { first, last } = this.drag;
    this.drag.moved ||= apart(first, at) > CLICK;
    if (!this.drag.moved) return;
    this.drag.last = at;
    this.hover(null);
    this.stage.classList.add("ev-dragging");
    this.look(panned(this.now(), at[0] - last[0], at[1] - last[1], this.data, this.size()));
  }

  up(event) {
    if (event.pointerId !== this.drag?.id) return;
    const { moved, edits } = this.drag;
    if (edits && this.editor.gesture) this.editor.up();
    this.letGo();
    if (!moved && !edits && event.button === 0) this.click(pixelOf(this.stage, event));
  }

  letGo() {
    if (this.editor.gesture) this.editor.cancel();
    this.drag = null;
    this.stage.classList.remove("ev-dragging");
  }

  /** Opens a box, unless a second click follows. */
  click([px, py]) {
    clearTimeout(this.timer);
    this.editor.click([px, py]);
    const box = this.editor.active ? null : this.layer.at(px, py);
    if (!box) return;
    this.timer = setTimeout(() => this.send("open", { index: box.index, id: box.id }), DOUBLE_CLICK);
  }

  wheel(event) {
    event.preventDefault();
    this.zoom(wheelFactor(event), ...pixelOf(this.stage, event));
    this.hover(null);
  }

  zoom(factor, px, py) {
    const whole = fit(this.data, this.size());
    const camera = zoomed(this.now(), factor, px, py, this.data, this.size());
    this.look(camera.scale === whole.scale ? null : camera);
  }

  command(name) {
    clearTimeout(this.timer);
    const { width, height } = this.size();
    if (name === "reset") this.look(null);
    else this.zoom(name === "zoom-in" ? STEP : 1 / STEP, width / 2, height / 2);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const command = { "+": "zoom-in", "=": "zoom-in", "-": "zoom-out", _: "zoom-out", 0: "reset" }[event.key];
    if (!command) return;
    this.command(command);
    event.preventDefault();
    event.stopPropagation(); // a digit may mean something else to the page
  }

  /** Keys of the page while an image is large, but for those that a field takes; they come before Streamlit's own. */
  pageKey(event) {
    const slides = event.composedPath()[0].type === "range";
    if (!this.root.offsetParent || (isInField(event) && !slides) || document.querySelector("dialog[open]")) return;
    if (this.editor.key(event)) return this.taken(event);
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const key = event.key.toLowerCase();
    if (this.data.commands[key]) this.press(key);
    else if (!this.light.key(event.key)) return;
    this.taken(event);
  }

  taken(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /** Send a letter with the image it is meant for, and those that Python has not heard yet: none takes another's place. */
  press(key) {
    this.unheard = [...this.unheard.filter(({ n }) => n > this.data.heard), { key, about: this.data.about, n: ++presses }];
    this.send("command", { pressed: this.unheard });
  }

  /** Go into a field of the dialog, as soon as it is there. @param {string} label */
  focus(label) {
    this.focused = label;
    const until = performance.now() + PATIENCE;
    let since = Infinity; // a page that is still being drawn may take the focus away again
    const look = () => {
      const now = performance.now();
      const field = label && this.root.closest("[role=dialog]")?.querySelector(`input[aria-label^="${CSS.escape(label)}"]`);
      const held = field && field === document.activeElement;
      since = held ? Math.min(since, now) : Infinity;
      if (field && !held) field.focus();
      if (label && this.focused === label && now < until && now - since < HELD) requestAnimationFrame(look);
    };
    look();
  }

  /** @param {[number, number]|null} at stage pixels */
  hover(at) {
    const box = at && !this.editor.active ? this.layer.at(...at) : null;
    this.stage.style.cursor = at ? this.editor.cursor(at) : "";
    this.layer.highlight(box);
    this.stage.classList.toggle("ev-pointing", Boolean(box));
    if (box) this.card.show(box, this.data.colours[box.kind], this.data.words[box.kind], ...at);
    else this.card.hide();
  }
}

export const mount = mounting(Viewer);
