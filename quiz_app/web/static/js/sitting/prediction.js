// The prediction as a place of the queue: its value is the text typed. The server answers with the number as it reads
// it, or with what is wrong; then the words stand beside the field, and it is sent again when it is changed.

import { post, showState } from "./saving.js";

const TYPED_MS = 800;

export class Prediction {
  constructor(form, { epoch, countdown }) {
    Object.assign(this, { form, epoch, countdown });
    this.key = "du-doan";
    this.name = "Dự đoán";
    this.revision = Number(form.dataset.revision) || 0;
    this.isVerbatim = false; // "12.50" may be kept as "12,5"
    this.field = form.elements.du_doan;
    this.last = this.field.defaultValue.trim();
  }

  onChange(act) {
    const changed = () => {
      clearTimeout(this.timer);
      if (this.value() === this.last || this.field.disabled) return;
      this.last = this.value();
      this.complain("");
      act();
    };
    this.form.addEventListener("change", changed);
    this.form.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(changed, TYPED_MS);
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      changed();
    });
    this.hurry = changed;
  }

  value() {
    return this.field.value.trim();
  }

  isChosenUnheard() {
    return this.value() !== this.last;
  }

  /** Show `text`, but never over what has been typed since `sent` went out. */
  show(text, sent = this.value()) {
    if (this.value() !== sent) return;
    this.field.value = text;
    this.last = this.value();
  }

  lock(isLocked) {
    this.field.disabled = isLocked;
  }

  async send(text, revision) {
    this.last = text;
    const fields = [["epoch", this.epoch], ["revision", revision], ["du_doan", text]];
    const reply = await post(this.form, fields, this.countdown);
    return reply && { ...reply, kept: reply.answer && reply.answer.text };
  }

  showState(state, at) {
    showState(this.form.querySelector(".save-state"), state, at);
  }

  /** Say beside the field what is wrong with it; "" takes the words away. */
  complain(words) {
    let line = this.form.querySelector(".field__error");
    if (!line) {
      line = document.createElement("p");
      line.className = "field__error";
      line.id = "du-doan-sai";
      line.setAttribute("role", "alert");
      this.field.insertAdjacentElement("afterend", line);
      const described = this.field.getAttribute("aria-describedby");
      this.field.setAttribute("aria-describedby", described ? `${described} ${line.id}` : line.id);
    }
    line.textContent = words;
    line.hidden = !words;
    if (words) this.field.setAttribute("aria-invalid", "true");
    else this.field.removeAttribute("aria-invalid");
  }
}
