// A question of the paper as a place of the queue: its value is the chosen letters in order.

import { post, showState } from "./saving.js";

export class Question {
  constructor(form, link, { epoch, countdown, onState }) {
    Object.assign(this, { form, link, epoch, countdown, onState });
    this.key = form.dataset.question;
    this.name = `Câu ${this.key}`;
    this.revision = Number(form.dataset.revision);
    this.isVerbatim = true; // kept as sent, or not at all
    this.boxes = Array.from(form.querySelectorAll("input[name=phuong_an]"));
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  onChange(act) {
    this.form.addEventListener("change", act);
  }

  value() {
    return this.boxes.filter((box) => box.checked).map((box) => box.value).join("");
  }

  /** Whether somebody who was quicker than the script has chosen unheard. */
  isChosenUnheard() {
    return this.boxes.some((box) => box.checked !== box.defaultChecked);
  }

  show(letters) {
    for (const box of this.boxes) box.checked = letters.includes(box.value);
  }

  lock(isLocked) {
    for (const box of this.boxes) box.disabled = isLocked;
  }

  async send(letters, revision) {
    const chosen = Array.from(letters, (letter) => ["phuong_an", letter]);
    const reply = await post(this.form, [["epoch", this.epoch], ["revision", revision], ...chosen], this.countdown);
    return reply && { ...reply, kept: reply.answer && reply.answer.letters };
  }

  showState(state, at) {
    const line = this.form.querySelector(".save-state");
    showState(line, state, at);
    const isEmpty = this.value() === "";
    this.link.dataset.state = state === "saved" && isEmpty ? "empty" : state;
    const words = line.textContent.charAt(0).toLowerCase() + line.textContent.slice(1);
    this.link.setAttribute("aria-label", `${this.name}, ${isEmpty ? "chưa trả lời" : words}`);
    this.onState();
  }
}
