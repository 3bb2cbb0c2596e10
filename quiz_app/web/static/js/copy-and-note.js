// <form data-module="copy-and-note" data-copy="#id-of-text">: copies the text, then posts the form quietly, so that what
// was copied is also written down. Whatever fails is said on the button.

import { copyText } from "./copy.js";

export function mount(form) {
  const button = form.querySelector("button.js-only");
  const label = form.querySelector("[data-copy-label]");
  const usual = label.textContent;
  const said = document.createElement("span");
  said.className = "visually-hidden";
  said.setAttribute("role", "status");
  form.appendChild(said);
  let timer = null;

  const say = (words) => {
    label.textContent = words;
    said.textContent = words;
    clearTimeout(timer);
    timer = setTimeout(() => { label.textContent = usual; said.textContent = ""; }, 4000);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    const source = document.querySelector(form.dataset.copy);
    const isCopied = await copyText(source.textContent.trim()).then(() => true, () => false);
    if (!isCopied) {
      say("Chưa sao chép được, mời chọn bằng tay");
      button.disabled = false;
      return;
    }
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) }).catch(() => null);
    say(answer && answer.ok ? "Đã sao chép, đã ghi là vừa nhắc" : "Đã sao chép, chưa ghi được");
    button.disabled = false;
  });
}
