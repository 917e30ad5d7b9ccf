/** The card beside the cursor: the image of the point and its facts. */

import { placeAside, rows } from "../shared/card.js";
import { element, thumbnail } from "../shared/dom.js";

const WAIT = 60; // milliseconds the cursor rests before anything is fetched
const REMEMBERED = 500;

export class HoverCard {
  /** @param {HTMLElement} stage @param {(box: {left: number, top: number, right: number, bottom: number}) => number} crowd share of the points in a part of it */
  constructor(stage, crowd) {
    Object.assign(this, { stage, crowd });
    this.row = -1;
    this.timer = 0;
    this.facts = new Map();
    this.image = thumbnail("ec-pixels", { width: 192, height: 192 });
    this.list = element("dl", {});
    this.node = element("div", { class: "ec-card", role: "tooltip", hidden: true }, this.image, this.list);
    stage.append(this.node);
  }

  /** @param {{images: string, facts: string, card: string}} urls addresses before `/{row}`, and what is asked of a card */
  from(urls) {
    if (urls.facts !== this.urls?.facts || urls.card !== this.urls.card) this.facts.clear();
    this.urls = urls;
  }

  /** @param {number} row @param {number} px @param {number} py */
  show(row, px, py) {
    this.at = [px, py];
    if (row === this.row) return; // a card that followed the cursor could not be read
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
    placeAside(this.node, this.stage, ...this.at, this.crowd);
  }

  async factsOf(row) {
    if (!this.facts.has(row)) {
      const response = await fetch(`${this.urls.facts}/${row}${this.urls.card}`).catch(() => null);
      if (!response?.ok) return [["", "The facts of this image could not be fetched."]];
      if (this.facts.size >= REMEMBERED) this.facts.delete(this.facts.keys().next().value);
      this.facts.set(row, await response.json());
    }
    return this.facts.get(row);
  }
}
