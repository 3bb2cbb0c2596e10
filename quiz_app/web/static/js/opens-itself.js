// A page that waits for an opening: counts down what the server said is left, then fetches itself anew, each browser a
// few seconds apart from the others. After a sleep it asks again, for its clock may have rested.

import { arrivedAt, clockText } from "./countdown.js";
import { mountAll } from "./main.js";
import { persist } from "./retry.js";

const SPREAD_MS = 5000;
const RESTED_MS = 5000; // the clock of the page against that of the wall
const LONG_HIDDEN_MS = 60000;
const DAY_MS = 86400000;

function left(ms) {
  const days = Math.floor(ms / DAY_MS);
  return days ? `${days} ngày ${clockText(ms % DAY_MS)}` : clockText(ms);
}

/** The same page as it is now, in place of the old one: nothing is lost where the server does not answer at once. */
async function renew(say) {
  const options = { headers: { Accept: "text/html" } };
  const response = await persist(location.href, options, (seconds, isBusy) => {
    say(`${isBusy ? "Máy chủ đang bận" : "Chưa có mạng"}, trang tự thử lại sau ${seconds} giây.`);
  });
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("main");
  if (!response.ok || response.redirected || !fresh) {
    location.reload();
    return;
  }
  fresh.dataset.fetchedAt = performance.now();
  document.querySelector("main").replaceWith(fresh);
  mountAll(fresh);
  fresh.focus({ preventScroll: true });
}

export function mount(element) {
  const text = element.querySelector("[data-opens-in]");
  const line = element.querySelector("[role=status]");
  const main = element.closest("[data-fetched-at]");
  const opensAt = (main ? Number(main.dataset.fetchedAt) : arrivedAt()) + Number(element.dataset.remainingMs);
  const apart = () => Date.now() - performance.now();
  const usuallyApart = apart();
  let hiddenAt = null;
  let timer = null;
  const say = (words) => { line.textContent = words; };

  function open(spreadMs) {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
    setTimeout(() => renew(say), Math.random() * spreadMs);
  }

  function tick() {
    const ms = opensAt - performance.now();
    text.textContent = left(Math.max(0, ms));
    if (Math.abs(apart() - usuallyApart) > RESTED_MS) open(0);
    else if (ms <= 0) {
      say("Đã đến giờ. Trang tự mở trong vài giây…");
      open(SPREAD_MS);
    }
  }

  function look() {
    if (document.hidden) hiddenAt = performance.now();
    else if (hiddenAt !== null && performance.now() - hiddenAt > LONG_HIDDEN_MS) open(0);
  }

  document.addEventListener("visibilitychange", look);
  timer = setInterval(tick, 500);
  tick();
}
