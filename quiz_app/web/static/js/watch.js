// What is watched: fetches its figures anew every few seconds. Rests while the page is hidden or paused; tables that
// somebody has opened stay open. The answer is the figures alone, or a whole page whose parts take the place of these.

import { mountAll } from "./main.js";
import { Pauses, request } from "./retry.js";

export function mount(element) {
  const parts = element.querySelectorAll("[data-watch-figures]");
  const button = element.querySelector("[data-watch-pause]");
  const line = element.querySelector("[data-watch-state]");
  const everyMs = Number(element.dataset.everyS) * 1000;
  const pauses = new Pauses();
  let timer = null;
  let isPaused = false;
  let isAsking = false;

  const say = (words) => { if (line.textContent !== words) line.textContent = words; };
  const later = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(renew, ms);
  };

  function replace(part, fresh) {
    const wasOpen = [...part.querySelectorAll("details")].map((each) => each.open);
    const focused = [...part.querySelectorAll("a, summary")].indexOf(document.activeElement);
    part.innerHTML = fresh.innerHTML;
    part.querySelectorAll("details").forEach((each, place) => { each.open = Boolean(wasOpen[place]); });
    if (focused >= 0) {
      const again = part.querySelectorAll("a, summary")[focused];
      if (again) again.focus({ preventScroll: true });
    }
    mountAll(part);
  }

  function show(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const those = fresh.querySelectorAll("[data-watch-figures]");
    parts.forEach((part, place) => replace(part, those[place] || fresh.body));
  }

  async function renew() {
    if (isPaused || document.hidden || isAsking) return;
    isAsking = true;
    const answer = await request(element.dataset.url, { headers: { Accept: "text/html" } }).catch(() => null);
    if (answer && (answer.redirected || answer.status === 401 || answer.status === 404)) {
      location.reload(); // signed out, or the round is no longer his: the page itself says so
      return;
    }
    const html = answer && answer.ok ? await answer.text().catch(() => null) : null;
    isAsking = false;
    if (html === null) {
      const pause = pauses.next(null);
      say(`Chưa lấy được số liệu mới, tự thử lại sau ${Math.ceil(pause / 1000)} giây.`);
      later(pause);
      return;
    }
    pauses.reset();
    say("");
    if (!isPaused) show(html);
    later(everyMs);
  }

  button.addEventListener("click", () => {
    isPaused = !isPaused;
    button.setAttribute("aria-pressed", String(isPaused));
    say(isPaused ? "Đã tạm dừng." : "");
    if (!isPaused) renew();
  });
  document.addEventListener("visibilitychange", renew);
  later(everyMs);
}
