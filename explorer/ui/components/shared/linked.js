/** What was just selected on a map, told to what else shows the same rows before the server has answered. */

const selections = new EventTarget();

/** @param {string} collection whose rows they are @param {Uint8Array} selected one bit a row, the first in the lowest */
export function tellSelected(collection, selected) {
  selections.dispatchEvent(new CustomEvent("selected", { detail: { collection, selected } }));
}

/** @param {(told: {collection: string, selected: Uint8Array}) => void} heard @param {AbortSignal} signal ends it */
export function followSelected(heard, signal) {
  selections.addEventListener("selected", ({ detail }) => heard(detail), { signal });
}
