/** How bright and how rich in contrast an image is shown; the file stays as it is. */

import { element } from "../shared/dom.js";

const STEP = 10; // percent a key changes
const KEYS = { "[": ["brightness", -STEP], "]": ["brightness", STEP], "{": ["contrast", -STEP], "}": ["contrast", STEP] };
const SLIDERS = {
  brightness: { title: "Brightness ([ and ])", min: 20, max: 500, sign: "☀" },
  contrast: { title: "Contrast ({ and })", min: 20, max: 400, sign: "◐" },
};

/** What the person has chosen, in percent; kept from image to image. */
export function freshLight() {
  return { brightness: 100, contrast: 100 };
}

export class Light {
  /** @param {() => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
    this.sliders = Object.entries(SLIDERS).map(([name, { title, min, max }]) =>
      element("input", { type: "range", name, min, max, step: 5, title, "aria-label": title, oninput: ({ target }) => this.set(name, Number(target.value)) }),
    );
    this.reset = element("button", { type: "button", class: "ev-as-it-is", title: "As it is (\\)", onclick: () => this.clear() }, "As it is");
    const labelled = this.sliders.map((slider) => element("label", { class: "ev-light" }, element("span", { "aria-hidden": "true" }, SLIDERS[slider.name].sign), slider));
    this.node = element("div", { class: "ev-lights", role: "group", "aria-label": "Light" }, ...labelled, this.reset);
  }

  /** @param {ReturnType<typeof freshLight>} light changed in place */
  show(light) {
    this.light = light;
    for (const slider of this.sliders) slider.value = light[slider.name];
    this.reset.hidden = Object.values(light).every((percent) => percent === 100);
  }

  set(name, percent) {
    const { min, max } = SLIDERS[name];
    this.light[name] = Math.max(min, Math.min(max, percent));
    this.show(this.light);
    this.onChange();
  }

  clear() {
    Object.assign(this.light, freshLight());
    this.show(this.light);
    this.onChange();
  }

  /** @param {string} key @returns {boolean} whether it means anything here */
  key(key) {
    if (key === "\\") this.clear();
    else if (!KEYS[key]) return false;
    else this.set(KEYS[key][0], this.light[KEYS[key][0]] + KEYS[key][1]);
    return true;
  }

  /** As CSS. */
  filter() {
    const { brightness, contrast } = this.light;
    return brightness === 100 && contrast === 100 ? "" : `brightness(${brightness}%) contrast(${contrast}%)`;
  }
}
