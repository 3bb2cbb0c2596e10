// The end of a sitting, brought about by the page. Safe to send again: submitting twice changes nothing.

import { persist } from "../retry.js";

export const WORTH_GOING_ON_MS = 1000;
const SPREAD_AT_END_MS = 2000; // a whole round may end in the same instant

function waits(say) {
  return (seconds, isBusy) => {
    const why = isBusy ? "Máy chủ đang bận" : "Chưa có mạng";
    say(`${why}, trang tự nộp lại sau ${seconds} giây. Các câu đã lưu vẫn được tính.`);
  };
}

/** Put the clock right at its end, for time may have been added; what the server said, null where it did not serve. */
export async function askAtEnd(url, countdown, say) {
  await new Promise((resolve) => setTimeout(resolve, Math.random() * SPREAD_AT_END_MS));
  const sentAt = performance.now();
  const response = await persist(url, {}, waits(say));
  const answer = response.ok ? await response.json().catch(() => null) : null;
  if (answer) countdown.sync(answer.remaining_ms, sentAt);
  return answer;
}

/** Post `form` until the server has taken it, then go to `resultUrl`; anything else it says is shown as its page. */
export async function handIn(form, resultUrl, say) {
  const options = { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" };
  const response = await persist(form.action, options, waits(say));
  if (response.type === "opaqueredirect" || response.ok) location.assign(resultUrl);
  else form.submit();
}
