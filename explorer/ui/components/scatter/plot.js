/** Draws the groups with Plotly's WebGL scatter; everything a person does with the mouse is handled elsewhere. */

import { element } from "../shared/dom.js";
import { coordinates } from "./points.js";
import { ranges } from "./view.js";

const SLOW = 40; // milliseconds; a slower frame is moved as a picture first and redrawn when the hand rests
const REST = 140;
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

/**
 * Diameter in pixels: 100 points are buttons, a million are dust, and they grow as one comes closer.
 * @param {number} n points shown @param {number} zoom 1 when all are in view
 */
export function pointSize(n, zoom) {
  return Math.min(12, Math.max(1.8, 23 * n ** -0.165) * Math.min(3, Math.max(1, zoom ** 0.4)));
}

export class Plot {
  /** @param {any} plotly @param {HTMLElement} host */
  constructor(plotly, host) {
    Object.assign(this, { plotly, host, type: "scattergl", shown: null, cost: 0, timer: 0, frame: 0 });
    Object.assign(this, { wanted: [], redrawn: () => this.makeContext() });
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
    this.timer = setTimeout(() => {
      this.plotly.purge(this.host);
      this.redrawn(...this.wanted);
    }, REST);
  }

  /**
   * @param {Float32Array} xy
   * @param {ReturnType<typeof import("./points.js").group>} groups
   * @param {number[]} highlighted rows to ring
   * @param {{unselected: string, missing: string, ring: string}} greys
   * @param {number} zoom 1 when all points are in view
   */
  async draw(xy, groups, highlighted, greys, view, size, zoom) {
    this.redrawn = (...look) => this.draw(xy, groups, highlighted, greys, ...look);
    this.diameterAt = (closer) => pointSize(groups.shown, closer);
    this.diameter = this.diameterAt(zoom);
    const opacity = groups.shown > 50000 ? 0.7 : 0.85;
    const dots = (rows, color, more = {}) => this.trace(coordinates(xy, rows), { color, size: this.diameter, opacity, ...more });
    const ring = { symbol: "circle-open", size: this.diameter + 7, opacity: 1, line: { width: 2, color: greys.ring } };
    const traces = [
      dots(groups.unselected, greys.unselected, { opacity: 0.55 }),
      dots(groups.missing, greys.missing),
      ...groups.coloured.map(({ rows, colour }) => dots(rows, colour)),
      dots(highlighted, greys.ring, ring),
    ];
    this.wanted = [view, size, zoom];
    this.settle(view);
    await this.plotly.react(this.host, traces, layout(view, size), CONFIG);
  }

  trace({ x, y }, marker) {
    return { type: this.type, mode: "markers", x, y, hoverinfo: "skip", marker: { line: { width: 0 }, ...marker } };
  }

  /** Show another view of what is drawn. */
  look(view, size, zoom) {
    this.wanted = [view, size, zoom];
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.rest(), REST);
    if (this.cost > SLOW) this.movePicture(view, size);
    else this.frame ||= requestAnimationFrame(() => this.follow());
  }

  /** Redraw the same points from where the hand is now. */
  async follow() {
    const [view, size] = this.wanted;
    this.frame = 0;
    const start = performance.now();
    this.shown = view;
    this.host.style.transform = "";
    const { x, y } = ranges(view, size);
    await this.plotly.relayout(this.host, { "xaxis.range": x, "yaxis.range": y, ...size });
    this.cost = performance.now() - start;
  }

  /** The hand has come to rest: sharp again, with points of the size that suits the distance. */
  rest() {
    const [, , zoom] = this.wanted;
    if (Math.abs(this.diameterAt(zoom) / this.diameter - 1) > 0.08) this.redrawn(...this.wanted);
    else if (this.shown !== this.wanted[0]) this.follow();
  }

  /** Nothing is pending: the picture is the view. */
  settle(view) {
    clearTimeout(this.timer);
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.shown = view;
    this.host.style.transform = "";
  }

  movePicture(view, size) {
    const zoom = this.shown.scale / view.scale;
    const dx = (this.shown.x - view.x) / view.scale + (size.width / 2) * (1 - zoom);
    const dy = (view.y - this.shown.y) / view.scale + (size.height / 2) * (1 - zoom);
    this.host.style.transform = `translate(${dx}px, ${dy}px) scale(${zoom})`;
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
