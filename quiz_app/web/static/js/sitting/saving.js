// What every place of a sitting shares: how it is sent, and the three words for where its answer is.

import { askedPause, request } from "../retry.js";

const WORDS = {
  saving: () => "Đang lưu",
  saved: (at) => `Đã lưu ${at}`,
  unsaved: () => "Chưa lưu được – vẫn giữ trong máy",
};

/** Send a place's form with `fields`; null where the answer is not ours (a proxy's page, a network's sign-in). */
export async function post(form, fields, countdown) {
  const body = new URLSearchParams([["csrf_token", form.elements.csrf_token.value], ...fields]);
  const sentAt = performance.now();
  const response = await request(form.action, { method: "POST", body, keepalive: true });
  const answer = await response.json().catch(() => null);
  const askedS = askedPause(response);
  if (!answer && askedS === null) return null;
  if (response.ok) countdown.sync(answer.remaining_ms, sentAt);
  return { status: response.status, answer, askedS };
}

export function showState(line, state, at) {
  line.dataset.state = state;
  const words = WORDS[state](at);
  if (line.textContent !== words) line.textContent = words; // said once, however often it is tried
}
