// Remaining time. The server says how many milliseconds are left; from there the monotonic clock of the page counts,
// never the wall clock, which people set wrong. Fires on the element `countdown:end` at zero, and `countdown:moved`
// with the seconds left where a newer word of the server adds or takes time.

import { ClockVoice } from "./clock-voice.js";

const SOON_S = 60;
const MOVED_MS = 3000;

export function clockText(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${two(minutes)}:${two(seconds % 60)}`;
}

/** When the page itself began to arrive: on a slow line its scripts come long after, and the time ran meanwhile. */
export function arrivedAt() {
  const at = performance.timing.responseStart - performance.timing.navigationStart;
  return at > 0 && at < performance.now() ? at : performance.now();
}

export class Countdown {
  constructor(element, remainingMs) {
    this.element = element;
    this.text = element.querySelector("[data-clock-text]") || element;
    this.voice = new ClockVoice(document.querySelector("[data-clock-says]"));
    this.isOver = false;
    this.endsAt = arrivedAt() + remainingMs;
    this.heardAt = performance.now(); // when the server last spoke
    this.tick();
    setInterval(() => this.tick(), 250);
    // Timers sleep in the background; the first thing seen on return must be right.
    document.addEventListener("visibilitychange", () => this.tick());
  }

  /**
   * Take the server's newer word on what is left, asked for at `sentAt`. It was true some time between then and now:
   * a clock that already stands within that is not moved, so that a slow line gives or takes nothing.
   */
  sync(remainingMs, sentAt = performance.now()) {
    const before = this.endsAt;
    this.heardAt = performance.now();
    this.endsAt = Math.min(Math.max(before, sentAt + remainingMs), this.heardAt + remainingMs);
    const moved = this.endsAt - before;
    const seconds = Math.ceil(this.remainingMs() / 1000);
    const isTold = Math.abs(moved) > MOVED_MS;
    if (isTold) this.voice.restart(seconds);
    this.tick();
    if (isTold) this.fire("countdown:moved", { seconds, isLonger: moved > 0 });
  }

  remainingMs() {
    return Math.max(0, this.endsAt - performance.now());
  }

  tick() {
    const left = this.remainingMs();
    const seconds = Math.ceil(left / 1000);
    const text = clockText(left);
    if (this.text.textContent !== text) this.text.textContent = text;
    this.element.classList.toggle("clock--soon", seconds <= SOON_S);
    this.voice.hear(seconds);
    const wasOver = this.isOver;
    this.isOver = left <= 0;
    if (!this.isOver || wasOver) return;
    this.voice.tell(0);
    this.fire("countdown:end", null);
  }

  fire(name, detail) {
    this.element.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

/** The one countdown of an element, so that other modules can sync it. */
export function mount(element) {
  if (!element.countdown) element.countdown = new Countdown(element, Number(element.dataset.remainingMs));
  return element.countdown;
}
