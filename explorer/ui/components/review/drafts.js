/**
 * What was said of an image and is not handed in yet. The browser keeps it from the first letter on, so that a page that
 * is loaded again shows it; with the answer it goes to the outbox, which keeps that until it is written.
 * @typedef {import("./form.js").Said} Said
 * @typedef {{key: string, answer: Said|null}} Item
 */

import { whole } from "./form.js";
import { stored } from "./outbox.js";

const STORE = "edgecase-review-draft";

export class Drafts {
  /** Whose they are. @param {string} name */
  open(name) {
    if (name !== this.name) this.kept = new Map(); // also where a browser keeps nothing for this page
    this.name = name;
  }

  /** What was said of an item, unless another answer to it was handed in meanwhile. @param {Item} item @returns {Said|null} */
  of({ key, answer }) {
    let text = this.kept.get(key);
    stored(() => (text ??= localStorage.getItem(this.keyOf(key))));
    const draft = text ? JSON.parse(text) : null;
    return draft?.before === said(answer) ? draft.said : null;
  }

  /** @param {Item} item @param {Said} draft */
  keep({ key, answer }, draft) {
    const text = JSON.stringify({ said: draft, before: said(answer) });
    this.kept.set(key, text);
    stored(() => localStorage.setItem(this.keyOf(key), text));
  }

  /** @param {string} key of an item */
  forget(key) {
    this.kept.delete(key);
    stored(() => localStorage.removeItem(this.keyOf(key)));
  }

  keyOf(key) {
    return `${STORE}:${this.name}:${key}`;
  }
}

/** An answer as text, the same whoever gave its fields in whatever order. */
function said(answer) {
  return JSON.stringify(whole(answer));
}
