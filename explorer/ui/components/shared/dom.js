/** Small helpers to build elements; text always enters as text, never as markup. */

const SVG = "http://www.w3.org/2000/svg";
const SMALL = 64; // pixels

/**
 * @param {string} tag
 * @param {Record<string, any>} [attributes] "on…" functions become listeners; false and null are left out
 * @param {...(Node|string)} children
 */
export function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** A 20 x 20 line icon from one path. @param {string} path */
export function icon(path) {
  return svg("svg", { viewBox: "0 0 20 20", class: "ec-icon", "aria-hidden": "true" }, svg("path", { d: path }));
}

/** A button with an icon, whose title says what it does. */
export function iconButton(name, title, path, onclick) {
  return element("button", { type: "button", title, "aria-label": title, "data-name": name, onclick }, icon(path));
}

/** An image that gets a class when it is so small that its pixels are to be seen. @param {string} crisp that class */
export function thumbnail(crisp, attributes) {
  const onload = ({ target }) => target.classList.toggle(crisp, target.naturalWidth < SMALL);
  return element("img", { alt: "", onload, ...attributes });
}

/** 0 (black) to 1 (white) of a "#rrggbb" colour; 1 of any other. @param {string} hex */
export function luminance(hex) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
  return Number.isNaN(b) ? 1 : 0.3 * r + 0.59 * g + 0.11 * b;
}

/** Whether a key press belongs to something the person types into, or to an open dialog. @param {KeyboardEvent} event */
export function isTyping(event) {
  return isInField(event) || document.querySelector("[role=dialog], dialog[open]") !== null;
}

/**
 * Whether a key press belongs to something the person types into.
 * Escape means nothing to a list that is closed, though the focus stays there after a choice.
 * @param {KeyboardEvent} event heard before the page's own widgets hear it
 */
export function isInField(event) {
  const target = /** @type {Element} */ (event.composedPath()[0]);
  const closed = event.key === "Escape" && target.matches?.("[role=combobox][aria-expanded=false]");
  const field = target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable], [role=combobox]");
  return Boolean(field && !closed);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, String(value));
  }
  node.append(...children);
  return node;
}
