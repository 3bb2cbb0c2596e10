// An image from the device into the text, at the cursor. It is asked for what it shows.

import { request } from "../retry.js";
import { insert } from "./marks.js";

const PATIENCE_MS = 60000; // five megabytes over a village's line

export class ImagePart {
  constructor(root, form) {
    this.url = root.dataset.imageUrl;
    this.form = form;
    this.fold = root.querySelector("[data-role=image]");
    this.file = form.elements.image;
    this.alt = form.elements.alt;
    this.error = root.querySelector("[data-role=image-error]");
    this.name = root.querySelector("[data-role=image-target]");
    this.target = null;
    this.fold.addEventListener("toggle", () => this.tell());
  }

  follow(targetOf) {
    this.targetOf = targetOf;
  }

  tell() {
    this.name.textContent = this.targetOf().labels[0].textContent;
  }

  open() {
    this.fold.open = true;
    this.tell();
    this.fold.scrollIntoView({ block: "nearest" });
    this.file.focus();
  }

  async send() {
    this.say("");
    const body = new FormData();
    body.append("csrf_token", this.form.elements.csrf_token.value);
    if (this.file.files[0]) body.append("image", this.file.files[0]);
    body.append("alt", this.alt.value);
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(), PATIENCE_MS);
    const response = await request(this.url, { method: "POST", body, signal: silence.signal }).catch(() => null);
    clearTimeout(timer);
    const answer = response ? await response.json().catch(() => null) : null;
    if (!response || !answer) return this.say("Chưa gửi được hình vì mất kết nối. Mời đồng chí bấm lại.");
    if (!response.ok) return this.say(Object.values(answer.fields || {}).flat().join(" ") || answer.message);
    const target = this.targetOf();
    this.file.value = "";
    this.alt.value = "";
    this.fold.open = false;
    insert(target, answer.markdown);
    return undefined;
  }

  say(words) {
    this.error.textContent = words;
    this.error.hidden = !words;
  }
}
