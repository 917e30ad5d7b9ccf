/**
 * Mouse, pen and wheel on the plot: strokes are drawn here, on an SVG overlay, so that Plotly's own selection code,
 * which walks every point on every move, never runs.
 * @typedef {{mode: "replace"|"add"|"subtract", kind: "lasso"|"box", pixels: number[][]}} Stroke
 */

import { apart, CLICK, pixelOf, wheelFactor } from "../shared/stage.js";

const STEP = 3; // pixels between two vertices
const MOST_VERTICES = 400;

export class Pointer {
  /**
   * @param {HTMLElement} stage
   * @param {SVGPathElement} path
   * @param {{tool: () => string, mode: () => string, stroke: (stroke: Stroke) => void, click: (px: number, py: number, mode: string) => void,
   *   hover: (px: number, py: number) => void, leave: () => void, pan: (dx: number, dy: number) => void,
   *   zoom: (factor: number, px: number, py: number) => void, reset: () => void}} on
   */
  constructor(stage, path, on) {
    Object.assign(this, { stage, path, on, drag: null, space: false });
    stage.addEventListener("pointerdown", (event) => this.down(event), true);
    stage.addEventListener("pointermove", (event) => this.move(event), true);
    stage.addEventListener("pointerup", (event) => this.up(event), true);
    stage.addEventListener("pointercancel", () => this.cancel(), true);
    stage.addEventListener("pointerleave", () => on.leave());
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false, capture: true });
    stage.addEventListener("dblclick", () => on.tool() === "pan" && on.reset());
    stage.addEventListener("auxclick", (event) => event.preventDefault());
  }

  /** Forget the stroke being drawn. @returns {boolean} whether there was one */
  cancel() {
    const drawing = this.drag !== null;
    this.drag = null;
    this.erase();
    return drawing;
  }

  erase() {
    this.path.setAttribute("d", "");
    this.path.classList.remove("ec-sent");
  }

  /** While space is held, dragging pans whatever the tool. @param {boolean} held */
  holdSpace(held) {
    this.space = held;
    this.stage.classList.toggle("ec-grab", held);
  }

  down(event) {
    if (event.button > 1 || this.drag || event.target.closest("button")) return;
    event.preventDefault();
    this.stage.focus({ preventScroll: true });
    this.stage.setPointerCapture(event.pointerId);
    const pans = event.button === 1 || this.space || this.on.tool() === "pan";
    this.drag = { id: event.pointerId, kind: pans ? "pan" : this.on.tool(), mode: this.modeOf(event), pixels: [this.at(event)] };
    this.drag.moved = false;
    this.on.leave();
  }

  modeOf(event) {
    if (event.shiftKey) return "add";
    return event.altKey ? "subtract" : this.on.mode();
  }

  move(event) {
    if (!this.drag) return this.on.hover(...this.at(event));
    if (event.pointerId !== this.drag.id) return undefined;
    for (const part of event.getCoalescedEvents?.() ?? [event]) this.extend(this.at(part));
    this.extend(this.at(event));
    return undefined;
  }

  extend(pixel) {
    const { drag } = this;
    const [first, last] = [drag.pixels[0], drag.pixels[drag.pixels.length - 1]];
    drag.moved ||= apart(first, pixel) > CLICK;
    if (!drag.moved) return;
    if (drag.kind === "pan") {
      this.on.pan(pixel[0] - last[0], pixel[1] - last[1]);
      drag.pixels = [first, pixel];
    } else if (drag.kind === "box") {
      drag.pixels = [first, pixel];
      this.draw(corners(first, pixel));
    } else if (apart(last, pixel) >= STEP) {
      drag.pixels.push(pixel);
      this.draw(drag.pixels);
    }
  }

  up(event) {
    const { drag } = this;
    if (!drag || event.pointerId !== drag.id) return;
    this.drag = null;
    if (!drag.moved && event.button === 0) this.on.click(...this.at(event), drag.mode);
    const pixels = drag.kind === "box" ? corners(drag.pixels[0], drag.pixels.at(-1)) : simplified(drag.pixels);
    if (drag.kind === "pan" || !drag.moved || pixels.length < 3) {
      this.erase();
      return;
    }
    this.draw(pixels);
    this.path.classList.add("ec-sent"); // stays until the new selection is drawn
    this.on.stroke({ mode: drag.mode, kind: drag.kind, pixels });
  }

  draw(pixels) {
    this.path.classList.remove("ec-sent");
    this.path.setAttribute("d", `M${pixels.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join("L")}Z`);
  }

  wheel(event) {
    event.preventDefault();
    this.on.zoom(wheelFactor(event), ...this.at(event));
  }

  at(event) {
    return pixelOf(this.stage, event);
  }
}

function corners([x0, y0], [x1, y1]) {
  return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
}

/** Drop vertices closer than a step that grows until few enough are left. */
function simplified(pixels) {
  let kept = pixels;
  for (let step = STEP; kept.length > MOST_VERTICES; step *= 1.5) {
    kept = kept.filter(spaced(step));
  }
  return kept;
}

function spaced(step) {
  let last = [-Infinity, -Infinity];
  return (pixel) => {
    if (apart(last, pixel) < step) return false;
    last = pixel;
    return true;
  };
}
