/** The map: puts the parts together. */

import { element, isTyping, luminance, svg } from "../shared/dom.js";
import { helpFor } from "../shared/help.js";
import { tellSelected } from "../shared/linked.js";
import { isNews, mounting } from "../shared/mount.js";
import { clientPixel, sizeOf, STEP } from "../shared/stage.js";
import { remember } from "../shared/tab.js";
import { Axes } from "./axes.js";
import { takeImages } from "./dropped.js";
import { HoverCard } from "./hover.js";
import { Keyboard, KEYS } from "./keyboard.js";
import { Layers } from "./layers.js";
import { Legend } from "./legend.js";
import { Names } from "./names.js";
import { Outlines } from "./outlines.js";
import { takePlot } from "./plot.js";
import { countSet, Grid, sceneOf } from "./points.js";
import { Pointer } from "./pointer.js";
import { RenderingControls } from "./rendering.js";
import { seenFrom } from "./seen.js";
import { struck } from "./struck.js";
import { Toolbar } from "./toolbar.js";
import { boxes, takeUp } from "./zoom.js";
import { alike, fit, panned, robustBounds, toData, toPixel, zoomed } from "./view.js";

const REACH = 9; // pixels around the cursor in which a point is found
const PATIENCE = 250; // milliseconds before "Loading…" is worth showing
const REMEMBERED = 16; // arrays kept
const REST = 140; // milliseconds after which the hand has come to rest
const TOOLS = { l: "lasso", b: "box", p: "pan" };
const TYPES = { points: Float32Array, values: Float32Array, codes: Uint16Array, visible: Uint8Array, selected: Uint8Array, wrong: Uint16Array, judged: Uint16Array };

/** Views by component and layout: a map looks the same when one comes back to its page. @type {Map<string, any>} */
const views = new Map();
/** Fetched arrays by address, the least recently used first. @type {Map<string, ArrayBuffer>} */
const buffers = new Map();

class Scatter {
  /** @param {HTMLElement} parent @param {{connection: string}} data the attribute that says whether the server is reached */
  constructor(parent, { connection }) {
    this.path = svg("path", { class: "ec-stroke" });
    this.axes = new Axes();
    this.ring = svg("circle", { class: "ec-ring", r: 8, visibility: "hidden" });
    this.notice = element("div", { class: "ec-notice", hidden: true, role: "status" });
    this.outlines = new Outlines();
    const overlay = svg("svg", { class: "ec-overlay" }, this.axes.node, this.outlines.path, this.path, this.ring);
    this.stage = element("div", { class: "ec-stage", role: "application", tabindex: 0, "aria-label": "Map of the images; draw around points to select them, or press R to walk through its regions, ? for all keys" }, overlay, this.notice);
    this.names = new Names(this.stage, this.outlines, (shown) => this.send("names", { shown }));
    this.toolbar = new Toolbar((name) => this.command(name));
    this.rendering = new RenderingControls((rendering) => this.render(rendering), (rendering) => this.send("rendering", rendering));
    this.toolbar.status.before(this.names.tool, this.rendering.node);
    this.legend = new Legend((hidden) => this.send("legend", { hidden }));
    this.card = new HoverCard(this.stage, (box) => this.crowd(box));
    this.layers = new Layers(this.stage);
    this.pointer = new Pointer(this.stage, this.path, this.gestures());
    const parts = element("div", { class: "ec-parts" }, this.stage, this.legend.node);
    this.root = element("div", { class: "ec-scatter" }, element("div", { class: "ec-frame" }, this.toolbar.node, element("div", { class: "ec-body" }, parts)));
    this.keyboard = new Keyboard(this);
    this.root.edgecasePixel = (x, y) => this.clientPixel(x, y);
    parent.append(this.root);
    helpFor(this.root, "Map", KEYS);
    this.listen();
    this.watch(document.querySelector(".stApp"), connection);
  }

  listen() {
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    document.addEventListener("keydown", (event) => this.key(event), { signal, capture: true });
    document.addEventListener("keyup", (event) => event.key === " " && this.pointer.holdSpace(false), { signal });
    window.addEventListener("blur", () => this.pointer.holdSpace(false), { signal });
    this.outlines.listen(() => this.data.layout, signal);
    takeImages(this.stage, { take: (image) => this.send("dropped", image), refuse: (why) => this.say(why), most: () => this.data.most_megabytes }, signal);
    this.resizing = new ResizeObserver(() => this.resized());
    this.resizing.observe(this.stage);
  }

  /** A server that was started again knows nothing of this page until the page speaks. */
  watch(app, connection) {
    this.reconnecting = new MutationObserver(() => {
      const connected = app.getAttribute(connection) === "CONNECTED";
      if (connected && this.lost) this.send("command", { name: "reload" });
      this.lost = !connected;
    });
    if (app && connection) this.reconnecting.observe(app, { attributeFilter: [connection] });
  }

  remove() {
    this.leaving.abort();
    this.loading?.abort();
    this.resizing.disconnect();
    this.reconnecting.disconnect();
    clearTimeout(this.resting);
    this.card.hide();
    this.plotting?.then((plot) => plot.remove(), () => {});
  }

  // ---- what Python sends -------------------------------------------------------------------------------------

  /** @param {any} data */
  async update(data) {
    if (!isNews(this, [data, this.theme()])) return;
    this.data = data;
    remember(data.tab, (tab) => this.send("resume", { tab }));
    this.root.style.setProperty("--ec-height", data.height ? `${data.height}px` : "100vh");
    this.root.dataset.ready = "false";
    this.card.from(data);
    this.loading?.abort();
    this.loading = new AbortController();
    await this.load(data, this.loading.signal);
  }

  async load(data, signal) {
    const patience = setTimeout(() => this.say("Loading…"), this.drawnOnce ? 4 * PATIENCE : PATIENCE);
    try {
      const [, arrays] = await Promise.all([this.begin(), fetchArrays(data, signal)]);
      if (signal.aborted) return;
      await this.draw(data, arrays);
      if (!signal.aborted) this.done(data);
    } catch (error) {
      if (!signal.aborted) this.fail(error);
    } finally {
      clearTimeout(patience);
    }
  }

  /** Ask for the plot once; again only after a failure. */
  async begin() {
    this.plotting ??= takePlot().catch((error) => {
      this.plotting = undefined;
      throw error;
    });
    this.plot = await this.plotting;
    if (!this.plot.host.isConnected) this.stage.prepend(this.plot.host);
  }

  async draw(data, { points, codes, values, visible, selected, wrong, judged }) {
    const [greys, before] = [this.greys(), this.scene];
    this.size = this.measured();
    this.axes.from(data.axes);
    points = this.axes.placed(points, this.size);
    if (points.buffer !== before?.xy.buffer) this.bounds = robustBounds(points) ?? { x0: 0, x1: 1, y0: 0, y1: 1 };
    if (takeUp(this, data.zoom, views, this.size)) this.place = this.view = null;
    this.view = this.chooseView(data);
    this.lookOver();
    const about = JSON.stringify([data.points, this.axes.stretch, data.colour, data.visible, data.selected, greys]);
    if (about !== this.about) this.scene = sceneOf(points, { ...data.colour, codes, values }, visible, selected, greys);
    if (this.scene !== before) this.grid = null;
    this.about = about;
    this.selected = selected;
    this.counts = { shown: this.scene.shown, selected: countSet(selected, points.length / 2) };
    this.rendering.show(data.rendering, data.layers);
    this.layers.from(data, this.scene, wrong && { ...data.errors, wrong, judged }, this.theme()[0]);
    const rings = data.highlighted.filter((row) => this.scene.slots[row]);
    this.root.dataset.ringed = rings.length;
    const seen = this.seen();
    this.layers.draw(seen, data.rendering.layer);
    this.rendering.measure(seen);
    await this.plot.draw(this.scene, rings, greys.ring, seen);
  }

  done(data) {
    this.drawnOnce = true;
    const { shown, selected } = this.counts;
    const status = `${shown.toLocaleString("en")} shown${selected ? ` · ${selected.toLocaleString("en")} selected` : ""}`;
    this.toolbar.show(status, data.can_undo, selected > 0);
    this.legend.show(data.colour);
    this.explain(this.seen());
    this.pointer.erase();
    this.hover(null);
    this.names.from(data);
    Object.assign(this.root.dataset, { points: shown, selected, layout: data.layout, tab: data.tab, ready: "true" });
  }

  fail(error) {
    this.signature = null;
    this.about = null;
    this.pointer.erase();
    const again = () => {
      this.say("Loading…");
      this.send("command", { name: "reload" });
      this.update(this.data);
    };
    this.say(`The map could not be drawn: ${error.message}`, element("button", { type: "button", onclick: again }, "Retry"));
  }

  say(text, ...children) {
    this.notice.hidden = !text;
    this.notice.replaceChildren(text ?? "", ...children);
  }

  /** Why nothing is seen, and the way back. @param {import("./seen.js").Seen} seen */
  explain({ count }) {
    const { shown } = this.counts;
    if (!shown || count) return this.say(shown ? "" : this.data.empty_text);
    this.say("No point lies here.", element("button", { type: "button", onclick: () => this.showAll() }, "Show all points"));
  }

  // ---- where one looks ---------------------------------------------------------------------------------------

  chooseView({ layout, name, axes }) {
    const place = `${name}/${layout}`;
    const changed = place !== this.place;
    const kept = views.get(place) ?? (this.view && !axes && alike(this.bounds, this.lastBounds) ? this.view : null);
    this.place = place;
    this.lastBounds = this.bounds;
    this.fitted = changed ? !kept : this.fitted;
    if (this.fitted) return fit(this.bounds, this.size);
    return changed ? kept : this.view;
  }

  look(view) {
    if (!this.plot || !this.view) return;
    const all = fit(this.bounds, this.size).scale;
    if (view.scale > all * 20 || view.scale < all / 1e5) return;
    this.view = view;
    this.fitted = false;
    views.set(this.place, view);
    this.moved();
  }

  /** The view or its size has changed: follow at once, and draw sharply when the hand rests. */
  moved() {
    this.hover(null);
    this.lookOver();
    this.plot.look(this.view, this.size);
    this.layers.look(this.view, this.size);
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.rest(), REST);
  }

  rest() {
    const seen = this.seen();
    this.plot.rest(seen);
    this.layers.draw(seen, this.data.rendering.layer);
    this.rendering.measure(seen);
    if (this.root.dataset.ready === "true") this.explain(seen);
  }

  seen() {
    return seenFrom(this.scene, this.view, this.size, this.zoom(), this.data.rendering);
  }

  /** Draw in another manner. @param {import("./seen.js").Rendering} rendering */
  render(rendering) {
    this.data = { ...this.data, rendering };
    if (this.scene) this.rest();
  }

  /** What lies over the points follows the view. */
  lookOver() {
    this.axes.look(this.view, this.size);
    this.outlines.look(this.view, this.size);
    this.names.look(this.view, this.size, this.zoom());
  }

  /** How many times closer than when all points are in view. */
  zoom() {
    return fit(this.bounds, this.size).scale / this.view.scale;
  }

  showAll() {
    this.look(fit(this.bounds, this.size));
    this.fitted = true;
    views.delete(this.place);
  }

  resized() {
    const size = this.measured();
    if (!this.view || !size.width || (size.width === this.size.width && size.height === this.size.height)) return;
    if (this.axes.stretchIn(size) !== this.axes.stretch) {
      this.signature = null;
      this.update(this.data);
      return;
    }
    this.size = size;
    if (this.fitted) this.view = fit(this.bounds, size);
    this.moved();
  }

  measured() {
    return sizeOf(this.stage);
  }

  clientPixel(x, y) {
    return clientPixel(this.stage, ...toPixel(this.view, this.size, x * this.axes.stretch, y));
  }

  // ---- what the person does ----------------------------------------------------------------------------------

  gestures() {
    return {
      tool: () => this.toolbar.tool,
      mode: () => this.toolbar.mode,
      stroke: (stroke) => this.stroke(stroke),
      click: (px, py, mode) => this.click(px, py, mode),
      hover: (px, py) => this.hover([px, py]),
      leave: () => this.hover(null),
      pan: (dx, dy) => this.look(panned(this.view, dx, dy)),
      zoom: (factor, px, py) => this.look(zoomed(this.view, this.size, factor, px, py)),
      reset: () => this.showAll(),
    };
  }

  stroke({ mode, kind, pixels }) {
    const corners = pixels.map(([px, py]) => toData(this.view, this.size, px, py));
    const polygon = corners.map(([x, y]) => [x / this.axes.stretch, y]);
    this.send("stroke", { mode, kind, polygon, layout: this.data.layout });
    if (this.scene) tellSelected(this.data.collection, struck(this.scene, corners, this.selected, mode));
  }

  click(px, py, mode) {
    const region = this.names.at(px, py);
    if (region) this.choose(region, mode);
    else this.open(this.rowAt(px, py));
  }

  choose({ key }, mode) {
    this.send("region", { key, mode, layout: this.data.layout });
  }

  open(row) {
    if (row >= 0) this.send("open", { row, layout: this.data.layout });
  }

  rowAt(px, py) {
    if (!this.scene) return -1;
    const pictured = this.layers.pictures.rowAt(px, py);
    if (pictured >= 0) return pictured;
    this.grid ??= new Grid(this.scene, this.bounds);
    return this.grid.nearest(...toData(this.view, this.size, px, py), REACH * this.view.scale);
  }

  /** About what share of the points in view is drawn in a part of the stage. */
  crowd(box) {
    const count = ({ left, top, right, bottom }) => this.grid.count(...toData(this.view, this.size, left, bottom), ...toData(this.view, this.size, right, top));
    const { width, height } = this.size;
    return count(box) / count({ left: 0, top: 0, right: width, bottom: height });
  }

  hover(pixel) {
    const named = pixel ? this.names.hover(...pixel) : this.names.leave();
    const layered = this.layers.hexagons.hover(named ? null : pixel);
    const row = pixel && !named && !layered ? this.rowAt(...pixel) : -1;
    this.ring.setAttribute("visibility", row < 0 || this.layers.pictures.has(row) ? "hidden" : "visible");
    this.stage.classList.toggle("ec-over", named || row >= 0);
    if (row < 0) {
      this.card.hide();
      return;
    }
    const [x, y] = toPixel(this.view, this.size, this.scene.xy[2 * row], this.scene.xy[2 * row + 1]);
    this.ring.setAttribute("cx", x);
    this.ring.setAttribute("cy", y);
    this.card.show(row, ...pixel);
  }

  command(name) {
    if (!this.view) return;
    const { width, height } = this.measured();
    if (name === "reset") this.showAll();
    else if (name === "save") this.send("save", { zoom: boxes(views, this.size) });
    else if (name === "zoom-in") this.look(zoomed(this.view, this.size, STEP, width / 2, height / 2));
    else if (name === "zoom-out") this.look(zoomed(this.view, this.size, 1 / STEP, width / 2, height / 2));
    else this.send("command", { name });
  }

  key(event) {
    if (isTyping(event) || this.rendering.isOpen || !this.root.offsetParent) return;
    const key = event.key.toLowerCase();
    const control = event.ctrlKey || event.metaKey;
    if (this.keyboard.key(event)) {
      event.preventDefault();
      event.stopPropagation(); // an arrow or R may mean something else to the page
    } else if (control && key === "z" && !event.shiftKey && this.data.can_undo) this.command("undo");
    else if (control || event.altKey) return;
    else if (TOOLS[key]) this.toolbar.use(TOOLS[key]);
    else if (key === "escape") this.pointer.cancel() || (this.counts?.selected && this.command("clear"));
    else if (key === " " && this.stage.matches(":hover") && !event.target.closest("button, a, input, [role=option]")) this.pointer.holdSpace(true);
    else return;
    if (key === " " || control) event.preventDefault();
  }

  // ---- colours of the page -----------------------------------------------------------------------------------

  theme() {
    const style = getComputedStyle(this.root);
    return ["--st-background-color", "--st-text-color", "--st-primary-color"].map((name) => style.getPropertyValue(name).trim());
  }

  greys() {
    const [background, text] = this.theme();
    const dark = luminance(background) < 0.5;
    return { unselected: dark ? "#5b626e" : "#c3c8cf", missing: dark ? "#7d848f" : "#9aa1ab", ring: text || "#111" };
  }
}

export const mount = mounting(Scatter);

async function fetchArrays(data, signal) {
  const urls = { points: data.points, codes: data.colour.codes, values: data.colour.values, visible: data.visible, selected: data.selected, wrong: data.errors?.wrong, judged: data.errors?.judged };
  const named = Object.entries(urls).map(async ([name, url]) => [name, url ? new TYPES[name](await fetchBuffer(url, signal)) : null]);
  return Object.fromEntries(await Promise.all(named));
}

/** An address names its content, so what was fetched once is never fetched again. */
async function fetchBuffer(url, signal) {
  const known = buffers.get(url);
  const buffer = known ?? (await download(url, signal));
  buffers.delete(url);
  buffers.set(url, buffer);
  if (buffers.size > REMEMBERED) buffers.delete(buffers.keys().next().value);
  return buffer;
}

async function download(url, signal) {
  const response = await fetch(url, { signal }).catch((error) => {
    throw signal.aborted ? error : new Error("the server cannot be reached.");
  });
  if (!response.ok) throw new Error(await response.text());
  return response.arrayBuffer();
}
