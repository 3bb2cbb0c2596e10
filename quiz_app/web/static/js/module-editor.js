// <form data-module="module-editor">: saves while one types, and puts what the server says of the text around it
// (data-region). Where somebody else was faster nothing is sent any more: the button then shows both texts.

import { askedPause, Pauses, request } from "./retry.js";

const QUIET_MS = 1500;
const CONFLICT = 409;

export function mount(form) {
  const line = form.querySelector("[data-saved]");
  const pauses = new Pauses();
  let kept = written();
  let timer = null;
  let isSaving = false;
  let isStopped = false;
  let isLeaving = false;
  let isSentAfter = false;

  function written() {
    const fields = [...new FormData(form)].filter(([name]) => name !== "revision" && name !== "csrf_token");
    return JSON.stringify(fields);
  }

  const say = (words) => { if (line.textContent !== words) line.textContent = words; };
  const later = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(save, ms);
  };

  function show(answer) {
    // Every act on this page names the revision it starts from.
    document.querySelectorAll("input[name$=revision]").forEach((field) => { field.value = answer.revision; });
    for (const [name, html] of Object.entries(answer.regions)) {
      const place = document.querySelector(`[data-region="${name}"]`);
      if (place) place.innerHTML = html; // rendered by our own server, from texts that it has cleaned
    }
  }

  async function save() {
    const now = written();
    if (isSaving || isStopped || isLeaving || now === kept) return;
    isSaving = true;
    say("Đang lưu…");
    const response = await request(form.action, { method: "POST", body: new FormData(form) }).catch(() => null);
    const answer = response ? await response.json().catch(() => null) : null;
    isSaving = false;
    if (response && response.ok && answer) {
      kept = now;
      pauses.reset();
      show(answer);
      say(`Đã lưu lúc ${answer.saved_at}.`);
      if (written() !== kept) later(QUIET_MS);
    } else if (response && response.status === CONFLICT) {
      isStopped = true;
      say(`${answer.message} Những gì đồng chí viết vẫn còn trên trang này. Bấm “Lưu” để xem hai bản khác nhau ở đâu.`);
    } else if (answer && response.status < 500 && response.status !== 429) {
      const words = Object.values(answer.fields || {}).flat();
      say(`Chưa lưu: ${words[0] || answer.message}`);
    } else {
      const pause = pauses.next(response ? askedPause(response) : null);
      say(`Chưa lưu được, sẽ tự lưu lại sau ${Math.ceil(pause / 1000)} giây. Những gì đồng chí viết vẫn còn trên trang.`);
      later(pause);
    }
    if (isSentAfter) form.submit();
  }

  form.addEventListener("input", () => later(QUIET_MS));
  form.addEventListener("submit", (event) => {
    isLeaving = true;
    if (!isSaving) return;
    event.preventDefault(); // the save under way names the revision that this one has to start from
    isSentAfter = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!isLeaving && written() !== kept) event.preventDefault();
  });
}
