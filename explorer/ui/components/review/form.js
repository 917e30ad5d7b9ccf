/** What is said of an image: verdict, severity, reason, categories and comment. */

import { element } from "../shared/dom.js";
import { called } from "./bindings.js";

/** @typedef {{verdict: string, severity: string, reason: string, categories: string[], comment: string}} Said */

/** All that can be said, empty where nothing is. @param {Said|null} [said] @returns {Said} */
export function whole(said) {
  const { verdict = "", severity = "", reason = "", categories = [], comment = "" } = said ?? {};
  return { verdict, severity, reason, categories: [...categories], comment };
}

export class Form {
  /**
   * @param {{choose: (field: string, value: string) => void, onChange: () => void}} options `choose` is told of a pressed verdict or severity, `onChange` of all else that is said
   */
  constructor({ choose, onChange }) {
    this.choose = choose;
    this.onChange = onChange;
    this.said = whole();
    this.verdicts = element("div", { class: "er-choices", role: "group", "aria-label": "Verdict" });
    this.severities = element("div", { class: "er-choices er-row", role: "group", "aria-label": "Severity" });
    this.hint = element("p", { class: "er-hint", role: "status" });
    this.reasons = element("datalist", { id: "er-reasons" });
    this.reason = this.field("input", { list: "er-reasons", "aria-label": "Failure reason", placeholder: "Why did it fail?", maxlength: 200 }, (text) => (this.said.reason = text));
    this.chips = element("div", { class: "er-chips", role: "group", "aria-label": "Categories" });
    this.names = element("datalist", { id: "er-names" });
    this.category = this.field("input", { list: "er-names", "aria-label": "Add a category", placeholder: "Add or make a category, Enter", maxlength: 200 }, () => {});
    this.comment = this.field("textarea", { "aria-label": "Comment", placeholder: "What a colleague should know", rows: 3, maxlength: 2000 }, (text) => (this.said.comment = text));
    this.labels = Object.fromEntries(["reason", "category", "comment"].map((name) => [name, element("kbd", {})]));
    this.node = element(
      "div",
      { class: "er-form" },
      title("Verdict"),
      this.verdicts,
      title("Severity"),
      this.severities,
      this.hint,
      title("Failure reason", this.labels.reason),
      this.reason,
      title("Categories", this.labels.category),
      this.chips,
      this.category,
      title("Comment", this.labels.comment),
      this.comment,
      this.reasons,
      this.names,
    );
  }

  /** What can be said. @param {any} data @param {(name: string) => string} keyOf */
  fill({ verdicts, severities, categories, reasons }, keyOf) {
    this.known = [...new Set([...categories, ...(this.known ?? [])])];
    this.reasons.replaceChildren(...reasons.map((value) => element("option", { value })));
    const choices = (field, values) => Object.entries(values).map(([value, what]) => this.choice(field, value, what, keyOf(value)));
    this.verdicts.replaceChildren(...choices("verdict", verdicts));
    this.severities.replaceChildren(...choices("severity", severities));
    for (const [name, node] of Object.entries(this.labels)) node.textContent = called(keyOf(name));
    this.paint();
  }

  choice(field, value, what, key) {
    const onclick = () => this.choose(field, value);
    return element("button", { type: "button", class: "er-choice", "data-field": field, "data-value": value, onclick }, element("span", {}, what), element("kbd", {}, called(key)));
  }

  /** A text field: Enter takes what was typed, Escape leaves it; either gives the keys back. */
  field(tag, attributes, onText) {
    const oninput = () => {
      onText(node.value.trim());
      this.onChange();
    };
    const node = element(tag, { class: "er-field", ...attributes, oninput });
    node.addEventListener("keydown", (event) => {
      const takes = event.key === "Enter" && !event.shiftKey;
      if (!takes && event.key !== "Escape") return;
      if (takes && node === this.category) this.add(node.value);
      if (node === this.category) node.value = "";
      node.blur();
      event.preventDefault();
      event.stopPropagation();
    });
    return node;
  }

  /** What was said of an image before, or nothing. @param {Said|null} said */
  show(said) {
    this.said = whole(said);
    this.known = [...new Set([...(this.known ?? []), ...this.said.categories])];
    this.reason.value = this.said.reason;
    this.comment.value = this.said.comment;
    this.category.value = "";
    this.say("");
    this.paint();
  }

  /** Whether something else is said than before. @param {Said|null} before */
  differs(before) {
    return JSON.stringify(this.said) !== JSON.stringify(whole(before));
  }

  /** @param {string} name of a category, new or known */
  add(name) {
    const text = name.trim().split(/\s+/).join(" ");
    if (!text) return;
    const same = this.known.find((one) => one.toLowerCase() === text.toLowerCase());
    if (!same) this.known.push(text);
    const { categories } = this.said;
    if (!categories.includes(same ?? text)) categories.push(same ?? text);
    this.paint();
    this.onChange();
  }

  toggle(name) {
    const { categories } = this.said;
    this.said.categories = categories.includes(name) ? categories.filter((one) => one !== name) : [...categories, name];
    this.paint();
    this.onChange();
  }

  say(text) {
    this.hint.textContent = text;
  }

  paint() {
    for (const button of this.node.querySelectorAll(".er-choice")) {
      button.setAttribute("aria-pressed", String(this.said[button.dataset.field] === button.dataset.value));
    }
    const chip = (name) =>
      element("button", { type: "button", class: "er-chip", "aria-pressed": String(this.said.categories.includes(name)), onclick: () => this.toggle(name) }, name);
    this.chips.replaceChildren(...this.known.map(chip));
    this.names.replaceChildren(...this.known.map((value) => element("option", { value })));
  }
}

function title(text, ...more) {
  return element("div", { class: "er-title" }, element("span", {}, text), ...more);
}
