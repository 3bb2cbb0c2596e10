// Sending again: with growing pauses where nobody answers, as late as a busy server asks where it does, and never all
// browsers at once. Only for what is safe to send twice.

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30000;
const LONGEST_ASKED_S = 120; // whatever stands between may ask for an hour; a sitting does not have it
const PATIENCE_MS = 15000; // a dead line often says nothing at all
const BUSY = new Set([429, 502, 503, 504]);

export class Pauses {
  constructor() {
    this.reset();
  }

  reset() {
    this.nextMs = FIRST_PAUSE_MS;
  }

  /** How long to wait now: what the server asked for and a little more, or twice as long as the last time, at most. */
  next(askedS) {
    if (askedS !== null) return askedS * 1000 + Math.random() * Math.max(1000, askedS * 250);
    const pause = this.nextMs * (0.5 + Math.random() / 2);
    this.nextMs = Math.min(this.nextMs * 2, LONGEST_PAUSE_MS);
    return pause;
  }
}

/** The seconds after which a busy server wants to be asked again; null where it does not say. */
export function askedPause(response) {
  const seconds = BUSY.has(response.status) ? Number(response.headers.get("Retry-After")) : 0;
  return seconds > 0 ? Math.min(seconds, LONGEST_ASKED_S) : null;
}

/** fetch for our own scripts, which gives up on a line that has gone silent. */
export async function request(url, options) {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), PATIENCE_MS);
  const headers = { Accept: "application/json" };
  try {
    return await fetch(url, { headers, credentials: "same-origin", signal: silence.signal, ...options });
  } finally {
    clearTimeout(timer);
  }
}

/** Ask until somebody answers who is not busy; `onWait(seconds, isBusy)` hears of every pause. */
export async function persist(url, options, onWait) {
  const pauses = new Pauses();
  for (;;) {
    const response = await request(url, options).catch(() => null);
    if (response && !BUSY.has(response.status)) return response;
    const pause = pauses.next(response ? askedPause(response) : null);
    onWait(Math.ceil(pause / 1000), response !== null);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
