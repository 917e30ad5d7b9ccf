/** Reviewing one image at a time: the next one is there with the key, while the verdict is on its way to be written. */

import { counted } from "../shared/counts.js";
import { element, isInField } from "../shared/dom.js";
import { helpFor } from "../shared/help.js";
import { isNews, mounting } from "../shared/mount.js";
import { Ahead } from "./ahead.js";
import { Bindings } from "./bindings.js";
import { Clock } from "./clock.js";
import { Drafts } from "./drafts.js";
import { Form, whole } from "./form.js";
import { Outbox } from "./outbox.js";
import { Picture } from "./picture.js";

const FURTHER = 8; // images after this one that are asked for
const LOOK = [
  { name: "zoom-in", what: "Zoom in", key: "+" },
  { name: "zoom-out", what: "Zoom out", key: "-" },
  { name: "reset", what: "Show the whole image", key: "0" },
  { name: "darker", what: "Darker", key: "[", light: "[" },
  { name: "brighter", what: "Brighter", key: "]", light: "]" },
  { name: "flatter", what: "Less contrast", key: "{", light: "{" },
  { name: "richer", what: "More contrast", key: "}", light: "}" },
  { name: "as-it-is", what: "Light as it is", key: "\\", light: "\\" },
  { name: "overlay", what: "Overlay off and on", key: "o" },
];
const GO = [
  { name: "reason", what: "Write the failure reason", key: "f" },
  { name: "category", what: "Add a category, known or new", key: "n" },
  { name: "comment", what: "Write a comment", key: "c" },
  { name: "go-on", what: "Take it as it is, without a severity", key: "Enter" },
  { name: "back", what: "The image before", key: "ArrowLeft" },
  { name: "later", what: "The next image, this one later", key: "ArrowRight" },
];

class Review {
  constructor(parent) {
    this.ahead = new Ahead(() => this.arrived());
    this.outbox = new Outbox((refused, reply) => this.heard(refused, reply));
    this.bindings = new Bindings(() => this.rebound());
    this.clock = new Clock();
    this.drafts = new Drafts();
    this.form = new Form({ choose: (field, value) => this.choose(field, value), onChange: () => this.draft() });
    this.progress = element("progress", { max: 1, value: 0, "aria-label": "Progress" });
    this.counted = element("span", { class: "er-counted" });
    this.saved = element("span", { class: "er-saved", role: "status" });
    this.refusal = element("div", { class: "er-refusal", role: "alert", hidden: true });
    const keys = element("button", { type: "button", class: "er-plain", onclick: () => this.bindings.edit(this.root) }, "Keys…");
    const step = (name, sign, by) => element("button", { type: "button", class: "er-plain", title: name, "aria-label": name, onclick: () => this.step(by) }, sign);
    const steps = element("span", { class: "er-steps" }, step("The image before", "‹", -1), step("The next image", "›", 1));
    const head = element("div", { class: "er-head" }, steps, this.counted, this.progress, this.saved, keys);
    this.facts = element("dl", { class: "er-facts" });
    this.place = element("div", { class: "er-picture" });
    this.waiting = element("div", { class: "er-waiting", role: "status", hidden: true });
    const side = element("div", { class: "er-side" }, this.facts, this.form.node);
    this.root = element("div", { class: "er-review" }, head, this.refusal, element("div", { class: "er-body" }, this.place, side), this.waiting);
    parent.append(this.root);
    this.leaving = new AbortController();
    document.addEventListener("keydown", (event) => this.key(event), { signal: this.leaving.signal, capture: true }); // before the picture's own
    this.picture = new Picture(this.place);
    this.picture.send = () => {};
  }

  remove() {
    this.leaving.abort();
    this.picture.remove();
    this.outbox.remove();
    this.clock.remove();
  }

  // ---- what Python sends -------------------------------------------------------------------------------------

  /** @param {any} data */
  update(data) {
    if (!isNews(this, data)) return;
    const isOther = data.name !== this.data?.name || data.order !== this.data?.order;
    this.data = data;
    this.root.style.setProperty("--er-height", `${data.height_px}px`);
    this.bindings.fill(actionsOf(data));
    this.ahead.open(data.url, data.answered.length);
    if (isOther) {
      this.ahead.forget();
      this.answered = [...data.answered].map((mark) => mark === "1");
    }
    this.drafts.open(data.name);
    this.outbox.open(data.name, data.url);
    for (const { place, order } of this.outbox.waiting) if (order === data.order) this.answered[place] = true;
    this.rebound();
    this.tell();
    if (isOther) this.open(this.nextOpen(-1));
  }

  // ---- where one is ------------------------------------------------------------------------------------------

  /** The first image after a place without a verdict, else the first of all; none where all have one. */
  nextOpen(after) {
    const later = this.answered.indexOf(false, after + 1);
    return later >= 0 ? later : this.answered.indexOf(false);
  }

  /** Places in the order in which they will be looked at, from one on. */
  following(place) {
    const open = [...this.answered.keys()].filter((each) => each > place && !this.answered[each]);
    return [place, ...open.slice(0, FURTHER)];
  }

  /** Show the image of a place. */
  open(place) {
    this.at = place;
    if (place < 0) {
      this.finish();
      return;
    }
    this.ahead.want(this.following(place));
    const item = this.ahead.item(place);
    this.root.dataset.at = item ? place : "";
    this.wait(item ? "" : "Fetching the image…");
    this.item = item ?? null; // nothing is said of the image before while this one is on its way
    if (!item) return;
    this.picture.update({ ...this.data.picture, name: this.data.name, ...item, boxes: item.boxes ?? [], boxed: item.boxes !== null, commands: {}, focus: "" });
    this.helped();
    this.facts.replaceChildren(...item.facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", { title: value }, value)]));
    this.facts.hidden = !item.facts.length;
    this.form.show(this.drafts.of(item) ?? item.answer);
    this.clock.start();
    this.tell();
  }

  /** An item has come: perhaps the one that is waited for. */
  arrived() {
    if (this.at >= 0 && this.root.dataset.at !== String(this.at)) this.open(this.at);
    else if (this.at >= 0) this.ahead.want(this.following(this.at));
  }

  finish() {
    this.item = null;
    this.root.dataset.at = "";
    this.wait(this.outbox.waiting.length ? "The last verdicts are being written…" : "Every image has your verdict.");
    if (!this.outbox.waiting.length && this.data.answered.includes("0")) this.send("finished", { name: this.data.name });
  }

  wait(text) {
    this.waiting.textContent = text;
    this.waiting.hidden = !text;
    this.root.classList.toggle("er-nothing", Boolean(text));
  }

  // ---- what the person does ----------------------------------------------------------------------------------

  /** Keys of the page, but for those that a field takes. */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !this.root.offsetParent) return;
    if (isInField(event) || document.querySelector("dialog[open], [role=dialog]")) return;
    const onButton = event.key === "Enter" && event.composedPath()[0].matches?.("button, a");
    const name = this.bindings.actionOf(event.key);
    if (!name || onButton) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.act(name);
  }

  /** @param {string} name */
  act(name) {
    const { verdicts, severities } = this.data;
    const light = LOOK.find((one) => one.name === name)?.light;
    if (name in verdicts) this.choose("verdict", name);
    else if (name in severities) this.choose("severity", name);
    else if (light) this.picture.light.key(light);
    else if (name === "overlay") this.picture.toggle();
    else if (["zoom-in", "zoom-out", "reset"].includes(name)) this.picture.command(name);
    else if (["reason", "category", "comment"].includes(name)) this.form[name].focus();
    else if (name === "back") this.step(-1);
    else if (name === "later") this.step(1);
    else if (!this.item) return;
    else if (this.form.said.verdict) this.decide();
    else this.form.say("Say first whether the prediction is correct.");
  }

  /** A pressed verdict or severity: where both are known, or no severity is asked for, that is the decision. */
  choose(field, value) {
    if (!this.item) return;
    this.form.said[field] = value;
    this.form.paint();
    this.draft();
    const { verdict, severity } = this.form.said;
    const asks = verdict === this.data.severe && !severity;
    if (verdict && !asks) this.decide();
    else this.form.say(asks ? "How severe? Enter goes on without." : "And the verdict?");
  }

  /** Keep what was said, send it, and go on. */
  decide() {
    this.put();
    this.open(this.nextOpen(this.at));
  }

  /** Keep what was said, and send it. */
  put() {
    const { said } = this.form;
    const severity = said.verdict === this.data.severe ? said.severity : "";
    const { key, answer: before } = this.item;
    const answer = { ...said, severity, item: key, before, place: this.at, order: this.data.order, milliseconds: this.clock.milliseconds(), uid: uid(), at: Date.now() };
    this.item.answer = { ...said, severity };
    this.answered[this.at] = true;
    this.outbox.add(answer);
    this.drafts.forget(key);
  }

  /** What is said and not handed in stays with its image. */
  draft() {
    if (!this.item) return;
    if (this.form.differs(this.item.answer)) this.drafts.keep(this.item, this.form.said);
    else this.drafts.forget(this.item.key);
  }

  /** What was changed of a verdict is sent. */
  leave() {
    if (this.item && this.answered[this.at] && this.form.said.verdict && this.form.differs(this.item.answer)) this.put();
  }

  step(by) {
    const place = (this.at < 0 ? this.answered.length : this.at) + by;
    if (place < 0 || place >= this.answered.length) return;
    this.leave();
    this.open(place);
  }

  // ---- what is said ------------------------------------------------------------------------------------------

  /** The server answered, or could not be reached. */
  heard(refused, reply) {
    if (refused) this.refuse(refused, reply.refusal);
    else if (reply) this.refuse(null, "");
    this.tell();
    if (this.at < 0) this.finish();
  }

  /** What the server did not take is shown again, with the reason. */
  refuse(answer, reason) {
    this.refusal.hidden = !reason;
    this.refusal.textContent = reason;
    if (!answer || answer.order !== this.data.order) return;
    this.answered[answer.place] = false;
    const before = { key: answer.item, answer: answer.before ?? null };
    const item = this.ahead.item(answer.place);
    if (item) item.answer = before.answer;
    this.drafts.keep(before, { ...whole(answer), verdict: "" });
    this.open(answer.place);
  }

  tell() {
    const total = this.answered.length;
    const done = this.answered.filter(Boolean).length;
    this.counted.textContent = this.at >= 0 ? `Image ${this.at + 1} of ${total} · ${done} done` : `${done} of ${total} done`;
    this.progress.value = total ? done / total : 1;
    const { length } = this.outbox.waiting;
    const lost = this.outbox.failures > 0;
    this.root.dataset.state = lost ? "waiting" : length ? "saving" : "saved";
    const verdicts = counted(length, "verdict");
    this.saved.textContent = lost ? `${verdicts} not saved yet: the server does not answer. They are kept here.` : length ? "Saving…" : done ? "Saved" : "";
  }

  rebound() {
    if (!this.data) return;
    this.form.fill(this.data, (name) => this.bindings.keyOf(name));
    this.helped();
  }

  helped() {
    helpFor(this.picture.root, "Review", this.bindings.listed());
  }
}

/** All that a key can do. */
function actionsOf({ verdicts, severities, keys }) {
  const choices = Object.entries({ ...verdicts, ...severities });
  return [...choices.map(([name, what]) => ({ name, what, key: keys[name] })), ...GO, ...LOOK];
}

/** Also where a page came over plain http, and has no `randomUUID`. */
function uid() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const mount = mounting(Review);
