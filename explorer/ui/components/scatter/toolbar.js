/** The row of tools above the map. */

import { element, icon, iconButton } from "../shared/dom.js";

const ICONS = {
  lasso: "M5.200 12.300C3.300 11.400 2.200 10 2.200 8.300 2.200 5.300 5.700 3 10 3s7.800 2.300 7.800 5.300-3.500 5.300-7.800 5.300c-.8 0-1.500-.1-2.200-.2M7.700 13.300a1.600 1.600 0 1 1-2.500-1.900 1.600 1.600 0 0 1 2.500 1.900c-.3 1.500-1.200 3-3 3.900",
  box: "M3 7V4.500C3 3.700 3.700 3 4.500 3H7M13 3h2.500c.8 0 1.500.7 1.500 1.500V7M17 13v2.500c0 .8-.7 1.500-1.500 1.500H13M7 17H4.500c-.8 0-1.500-.7-1.500-1.500V13M3 9v2M17 9v2M9 3h2M9 17h2",
  pan: "M10 2.500v15M2.500 10h15M7.800 4.700 10 2.500l2.200 2.200M7.800 15.300l2.200 2.200 2.200-2.200M4.700 7.800 2.500 10l2.200 2.200M15.300 7.800l2.200 2.200-2.200 2.200",
  "zoom-in": "M8.500 14a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11zM12.500 12.500 17 17M8.500 6v5M6 8.500h5",
  "zoom-out": "M8.500 14a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11zM12.500 12.500 17 17M6 8.500h5",
  reset: "M3 7.500V3h4.500M12.500 3H17v4.500M17 12.500V17h-4.500M7.500 17H3v-4.500M8 8h4v4H8z",
  undo: "M4 8h7.500a4.500 4.500 0 0 1 0 9H7M7.500 4.500 4 8l3.500 3.500",
  clear: "M5 5l10 10M15 5 5 15",
  save: "M5 3h10v14l-5-4-5 4z",
  replace: "M4 4h12v12H4z",
  add: "M10 4v12M4 10h12",
  subtract: "M4 10h12",
};

const TOOLS = { lasso: "Lasso: draw around points (L)", box: "Box: drag a rectangle (B)", pan: "Pan: move the map (P, or hold Space)" };
const MODES = {
  replace: ["New", "Each stroke starts a new selection"],
  add: ["Add", "Each stroke adds to the selection (or hold Shift)"],
  subtract: ["Subtract", "Each stroke takes away from the selection (or hold Alt)"],
};
const COMMANDS = {
  "zoom-in": "Zoom in (mouse wheel)",
  "zoom-out": "Zoom out (mouse wheel)",
  reset: "Show all points",
  undo: "Undo the last selection (Ctrl+Z)",
  clear: "Clear the selection (Esc)",
  save: "Save this view, and get a link to it",
};

export class Toolbar {
  /** @param {(name: string) => void} onCommand */
  constructor(onCommand) {
    this.tool = "lasso";
    this.mode = "replace";
    this.status = element("span", { class: "ec-status", role: "status" });
    const tool = (name) => this.button(name, TOOLS[name], () => this.use(name));
    const command = (name) => this.button(name, COMMANDS[name], () => onCommand(name));
    this.node = element(
      "div",
      { class: "ec-toolbar", role: "toolbar", "aria-label": "Map tools" },
      group("Tool", Object.keys(TOOLS).map(tool)),
      group("What a stroke does", Object.keys(MODES).map((name) => this.modeButton(name))),
      group("View", ["zoom-in", "zoom-out", "reset"].map(command)),
      group("Selection", ["undo", "clear"].map(command)),
      group("Saved views", [command("save")]),
      this.status,
    );
    this.mark();
  }

  /** @param {string} name lasso, box or pan */
  use(name) {
    this.tool = name;
    this.mark();
  }

  /** @param {string} text @param {boolean} canUndo @param {boolean} canClear */
  show(text, canUndo, canClear) {
    this.status.textContent = text;
    this.find("undo").disabled = !canUndo;
    this.find("clear").disabled = !canClear;
  }

  find(name) {
    return this.node.querySelector(`[data-name="${name}"]`);
  }

  mark() {
    for (const name of Object.keys(TOOLS)) this.find(name).setAttribute("aria-pressed", String(name === this.tool));
    for (const name of Object.keys(MODES)) this.find(name).setAttribute("aria-pressed", String(name === this.mode));
  }

  button(name, title, onclick) {
    return iconButton(name, title, ICONS[name], onclick);
  }

  modeButton(name) {
    const [label, title] = MODES[name];
    const onclick = () => {
      this.mode = name;
      this.mark();
    };
    return element("button", { type: "button", title, "aria-label": label, "data-name": name, onclick }, icon(ICONS[name]), element("span", {}, label));
  }
}

function group(label, buttons) {
  return element("div", { class: "ec-group", role: "group", "aria-label": label }, ...buttons);
}
