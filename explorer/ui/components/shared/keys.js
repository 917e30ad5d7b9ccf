/**
 * Says on the page whether the focus is moved by keys, as `data-edgecase-keys`: only then a frame shows where it is.
 * A browser draws one after any key, so also where Escape has closed what a mouse opened.
 */

const MOVING = new Set(["Tab", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"]);
const { dataset } = document.documentElement;

document.addEventListener("keydown", ({ key }) => MOVING.has(key) && (dataset.edgecaseKeys = "true"), { capture: true });
document.addEventListener("pointerdown", () => delete dataset.edgecaseKeys, { capture: true });
