/** Copies a text when it is pressed, and says so. */

import { element } from "../shared/dom.js";
import { isNews, mounting } from "../shared/mount.js";

const SAID = 2500; // milliseconds for which it says that it has copied
const FAILED = "The browser does not allow it";

class CopyButton {
  constructor(parent) {
    this.root = element("button", { type: "button", class: "ey-copy", "aria-live": "polite", onclick: () => this.copy() });
    parent.append(this.root);
  }

  remove() {
    clearTimeout(this.timer);
  }

  /** @param {{label: string, text: string, done: string}} data */
  update(data) {
    if (!isNews(this, data)) return;
    this.data = data;
    this.say(data.label);
    this.root.disabled = !data.text;
  }

  async copy() {
    this.say((await copied(this.data.text)) ? this.data.done : FAILED);
    this.timer = setTimeout(() => this.say(this.data.label), SAID);
  }

  say(words) {
    clearTimeout(this.timer);
    this.root.textContent = words;
  }
}

/** Whether the text is in the clipboard now. @param {string} text */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedAsOfOld(text); // a page that came over plain http from another machine has no clipboard
  }
}

function copiedAsOfOld(text) {
  const field = element("textarea", { style: "position: fixed; opacity: 0" });
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

export const mount = mounting(CopyButton);
