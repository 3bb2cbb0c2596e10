// The page before submitting: its button keeps trying where the server is busy or the network gone, and at zero it
// submits by itself, as the paper would.

import { mount as mountCountdown } from "./countdown.js";
import { WORTH_GOING_ON_MS, askAtEnd, handIn } from "./sitting/hand-in.js";

export function mount(root) {
  const form = root.querySelector("form");
  const clock = document.querySelector("[data-module=countdown]");
  if (!form || !clock) return;
  const countdown = mountCountdown(clock);
  const line = document.createElement("p");
  line.setAttribute("role", "status");
  form.insertAdjacentElement("beforebegin", line);
  const say = (words) => { line.textContent = words; };
  let isUnderWay = false;

  async function submit() {
    if (isUnderWay) return;
    isUnderWay = true;
    say("Đang nộp bài…");
    await handIn(form, root.dataset.resultUrl, say);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
  clock.addEventListener("countdown:end", async () => {
    say("Đã hết giờ. Đang nộp bài với các câu đã lưu…");
    await askAtEnd(root.dataset.remainingUrl, countdown, say);
    if (countdown.remainingMs() > WORTH_GOING_ON_MS) say("Đồng chí được cộng thêm thời gian.");
    else submit();
  });
}
