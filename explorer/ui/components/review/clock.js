/** How long an image was looked at: only while the page is in view. */

export class Clock {
  constructor() {
    this.leaving = new AbortController();
    document.addEventListener("visibilitychange", () => this.turn(), { signal: this.leaving.signal });
    this.start();
  }

  remove() {
    this.leaving.abort();
  }

  /** Begin with another image. */
  start() {
    this.before = 0;
    this.since = document.hidden ? null : performance.now();
  }

  turn() {
    this.before = this.milliseconds();
    this.since = document.hidden ? null : performance.now();
  }

  milliseconds() {
    return Math.round(this.before + (this.since === null ? 0 : performance.now() - this.since));
  }
}
