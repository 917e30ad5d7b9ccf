/** The map by keys: where one looks, and a walk from region to region. */

import { counted } from "../shared/counts.js";
import { element } from "../shared/dom.js";
import { panned } from "./view.js";

const STRIDE = 0.15; // of the stage's smaller side
const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const COMMANDS = { "+": "zoom-in", "=": "zoom-in", "-": "zoom-out", _: "zoom-out", 0: "reset" };

/** What `?` lists. @type {[string, string][]} */
export const KEYS = [
  ["L, B, P", "lasso, box, pan"],
  ["Arrows", "move, while the map has the focus"],
  ["+, −, 0", "zoom in, zoom out, show all points"],
  ["R", "walk through the named regions: arrows go on, Enter selects, Esc leaves"],
  ["Shift, Alt", "add to the selection, take away from it; with a stroke or Enter"],
  ["Space", "pan while held"],
  ["Ctrl+Z", "undo the last selection"],
  ["Esc", "clear the selection"],
  ["Enter, Shift+Enter", "on the legend: switch an entry, show only it"],
];

export class Keyboard {
  /** @param {any} map the component */
  constructor(map) {
    this.map = map;
    this.walk = null; // the regions in view while one walks, and which one is pointed at
    this.said = element("div", { class: "ec-said", role: "status", "aria-live": "polite" });
    map.stage.append(this.said);
    map.stage.addEventListener("blur", () => this.leave());
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether the key was for the map */
  key(event) {
    if (event.ctrlKey || event.metaKey) return false;
    const focused = document.activeElement === this.map.stage;
    if (event.key.toLowerCase() === "r" && !event.altKey) return this.isMeant() && this.begin();
    if (!focused) return false;
    if (this.walk) return this.step(event);
    if (event.altKey) return false;
    return this.look(event.key);
  }

  /** Whether this is the map one works on, where there are several: it has the focus, or the mouse, or is the first. */
  isMeant() {
    const stages = [...document.querySelectorAll(".ec-stage")].filter((stage) => stage.offsetParent);
    const focused = stages.find((stage) => stage === document.activeElement) ?? stages.find((stage) => stage.matches(":hover"));
    return (focused ?? stages[0]) === this.map.stage;
  }

  look(key) {
    const { map } = this;
    const arrow = ARROWS[key];
    if (arrow) {
      const stride = STRIDE * Math.min(map.size.width, map.size.height);
      map.look(panned(map.view, arrow[0] * stride, arrow[1] * stride));
    } else if (COMMANDS[key]) map.command(COMMANDS[key]);
    return Boolean(arrow || COMMANDS[key]);
  }

  /** Point at the largest region in view. */
  begin() {
    const regions = this.map.names.inView();
    this.map.stage.focus({ preventScroll: true });
    if (regions.length) this.walk = { regions, at: 0 };
    if (regions.length) this.tell();
    else this.said.textContent = "No region in view has a name.";
    return true;
  }

  step(event) {
    const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Tab: event.shiftKey ? -1 : 1 }[event.key];
    if (way) this.go(way);
    else if (event.key === "Enter") this.select(event);
    else if (event.key === "Escape") this.leave();
    else return false;
    return true;
  }

  go(way) {
    const { regions, at } = this.walk;
    this.walk.at = (at + way + regions.length) % regions.length;
    this.tell();
  }

  tell() {
    const { regions, at } = this.walk;
    const { name, why, count } = regions[at];
    this.map.names.point(regions[at]);
    const place = `${at + 1} of ${regions.length}`;
    this.said.textContent = `${name}, ${counted(count, "point")}, ${place}. ${why} Enter selects, Escape leaves.`;
  }

  select(event) {
    const region = this.walk.regions[this.walk.at];
    this.leave();
    this.said.textContent = `${region.name} selected.`;
    this.map.choose(region, this.map.pointer.modeOf(event));
  }

  leave() {
    if (!this.walk) return;
    this.walk = null;
    this.said.textContent = "";
    this.map.names.point(null);
  }
}
