/**
 * What was decided here and the server has not written down yet. The browser keeps each answer until the server says
 * that it is written: closing the page, a lost connection or a server that was started again loses none.
 * @typedef {{uid: string, item: string, [fact: string]: any}} Answer
 */

const STORE = "edgecase-review";
const PAUSES = [500, 1000, 2000, 5000]; // milliseconds before the next try, the last one for all further ones

export class Outbox {
  /** @param {(refused: Answer|null, reply: any) => void} onChange told after each answer of the server, and each failure */
  constructor(onChange) {
    this.onChange = onChange;
    /** @type {Answer[]} */
    this.waiting = [];
    this.failures = 0;
    this.busy = false;
    this.leaving = new AbortController();
    addEventListener("beforeunload", (event) => this.waiting.length && event.preventDefault(), { signal: this.leaving.signal });
    addEventListener("online", () => this.again(), { signal: this.leaving.signal });
  }

  remove() {
    clearTimeout(this.timer);
    this.leaving.abort();
  }

  /** Where answers go, and whose they are; what this browser kept of before is sent first. @param {string} name @param {string} url */
  open(name, url) {
    if (name !== this.name) this.waiting = kept(`${STORE}:${name}:`);
    Object.assign(this, { name, url });
    this.again();
  }

  /** @param {Answer} answer */
  add(answer) {
    this.waiting.push(answer);
    stored(() => localStorage.setItem(this.keyOf(answer), JSON.stringify(answer)));
    this.send();
  }

  /** Try at once. */
  again() {
    clearTimeout(this.timer);
    this.failures = 0;
    this.send();
  }

  /** One after the other, in the order in which they were given. */
  async send() {
    if (this.busy || !this.waiting.length) return;
    this.busy = true;
    const [answer] = this.waiting;
    const reply = await post(this.url, { ask: "answer", ...answer });
    this.busy = false;
    if (reply === null) {
      const pause = PAUSES[Math.min(this.failures++, PAUSES.length - 1)];
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.send(), pause);
    } else {
      this.failures = 0;
      this.forget(answer);
    }
    this.onChange(reply?.refusal ? answer : null, reply);
    if (reply !== null) this.send();
  }

  forget(answer) {
    this.waiting = this.waiting.filter((one) => one !== answer);
    stored(() => localStorage.removeItem(this.keyOf(answer)));
  }

  keyOf({ uid }) {
    return `${STORE}:${this.name}:${uid}`;
  }
}

/** What the server says, or null where it cannot be reached or is another one by now. @param {string} url @param {any} said */
export async function post(url, said) {
  try {
    const response = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(said), keepalive: true });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/** @param {string} prefix @returns {Answer[]} */
function kept(prefix) {
  const found = [];
  stored(() => {
    for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) found.push(JSON.parse(localStorage.getItem(key)));
  });
  return found.sort((a, b) => a.at - b.at);
}

/** A browser that keeps nothing for this page still sends what it has. */
export function stored(act) {
  try {
    act();
  } catch {
    // said by what waits: the page asks before it is left
  }
}
