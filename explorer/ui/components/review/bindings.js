/** Which key does what: each can be given another one, which this browser remembers. */

import { element } from "../shared/dom.js";

const STORE = "edgecase-review-keys";
const CALLED = { " ": "Space", ArrowLeft: "Left", ArrowRight: "Right", ArrowUp: "Up", ArrowDown: "Down" };
const RESERVED = new Set(["?", "Escape", "Tab"]);
const MODIFIERS = new Set(["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock", "Dead"]);

/** @typedef {{name: string, what: string, key: string}} Action what it is called here and on screen, and its key unless another is given */

export class Bindings {
  /** @param {() => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
    this.own = read();
    /** @type {Action[]} */
    this.actions = [];
  }

  /** @param {Action[]} actions */
  fill(actions) {
    this.actions = actions;
  }

  /** @param {string} name */
  keyOf(name) {
    return this.own[name] ?? this.actions.find((action) => action.name === name)?.key ?? "";
  }

  /** What a key does. @param {string} key @returns {string|undefined} */
  actionOf(key) {
    const pressed = normal(key);
    return this.actions.find(({ name }) => this.keyOf(name) === pressed)?.name;
  }

  /** Keys with what they do, for the list of keys. @returns {[string, string][]} */
  listed() {
    return this.actions.map(({ name, what }) => [called(this.keyOf(name)), what]);
  }

  /** Give an action a key; what had it takes the key that is free by that. @param {string} name @param {string} key */
  give(name, key) {
    const before = this.keyOf(name);
    const other = this.actionOf(key);
    if (other && other !== name) this.own[other] = before;
    this.own[name] = key;
    this.keep();
  }

  reset() {
    this.own = {};
    this.keep();
  }

  keep() {
    try {
      localStorage.setItem(STORE, JSON.stringify(this.own));
    } catch {
      // for as long as the page is open
    }
    this.onChange();
  }

  /** Show the list, in which each key can be changed. @param {Element} root where it stands */
  edit(root) {
    const list = element("dl", {});
    const fill = () => list.replaceChildren(...this.actions.flatMap((action) => this.row(action, fill)));
    fill();
    const dialog = element("dialog", { class: "ec-help er-keys", "aria-label": "Change the keys", onclose: () => dialog.remove() });
    const reset = element("button", { type: "button", onclick: () => { this.reset(); fill(); } }, "As they were");
    const close = element("button", { type: "button", onclick: () => dialog.close() }, "Close");
    dialog.append(element("h4", {}, "Click a key, then press the one that you want"), list, element("div", { class: "er-ends" }, reset, close));
    dialog.addEventListener("keydown", (event) => event.stopPropagation());
    root.append(dialog);
    dialog.showModal();
  }

  row({ name, what }, done) {
    const button = element("button", { type: "button", class: "er-key", "data-action": name, "aria-label": `Key for: ${what}` }, called(this.keyOf(name)));
    button.addEventListener("click", () => {
      button.textContent = "press a key";
      button.addEventListener("keydown", (event) => this.take(event, name, done), { once: true });
    });
    return [element("dt", {}, button), element("dd", {}, what)];
  }

  take(event, name, done) {
    event.preventDefault();
    event.stopPropagation();
    if (!RESERVED.has(event.key) && !MODIFIERS.has(event.key)) this.give(name, normal(event.key));
    done();
  }
}

/** How a key is called on screen. @param {string} key */
export function called(key) {
  return CALLED[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}

function normal(key) {
  return key.length === 1 ? key.toLowerCase() : key;
}

/** @returns {Record<string, string>} */
function read() {
  try {
    return JSON.parse(localStorage.getItem(STORE)) ?? {};
  } catch {
    return {};
  }
}
