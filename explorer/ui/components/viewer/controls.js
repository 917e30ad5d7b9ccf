/** Which boxes are shown: kinds, models, classes, confidence and tags, with their counts. */

import { counted } from "../shared/counts.js";
import { element, iconButton, svg } from "../shared/dom.js";
import { Facet, tally } from "./facet.js";

const JUDGED = ["truth-missed", "tp", "fp"];
const KINDS = ["truth-found", "prediction", ...JUDGED];
const ICONS = {
  tags: "M3 9V4.500C3 3.700 3.700 3 4.500 3H9l8 8-6 6-8-8zM6.700 6.700h.01",
  "zoom-in": "M10 4v12M4 10h12",
  "zoom-out": "M4 10h12",
  reset: "M3 7.500V3h4.500M12.500 3H17v4.500M17 12.500V17h-4.500M7.500 17H3v-4.500M8 8h4v4H8z",
};
const TITLES = {
  tags: "Labels and confidence on the boxes; one that would cover another waits for a closer look",
  "zoom-in": "Zoom in (+, or the mouse wheel)",
  "zoom-out": "Zoom out (−, or the mouse wheel)",
  reset: "Show the whole image (0, or double-click)",
};

/** What the person has chosen; kept from image to image. */
export function freshSettings() {
  return { kinds: new Set(), models: new Set(), classes: new Set(), confidence: 0, given: null, tags: true };
}

export class Controls {
  /** @param {() => void} onChange @param {(name: string) => void} onCommand */
  constructor(onChange, onCommand) {
    this.onChange = onChange;
    const changed = () => this.apply();
    this.kinds = new Facet({ title: "Kinds", valueOf: ({ kind }) => kind, entry: (kind) => kindEntry(kind, this.words[kind]), onChange: changed });
    this.models = new Facet({ title: "Models", valueOf: ({ model }) => model || null, entry: namedEntry, onChange: changed });
    this.classes = new Facet({ title: "Classes", valueOf: ({ label }) => label, entry: namedEntry, onChange: changed });
    this.facets = [this.kinds, this.models, this.classes];
    this.slider = element("input", { type: "range", min: 0, max: 1, step: 0.01, "aria-label": "Least confidence", oninput: () => this.slide() });
    this.least = element("output", {});
    this.confidence = element("label", { class: "ev-confidence", title: "Detections with at least this confidence" }, "Confidence ≥", this.slider, this.least);
    this.tags = this.button("tags", () => this.toggleTags());
    this.status = element("span", { class: "ev-status", role: "status" });
    const view = ["zoom-out", "reset", "zoom-in"].map((name) => this.button(name, () => onCommand(name)));
    this.toolbar = element(
      "div",
      { class: "ev-toolbar", role: "toolbar", "aria-label": "Boxes and view" },
      this.kinds.node,
      this.confidence,
      element("div", { class: "ev-group" }, this.tags),
      element("div", { class: "ev-group", role: "group", "aria-label": "View" }, ...view),
      this.status,
    );
    this.side = element("div", { class: "ev-side" }, this.models.node, this.classes.node);
  }

  /** @param {any[]} boxes @param {Record<string, string>} colours @param {Record<string, string>} words @param {ReturnType<typeof freshSettings>} settings */
  fill(boxes, colours, words, settings) {
    Object.assign(this, { boxes, words, settings });
    for (const kind of KINDS) this.toolbar.style.setProperty(`--ev-${kind}`, colours[kind]);
    const there = new Set(boxes.map(({ kind }) => kind));
    const usual = there.has("prediction") ? [] : JUDGED; // where nobody said what is there, nothing is right or wrong
    this.kinds.fill(boxes, KINDS.filter((kind) => kind === "truth-found" || usual.includes(kind) || there.has(kind)), settings.kinds);
    this.models.fill(boxes, byName(boxes, this.models.valueOf), settings.models);
    this.classes.fill(boxes, byCount(boxes, this.classes.valueOf), settings.classes);
    this.models.node.hidden = this.models.values.length < 2;
    this.confidence.hidden = boxes.every(({ confidence }) => confidence === null);
    this.slider.value = settings.confidence;
    this.apply();
  }

  /** Whether a box is shown. */
  passes(box) {
    return this.isConfident(box) && this.facets.every((facet) => facet.passes(box));
  }

  isConfident({ confidence }) {
    return confidence === null || confidence >= this.settings.confidence;
  }

  apply() {
    for (const facet of this.facets) {
      const others = this.facets.filter((other) => other !== facet);
      facet.count(this.boxes.filter((box) => this.isConfident(box) && others.every((other) => other.passes(box))));
    }
    this.shown = this.boxes.filter((box) => this.passes(box)).length;
    this.status.textContent = this.boxes.length ? `${this.shown} / ${counted(this.boxes.length, "box", "boxes")}` : "No boxes";
    this.least.textContent = this.settings.confidence.toFixed(2);
    this.slider.style.setProperty("--ev-share", `${this.settings.confidence * 100}%`);
    this.tags.setAttribute("aria-pressed", String(this.settings.tags));
    this.onChange();
  }

  slide() {
    this.settings.confidence = Number(this.slider.value);
    this.apply();
  }

  toggleTags() {
    this.settings.tags = !this.settings.tags;
    this.apply();
  }

  button(name, onclick) {
    return iconButton(name, TITLES[name], ICONS[name], onclick);
  }
}

function byName(boxes, valueOf) {
  return [...tally(boxes, valueOf).keys()].filter((value) => value !== null).sort();
}

/** The largest first; equal ones by name, so that their order does not depend on the boxes'. */
function byCount(boxes, valueOf) {
  return [...tally(boxes, valueOf)].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([value]) => value);
}

/** The line of the kind as it is drawn, and its name: switch and legend in one. */
function kindEntry(kind, word) {
  const line = svg("svg", { class: "ev-sample", "data-kind": kind, viewBox: "0 0 20 14", "aria-hidden": "true" }, svg("rect", { x: 2, y: 2, width: 16, height: 10, rx: 1 }));
  return [line, element("span", { class: "ev-name" }, word)];
}

function namedEntry(value) {
  return [element("span", { class: "ev-mark", "aria-hidden": "true" }), element("span", { class: "ev-name" }, value || "(no label)")];
}
