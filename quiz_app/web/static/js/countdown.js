// Remaining time. The server says how many milliseconds are left; from there the monotonic clock of the page counts,
// never the wall clock, which people set wrong. Fires `countdown:end` once on the element; `sync` takes a newer word.

const SAID_AT_S = [600, 300, 60];
const SOON_S = 60;

export function clockText(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${two(minutes)}:${two(seconds % 60)}`;
}

export class Countdown {
  constructor(element, remainingMs) {
    this.element = element;
    this.text = element.querySelector("[data-clock-text]") || element;
    this.says = element.querySelector("[data-clock-says]");
    this.lastS = Infinity;
    this.isOver = false;
    this.sync(remainingMs);
    this.timer = setInterval(() => this.tick(), 250);
    // Timers sleep in the background; the first thing seen on return must be right.
    document.addEventListener("visibilitychange", () => this.tick());
  }

  /** Take the server's newer word on what is left. */
  sync(remainingMs) {
    this.endsAt = performance.now() + remainingMs;
    this.tick();
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
    const passed = SAID_AT_S.filter((mark) => seconds <= mark && this.lastS > mark && this.lastS !== Infinity).pop();
    if (passed && this.says) this.says.textContent = `Còn ${passed / 60} phút`;
    this.lastS = seconds;
    if (left > 0 || this.isOver) return;
    this.isOver = true;
    clearInterval(this.timer);
    if (this.says) this.says.textContent = "Đã hết giờ";
    this.element.dispatchEvent(new CustomEvent("countdown:end", { bubbles: true }));
  }
}

/** The one countdown of an element, so that other modules can sync it. */
export function mount(element) {
  if (!element.countdown) element.countdown = new Countdown(element, Number(element.dataset.remainingMs));
  return element.countdown;
}
