/** Draws the points as dots with Plotly's WebGL scatter; everything a person does with the mouse is handled elsewhere. */

import { element } from "../shared/dom.js";
import { coordinates, lots } from "./points.js";
import { MOST_DOTS } from "./seen.js";
import { boxOf, contains, moved, ranges } from "./view.js";

const SLOW = 40; // milliseconds; a slower frame is moved as a picture first and redrawn when the hand rests
const PATIENCE = 140; // milliseconds before a lost context is asked for again
const AROUND = 0.15; // of the view on each side, drawn too where not all points are
const CONFIG = { staticPlot: true, displayModeBar: false, plotGlPixelRatio: Math.max(1, devicePixelRatio) };

/** Load plotly.js once per page. */
function loadPlotly() {
  window.__edgecasePlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("../vendor/plotly-gl2d.min.js", import.meta.url).href;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      window.__edgecasePlotly = undefined;
      reject(new Error("The drawing library could not be loaded."));
    };
    document.head.append(script);
  });
  return window.__edgecasePlotly;
}

/** A plot that no map has taken yet. @type {Promise<Plot> | null} */
let spare = null;

/** Load plotly.js and make a plot before there is anything to draw: together the slowest part of a first map. */
export function prepare() {
  spare = newPlot();
  return spare.catch(() => {}); // the map that takes it says what went wrong
}

/** @returns {Promise<Plot>} */
export function takePlot() {
  const plot = spare ?? newPlot();
  spare = null;
  return plot;
}

async function newPlot() {
  const plot = new Plot(await loadPlotly(), element("div", { class: "ec-plot" }));
  await plot.makeContext();
  return plot;
}

export class Plot {
  /** @param {any} plotly @param {HTMLElement} host */
  constructor(plotly, host) {
    Object.assign(this, { plotly, host, type: "scattergl", scene: null, highlighted: [], ring: "", drawn: null, shown: null, cost: 0, timer: 0, frame: 0 });
    // Sleep and driver resets take the context away; Plotly does not ask for a new one.
    host.addEventListener("webglcontextlost", () => this.begin(), true);
  }

  /** Without WebGL the map is drawn as SVG: slow for many points, but there. */
  async makeContext() {
    const nothing = { x: [0], y: [0] };
    await this.plotly.react(this.host, [this.trace(nothing, {})], layout({ x: 1, y: 1, scale: 1e-9 }, { width: 100, height: 100 }), CONFIG);
    if (!this.host.querySelector("canvas.gl-canvas-context").getContext("webgl")) this.type = "scatter";
  }

  /** Draw from nothing what was drawn before. */
  begin() {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      this.plotly.purge(this.host);
      await this.makeContext();
      if (this.drawn) await this.redraw(this.drawn);
    }, PATIENCE);
  }

  /**
   * @param {import("./points.js").Scene} scene
   * @param {number[]} highlighted rows to ring
   * @param {string} ring their colour
   * @param {import("./seen.js").Seen} seen
   */
  async draw(scene, highlighted, ring, seen) {
    const same = scene === this.scene && ring === this.ring && String(highlighted) === String(this.highlighted);
    Object.assign(this, { scene, highlighted, ring });
    await (same ? this.rest(seen) : this.redraw(seen));
  }

  /** The hand has come to rest: sharp again, with the dots that suit the distance. @param {import("./seen.js").Seen} seen */
  async rest(seen) {
    if (!this.suits(seen)) return this.redraw(seen);
    const { view, size } = seen;
    this.drawn = { ...this.drawn, view, size };
    return this.shown === view ? undefined : this.follow(view, size);
  }

  /** Whether what was drawn last still does. */
  suits({ dense, diameter, opacity, box }) {
    const { drawn, area } = this;
    const alike = dense === drawn.dense && diameter === drawn.diameter && opacity === drawn.opacity;
    return alike && (area === null || (contains(area, box.x0, box.y0) && contains(area, box.x1, box.y1)));
  }

  async redraw(seen) {
    const { view, size, dense, diameter, opacity } = seen;
    this.drawn = seen;
    this.area = this.scene.shown > MOST_DOTS && !dense ? boxOf(view, size, AROUND) : null;
    const { xy, slots, colours } = this.scene;
    const dots = (rows, color, more = {}) => this.trace(coordinates(xy, rows), { color, size: diameter, opacity, ...more });
    const ring = { symbol: "circle-open", size: diameter + 7, opacity: 1, line: { width: 2, color: this.ring } };
    const traces = [
      ...(dense ? [] : lots(this.scene, this.area)).map(({ rows, colour, unselected }) => dots(rows, colour, unselected ? { opacity: 0.65 * opacity } : {})),
      dots(this.highlighted, this.highlighted.map((row) => colours[slots[row]])),
      dots(this.highlighted, this.ring, ring),
    ];
    this.settle(view);
    await this.plotly.react(this.host, traces, layout(view, size), CONFIG);
  }

  trace({ x, y }, marker) {
    return { type: this.type, mode: "markers", x, y, hoverinfo: "skip", marker: { line: { width: 0 }, ...marker } };
  }

  /** Show another view of what is drawn. */
  look(view, size) {
    if (this.cost > SLOW) this.host.style.transform = moved(this.shown, view, size);
    else {
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => this.follow(view, size));
    }
  }

  /** Redraw the same points from where the hand is now. */
  async follow(view, size) {
    const start = performance.now();
    this.settle(view);
    const { x, y } = ranges(view, size);
    await this.plotly.relayout(this.host, { "xaxis.range": x, "yaxis.range": y, ...size });
    this.cost = performance.now() - start;
  }

  /** Nothing is pending: the picture is the view. */
  settle(view) {
    cancelAnimationFrame(this.frame);
    this.shown = view;
    this.host.style.transform = "";
  }

  /** Free the WebGL contexts: browsers allow only a few per page. */
  remove() {
    clearTimeout(this.timer);
    cancelAnimationFrame(this.frame);
    this.plotly.purge(this.host);
  }
}

function layout(view, size) {
  const { x, y } = ranges(view, size);
  const axis = (range) => ({ range, visible: false, fixedrange: true, autorange: false });
  return {
    ...size,
    xaxis: axis(x),
    yaxis: axis(y),
    margin: { l: 0, r: 0, t: 0, b: 0 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    showlegend: false,
    hovermode: false,
    dragmode: false,
  };
}
