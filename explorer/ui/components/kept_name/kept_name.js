/** Keeps the name of a person in this browser, where the server finds it when a page is opened. */

import { element } from "../shared/dom.js";
import { mounting } from "../shared/mount.js";

const YEAR = 365 * 24 * 3600; // seconds

class KeptName {
  constructor(parent) {
    this.root = element("span", { class: "ek-name", hidden: true });
    parent.append(this.root);
  }

  /** @param {{cookie: string, name: string}} data */
  update({ cookie, name }) {
    document.cookie = `${cookie}=${encodeURIComponent(name)}; path=/; max-age=${YEAR}; SameSite=Lax`;
  }
}

export const mount = mounting(KeptName);
