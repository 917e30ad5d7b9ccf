/** The card beside the cursor: the image of the point and its facts. */

import { placeBeside, rows } from "../shared/card.js";
import { element, thumbnail } from "../shared/dom.js";

const WAIT = 60; // milliseconds the cursor rests before anything is fetched
const REMEMBERED = 500;

export class HoverCard {
  /** @param {HTMLElement} stage */
  constructor(stage) {
    this.stage = stage;
    this.row = -1;
    this.timer = 0;
    this.facts = new Map();
    this.image = thumbnail("ec-pixels", { width: 192, height: 192 });
    this.list = element("dl", {});
    this.node = element("div", { class: "ec-card", role: "tooltip", hidden: true }, this.image, this.list);
    stage.append(this.node);
  }

  /** @param {{images: string, facts: string}} urls addresses before `/{row}` */
  from(urls) {
    if (urls.facts !== this.urls?.facts) this.facts.clear();
    this.urls = urls;
  }

  /** @param {number} row @param {number} px @param {number} py */
  show(row, px, py) {
    this.at = [px, py];
    if (row === this.row) {
      this.place();
      return;
    }
    this.hide();
    this.row = row;
    this.timer = setTimeout(() => this.open(row), WAIT);
  }

  hide() {
    clearTimeout(this.timer);
    this.row = -1;
    this.node.hidden = true;
  }

  async open(row) {
    const facts = await this.factsOf(row);
    if (row !== this.row) return;
    this.image.src = `${this.urls.images}/${row}?size=192`;
    this.list.replaceChildren(...rows(facts));
    this.node.hidden = false;
    this.place();
  }

  async factsOf(row) {
    if (!this.facts.has(row)) {
      const response = await fetch(`${this.urls.facts}/${row}`).catch(() => null);
      if (!response?.ok) return [["", "The facts of this image could not be fetched."]];
      if (this.facts.size >= REMEMBERED) this.facts.delete(this.facts.keys().next().value);
      this.facts.set(row, await response.json());
    }
    return this.facts.get(row);
  }

  place() {
    placeBeside(this.node, this.stage, ...this.at);
  }
}
