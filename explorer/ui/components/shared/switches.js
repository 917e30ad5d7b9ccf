/** Values that can be switched off, each or all but one. */

/** What a switch says when the mouse rests on it. */
export function switchTitle(name, shown, hidden) {
  return `${name}: ${shown} shown. Click to ${hidden ? "show" : "hide"}, double-click to show only this.`;
}

/**
 * The values to hide so that only one is shown; none when it already is alone.
 * @template T @param {T[]} values @param {(value: T) => boolean} isHidden @param {T} value @returns {T[]}
 */
export function isolated(values, isHidden, value) {
  const others = values.filter((other) => other !== value);
  return !isHidden(value) && others.every(isHidden) ? [] : others;
}
