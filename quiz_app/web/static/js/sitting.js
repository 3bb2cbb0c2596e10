// The sitting page: one question at a time, an overview, and answers that are saved as they are chosen.
// Everything shown came with the page, so moving between questions needs no network.

import { mount as mountCountdown } from "./countdown.js";
import { SaveQueue } from "./sitting/queue.js";

const WORDS = {
  saving: () => "Đang lưu…",
  saved: (at) => (at ? `Đã lưu ${at}` : "Đã lưu"),
  unsaved: () => "Chưa lưu được – vẫn giữ trong máy, đang gửi lại",
  refused: () => "Không lưu được",
};
const FLUSH_AT_END_MS = 3000;

class Sitting {
  constructor(root) {
    this.root = root;
    this.forms = Array.from(root.querySelectorAll("[data-question]"));
    this.isStopped = false;
    this.queue = new SaveQueue({
      key: `bai-thi-${root.dataset.attempt}`,
      epoch: root.dataset.epoch,
      send: (place, letters, revision) => this.send(place, letters, revision),
      onState: (place, state, at) => this.showState(place, state, at),
      onKept: (place, letters) => this.showKept(place, letters),
      onOvertaken: (place) => this.say(`Câu ${place} đã được trả lời ở một cửa sổ khác, nay hiện theo bên đó. Muốn đổi, mời đồng chí chọn lại.`),
      onRefused: (error) => this.refuse(error),
    });
    for (const form of this.forms) {
      this.queue.know(Number(form.dataset.question), Number(form.dataset.revision));
      form.addEventListener("change", () => this.chosen(form));
      form.addEventListener("submit", (event) => event.preventDefault());
    }
    const turn = (button) => button.addEventListener("click", () => this.show(this.current + Number(button.dataset.go)));
    document.querySelectorAll("[data-go]").forEach(turn);
    root.querySelectorAll("[data-place]").forEach((link) => {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.show(Number(link.dataset.place));
      });
    });
    document.querySelector("[data-role=finish]").addEventListener("click", (event) => this.finish(event));
    const clock = document.querySelector("[data-module=countdown]");
    this.countdown = mountCountdown(clock);
    clock.addEventListener("countdown:end", () => this.timeUp());
    document.addEventListener("visibilitychange", () => document.hidden || this.askRemaining());
    const asked = /^#cau-(\d+)$/.exec(location.hash);
    this.show(asked ? Number(asked[1]) : Number(root.dataset.current), false);
    const early = this.forms.filter((form) => Array.from(form.elements.phuong_an).some((box) => box.checked !== box.defaultChecked));
    this.queue.restore(early.map((form) => Number(form.dataset.question)));
    early.forEach((form) => this.chosen(form)); // who was quicker than this script has chosen unheard; the boxes tell
  }

  show(position, isMoving = true) {
    this.current = Math.min(Math.max(position, 1), this.forms.length);
    for (const form of this.forms) form.hidden = Number(form.dataset.question) !== this.current;
    this.root.querySelectorAll("[data-place]").forEach((link) => {
      if (Number(link.dataset.place) === this.current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
    document.querySelectorAll("[data-go]").forEach((button) => {
      const to = this.current + Number(button.dataset.go);
      button.disabled = to < 1 || to > this.forms.length;
    });
    history.replaceState(null, "", `#cau-${this.current}`);
    if (!isMoving) return;
    window.scrollTo(0, 0);
    const first = this.form(this.current).querySelector("input:checked, input[name=phuong_an]");
    if (first) first.focus({ preventScroll: true });
  }

  form(place) {
    return this.forms[place - 1];
  }

  chosen(form) {
    if (this.isStopped) return;
    const checked = Array.from(form.querySelectorAll("input[name=phuong_an]:checked"));
    this.queue.put(Number(form.dataset.question), checked.map((input) => input.value).join(""));
  }

  async send(place, letters, revision) {
    const form = this.form(place);
    const body = new URLSearchParams({ epoch: this.root.dataset.epoch, revision });
    body.set("csrf_token", form.elements.csrf_token.value);
    for (const letter of letters) body.append("phuong_an", letter);
    const headers = { Accept: "application/json" };
    const response = await fetch(form.action, { method: "POST", body, headers, credentials: "same-origin", keepalive: true });
    const answer = await response.json();
    if (response.ok) this.countdown.sync(answer.remaining_ms);
    return { status: response.status, answer };
  }

  showState(place, state, at) {
    const line = this.form(place).querySelector(".save-state");
    line.dataset.state = state === "refused" ? "unsaved" : state;
    line.textContent = WORDS[state](at);
    const link = this.root.querySelector(`[data-place="${place}"]`);
    const isEmpty = !this.form(place).querySelector("input[name=phuong_an]:checked");
    link.dataset.state = state === "saved" && isEmpty ? "empty" : line.dataset.state;
    link.setAttribute("aria-label", `Câu ${place}, ${isEmpty ? "chưa trả lời" : line.textContent.toLowerCase()}`);
    const answered = this.forms.filter((form) => form.querySelector("input[name=phuong_an]:checked"));
    this.root.querySelector("[data-role=answered]").textContent = answered.length;
  }

  showKept(place, letters) {
    this.form(place).querySelectorAll("input[name=phuong_an]").forEach((input) => {
      input.checked = letters.includes(input.value);
    });
  }

  refuse(error) {
    this.isStopped = true;
    this.root.querySelectorAll("input[name=phuong_an]").forEach((input) => { input.disabled = true; });
    this.say(error.message || "Không lưu được. Mời đồng chí tải lại trang.");
    this.root.querySelector("[data-role=take-over]").hidden = error.error !== "TakenOver";
  }

  say(text) {
    this.root.querySelector("[data-role=notice-text]").textContent = text;
    this.root.querySelector("[data-role=notice]").hidden = false;
  }

  async finish(event) {
    if (this.queue.isEmpty() || this.isStopped) return;
    event.preventDefault();
    const target = event.currentTarget.href;
    if (await this.queue.flush(FLUSH_AT_END_MS)) location.assign(target);
    else this.say("Còn câu chưa gửi được vì mất mạng. Bài vẫn giữ trong máy; mời đồng chí chờ có mạng rồi bấm nộp lại.");
  }

  async timeUp() {
    this.root.querySelectorAll("input[name=phuong_an]").forEach((input) => { input.disabled = true; });
    this.say("Đã hết giờ. Đang nộp bài với các câu đã lưu…");
    await this.queue.flush(FLUSH_AT_END_MS);
    if (!this.isStopped) this.root.querySelector("#het-gio").submit();
  }

  async askRemaining() {
    const response = await fetch(this.root.dataset.remainingUrl, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!response || !response.ok) return;
    const answer = await response.json();
    this.countdown.sync(answer.remaining_ms);
    if (String(answer.epoch) !== this.root.dataset.epoch) this.refuse({ error: "TakenOver", message: "Lượt thi đang được làm tiếp ở cửa sổ hoặc thiết bị khác." });
  }
}

export function mount(root) {
  root.sitting = new Sitting(root);
}
