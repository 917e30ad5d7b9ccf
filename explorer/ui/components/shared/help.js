/** `?` lists the keys of what is on the page: each component says its own, whose root is where it stands. */

import { element, isInField } from "./dom.js";

/** @typedef {[string, string]} Key the key as it is called, and what it does */

/** @type {Map<Element, {title: string, keys: Key[]}>} */
const sections = new Map();

/** Say what keys a component hears. @param {Element} root @param {string} title @param {Key[]} keys */
export function helpFor(root, title, keys) {
  sections.set(root, { title, keys });
}

/** Show the list. Escape, `?` and a click beside it close it. */
function showHelp() {
  const parts = visible();
  if (!parts.length) return;
  const list = element("dialog", { class: "ec-help", "aria-label": "Keys", onclose: () => list.remove(), onclick: ({ target }) => target === list && list.close() });
  list.addEventListener("keydown", (event) => event.key === "Escape" && event.stopPropagation()); // a dialog below stays open
  const close = element("button", { type: "button", autofocus: true, onclick: () => list.close() }, "Close");
  list.append(element("div", {}, ...parts.map(([, section]) => part(section)), close));
  parts[0][0].append(list); // within an open dialog of the page, which would take the focus back
  list.showModal();
}

/** What can be seen, each kind once, and of a page with an open dialog what is in it. */
function visible() {
  for (const root of sections.keys()) if (!root.isConnected) sections.delete(root);
  const within = document.querySelector("[role=dialog]") ?? document.body;
  const seen = [...sections].filter(([root]) => within.contains(root) && root.getClientRects().length);
  return seen.filter(([, { title }], at) => seen.findIndex(([, other]) => other.title === title) === at);
}

function part({ title, keys }) {
  const rows = keys.flatMap(([key, meaning]) => [element("dt", {}, key), element("dd", {}, meaning)]);
  return element("section", {}, element("h4", {}, title), element("dl", {}, ...rows));
}

document.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "?" || event.ctrlKey || event.metaKey || isInField(event)) return;
    const open = document.querySelector("dialog.ec-help[open]");
    if (open) open.close();
    else showHelp();
    event.preventDefault();
  },
  { capture: true },
);
