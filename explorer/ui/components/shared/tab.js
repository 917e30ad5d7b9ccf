/** A tab of the browser keeps its name when its page is loaded anew; Python then goes on where the person was. */

const TAB = "edgecase-tab";

/** @param {string} tab what Python calls this tab @param {(before: string) => void} resume told what it was called before */
export function remember(tab, resume) {
  try {
    const before = sessionStorage.getItem(TAB);
    if (before && tab && before !== tab) resume(before);
    else if (tab) sessionStorage.setItem(TAB, tab);
  } catch {
    // a browser that keeps nothing for this page
  }
}
