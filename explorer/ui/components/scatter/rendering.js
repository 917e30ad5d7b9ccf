/** How the map is drawn: a layer over the points, and their size and opacity. */

import { element, iconButton } from "../shared/dom.js";

const LAYERS = {
  error: ["Error rate: how much is wrong where at least 20 points lie", "M7 2.500 11 4.800v4.600L7 11.700 3 9.400V4.800zM13 8.200l4 2.300v4.600l-4 2.300-4-2.300v-4.600z"],
  density: ["Density: lines around where the points are", "M10 4c4.500 0 7.500 2.500 7.500 6S14.500 16 10 16s-7.500-2.500-7.500-6S5.500 4 10 4zM10.500 7.500c2 0 3.500 1 3.500 2.500s-1.500 2.500-3.500 2.500S7 11.500 7 10s1.500-2.500 3.500-2.500z"],
};
const SLIDERS = "M3 6h7M14 6h3M3 14h3M10 14h7M12 4.200a1.800 1.800 0 1 0 0 3.600 1.800 1.800 0 0 0 0-3.600zM8 12.200a1.800 1.800 0 1 0 0 3.600 1.800 1.800 0 0 0 0-3.600z";
const RANGES = { size: ["Size of the points", 1, 20, 0.5], opacity: ["Opacity", 0.05, 1, 0.05] };

export class RenderingControls {
  /**
   * @param {(rendering: import("./seen.js").Rendering) => void} onTry draws in another manner
   * @param {(rendering: import("./seen.js").Rendering) => void} onChoose keeps it
   */
  constructor(onTry, onChoose) {
    Object.assign(this, { onTry, onChoose, rendering: { layer: "off", size: null, opacity: null } });
    this.panel = element("div", { class: "ec-settings", popover: "auto", role: "group", "aria-label": "Size and opacity of the points" }, ...Object.keys(RANGES).map((name) => this.range(name)));
    this.layers = Object.entries(LAYERS).map(([name, [title, path]]) => iconButton(name, title, path, () => this.switch(name)));
    this.opener = iconButton("settings", "Size and opacity of the points", SLIDERS, () => this.toggle());
    this.node = element("div", { class: "ec-group", role: "group", "aria-label": "How the map is drawn" }, ...this.layers, this.opener, this.panel);
  }

  /** @param {import("./seen.js").Rendering} rendering @param {string[]} layers those there are */
  show(rendering, layers) {
    this.rendering = rendering;
    for (const button of this.layers) {
      button.hidden = !layers.includes(button.dataset.name);
      button.setAttribute("aria-pressed", String(button.dataset.name === rendering.layer));
    }
    for (const name of Object.keys(RANGES)) this.panel.querySelector(`[data-auto=${name}]`).checked = rendering[name] === null;
  }

  /** Show how the points are drawn, chosen or not. @param {import("./seen.js").Seen} seen */
  measure({ diameter, opacity }) {
    this.panel.querySelector("[data-name=size]").value = diameter;
    this.panel.querySelector("[data-name=opacity]").value = opacity;
  }

  switch(name) {
    this.choose({ layer: this.rendering.layer === name ? "off" : name });
  }

  choose(change) {
    this.try(change);
    this.onChoose(this.rendering);
  }

  try(change) {
    this.show({ ...this.rendering, ...change }, this.layers.filter((button) => !button.hidden).map((button) => button.dataset.name));
    this.onTry(this.rendering);
  }

  toggle() {
    const { left, bottom } = this.opener.getBoundingClientRect();
    this.panel.style.setProperty("--ec-left", `${left}px`);
    this.panel.style.setProperty("--ec-top", `${bottom + 6}px`);
    this.panel.togglePopover();
  }

  /** Whether the person is setting size or opacity. */
  get isOpen() {
    return this.panel.matches(":popover-open");
  }

  range(name) {
    const [title, min, max, step] = RANGES[name];
    const slider = element("input", {
      type: "range", min, max, step, "aria-label": title, "data-name": name,
      oninput: () => this.try({ [name]: Number(slider.value) }),
      onchange: () => this.choose({ [name]: Number(slider.value) }),
    });
    const auto = element("input", { type: "checkbox", "data-auto": name, onchange: () => this.choose({ [name]: auto.checked ? null : Number(slider.value) }) });
    return element("div", { class: "ec-setting" }, element("span", {}, title), slider, element("label", {}, auto, "Auto"));
  }
}
