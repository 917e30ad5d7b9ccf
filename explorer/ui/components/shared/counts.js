/** Numbers with their noun, as explorer.data.counts has them. */

/** @param {number} n @param {string} one its singular @param {string} [many] its plural, where it is no "s" more */
export function counted(n, one, many = `${one}s`) {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}
