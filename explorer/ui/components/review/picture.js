/** The image view with one more image over it, such as where a model looked. */

import { element } from "../shared/dom.js";
import { Viewer } from "../viewer/viewer.js";

const FIRST = 50; // percent

export class Picture extends Viewer {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    super(parent);
    this.overlay = element("img", { class: "ev-image er-overlay", alt: "", draggable: "false", hidden: true });
    this.image.after(this.overlay);
    this.slider = element("input", { type: "range", min: 0, max: 100, step: 5, value: FIRST, "aria-label": "Overlay", oninput: () => this.shade() });
    this.overlaying = element("label", { class: "ev-light", hidden: true }, "Overlay", this.slider);
    this.light.node.append(this.overlaying);
    this.shown = FIRST;
  }

  /** @param {any} data */
  open(data) {
    super.open(data);
    this.overlay.hidden = this.overlaying.hidden = !data.overlay;
    if (data.overlay) {
      Object.assign(this.overlay.style, { width: `${data.width}px`, height: `${data.height}px` });
      this.overlay.src = data.overlay;
      this.shade();
    }
  }

  draw() {
    super.draw();
    this.overlay.style.transform = this.image.style.transform;
  }

  shade() {
    this.overlay.style.opacity = String(Number(this.slider.value) / 100);
    if (Number(this.slider.value)) this.shown = Number(this.slider.value);
  }

  /** Show the image without it, and with it again. */
  toggle() {
    this.slider.value = Number(this.slider.value) ? 0 : this.shown;
    this.shade();
  }
}
