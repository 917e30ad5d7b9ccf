/** Values that can be switched off, each or all but one. */

/** What a switch says when the mouse rests on it. */
export function switchTitle(name, shown, hidden) {
  return `${name}: ${shown} shown. Click (Enter) to ${hidden ? "show" : "hide"}, double-click (Shift+Enter) to show only this.`;
}

/**
 * The values to hide so that only the chosen are shown; none when these already are alone.
 * @template T @param {T[]} values @param {(value: T) => boolean} isHidden @param {...T} chosen @returns {T[]}
 */
export function isolated(values, isHidden, ...chosen) {
  const others = values.filter((other) => !chosen.includes(other));
  return !chosen.some(isHidden) && others.every(isHidden) ? [] : others;
}
