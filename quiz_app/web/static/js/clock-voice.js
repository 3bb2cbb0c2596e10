// Tells who cannot see the clock how long there is left: at 10, 5 and 1 minute, once each, and never the seconds.

const SAID_AT_S = [600, 300, 60];
const NEAR_S = 2;
const UNTIL_READ_MS = 1000; // a live region is heard when it changes, not as the page begins

/** A stretch of time in words: "12 phút", "4 phút 10 giây", "1 giờ 5 phút". */
export function timeWords(seconds) {
  const toMinute = Math.round(seconds / 60) * 60;
  const whole = toMinute && Math.abs(toMinute - seconds) <= NEAR_S ? toMinute : Math.max(0, Math.round(seconds));
  const parts = [[Math.floor(whole / 3600), "giờ"], [Math.floor((whole % 3600) / 60), "phút"], [whole % 60, "giây"]];
  return parts.filter(([number]) => number).map((part) => part.join(" ")).join(" ") || "0 giây";
}

export class ClockVoice {
  constructor(region) {
    this.region = region;
    this.lastS = null;
  }

  /** The clock stands at these seconds. A clock that starts below the first mark is told once, as it starts. */
  hear(seconds) {
    if (this.lastS === null) {
      this.lastS = seconds;
      if (seconds <= SAID_AT_S[0]) setTimeout(() => this.lastS && this.tell(this.lastS), UNTIL_READ_MS);
      return;
    }
    const hasPassed = SAID_AT_S.some((mark) => seconds <= mark && this.lastS > mark);
    this.lastS = Math.min(this.lastS, seconds); // a clock put right by a moment must not repeat itself
    if (hasPassed) this.tell(seconds);
  }

  /** The time was changed: what it passes from now on is told again. */
  restart(seconds) {
    this.lastS = seconds;
  }

  tell(seconds) {
    this.say(seconds > 0 ? `Còn ${timeWords(seconds)}` : "Đã hết giờ");
  }

  say(words) {
    if (this.region) this.region.textContent = words;
  }
}
