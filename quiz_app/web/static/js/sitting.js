// The sitting page: answers saved as they are chosen, a clock that the server keeps right, and the end.

import { mount as mountCountdown } from "./countdown.js";
import { timeWords } from "./clock-voice.js";
import { request } from "./retry.js";
import { WORTH_GOING_ON_MS, askAtEnd, handIn } from "./sitting/hand-in.js";
import { Prediction } from "./sitting/prediction.js";
import { Question } from "./sitting/question.js";
import { SaveQueue } from "./sitting/queue.js";
import { Steps } from "./sitting/steps.js";
import { Unsent } from "./sitting/unsent.js";
import { claim } from "./sitting/windows.js";

const FLUSH_BEFORE_REVIEW_MS = 3000;
const FLUSH_AT_END_MS = 4500; // what reaches the server within the round's grace still counts
const SILENT_MS = 75000; // so long without a word of the server, and the clock asks for one
const TRUE_FOR_MS = 30000; // how long a number of minutes left may stand on the page
const TAKEN_OVER = "Lượt thi đang được làm tiếp ở cửa sổ hoặc thiết bị khác. Màn hình này chỉ còn để xem.";

class Sitting {
  constructor(root) {
    this.root = root;
    this.isReadOnly = false;
    this.isTakenOver = false;
    this.handInForm = root.querySelector("#het-gio");
    const clock = document.querySelector("[data-module=countdown]");
    this.countdown = mountCountdown(clock);
    const shared = { epoch: root.dataset.epoch, countdown: this.countdown, onState: () => this.count() };
    this.questions = Array.from(root.querySelectorAll("[data-question]"), (form) => {
      return new Question(form, root.querySelector(`[data-place="${form.dataset.question}"]`), shared);
    });
    this.predictions = Array.from(root.querySelectorAll("[data-prediction]"), (form) => new Prediction(form, shared));
    this.places = [...this.questions, ...this.predictions];
    this.unsent = new Unsent(`bai-thi-${root.dataset.attempt}`, root.dataset.epoch);
    this.queue = new SaveQueue(this.places, this.unsent, this);
    for (const place of this.places) place.onChange(() => this.isReadOnly || this.queue.put(place.key, place.value()));
    this.steps = new Steps(root, this.places.map((place) => place.form));
    document.querySelector("[data-role=finish]").addEventListener("click", (event) => this.finish(event));
    clock.addEventListener("countdown:end", () => this.timeUp());
    clock.addEventListener("countdown:moved", ({ detail }) => this.tellMoved(detail));
    document.addEventListener("visibilitychange", () => document.hidden || this.askRemaining());
    setInterval(() => this.askIfSilent(), SILENT_MS / 5);
    claim(`${this.unsent.name}-cua-so`, () => this.refused({ error: "TakenOver", message: TAKEN_OVER }, true));
    const early = this.places.filter((place) => place.isChosenUnheard());
    this.queue.restore(early.map((place) => place.key));
    early.forEach((place) => this.queue.put(place.key, place.value()));
  }

  count() {
    const answered = this.questions.filter((question) => question.value());
    this.root.querySelector("[data-role=answered]").textContent = answered.length;
  }

  overtaken(place) {
    this.say(`${place.name} đã được trả lời ở một cửa sổ khác, nay hiện theo bên đó. Muốn đổi, mời đồng chí chọn lại.`);
  }

  unreadable(place, { fields, message }) {
    const words = Object.values(fields || {}).map((messages) => messages.join(" ")).join(" ") || message;
    if (place.complain) place.complain(words);
    else this.say(words);
  }

  waiting(seconds) {
    const line = this.root.querySelector("[data-role=waiting]");
    line.hidden = seconds === null;
    if (seconds !== null) line.textContent = `Máy chủ đang bận. Câu trả lời vẫn giữ trong máy và tự gửi lại sau ${seconds} giây.`;
  }

  /** Only look from now on. Another window of this browser takes over the storage; what is under way may arrive. */
  refused(error, isSending = false) {
    this.isReadOnly = true;
    this.isTakenOver = error.error === "TakenOver";
    if (!isSending) this.queue.stop();
    this.waiting(null);
    this.lock(true);
    this.say(error.message || "Không lưu được. Mời đồng chí tải lại trang.");
    for (const way of this.root.querySelectorAll("[data-after]")) way.hidden = !way.dataset.after.includes(error.error);
  }

  lock(isLocked) {
    for (const place of this.places) place.lock(isLocked);
  }

  say(text) {
    this.root.querySelector("[data-role=notice-text]").textContent = text;
    this.root.querySelector("[data-role=notice]").hidden = !text;
  }

  said() {
    return this.root.querySelector("[data-role=notice-text]").textContent;
  }

  tellMoved({ seconds, isLonger }) {
    if (this.isReadOnly) return;
    const why = isLonger ? "Đồng chí được cộng thêm thời gian" : "Đồng hồ đã chỉnh theo máy chủ";
    const words = `${why}: còn ${timeWords(seconds)}.`;
    this.say(words);
    setTimeout(() => this.said() === words && this.say(""), TRUE_FOR_MS);
  }

  async finish(event) {
    this.predictions.forEach((prediction) => prediction.hurry());
    const wrong = this.places.find((place) => place.form.querySelector("[aria-invalid]"));
    if ((this.queue.isEmpty() && !wrong) || this.isReadOnly) return;
    event.preventDefault();
    const target = event.currentTarget.href;
    if (wrong) this.steps.showForm(wrong.form);
    else if (await this.queue.flush(FLUSH_BEFORE_REVIEW_MS)) location.assign(target);
    else this.say("Còn câu chưa gửi được. Bài vẫn giữ trong máy; mời đồng chí chờ gửi xong rồi bấm nộp lại.");
  }

  /** Save what is left, ask whether time was added meanwhile, hand in. A window that only looks leaves it to the other. */
  async timeUp() {
    this.predictions.forEach((prediction) => prediction.hurry());
    this.lock(true);
    if (this.isReadOnly) return;
    this.say("Đã hết giờ. Đang nộp bài với các câu đã lưu…");
    await this.queue.flush(FLUSH_AT_END_MS, { isLast: true });
    const say = (text) => this.say(text);
    this.heed(await askAtEnd(this.root.dataset.remainingUrl, this.countdown, say));
    const left = this.countdown.remainingMs();
    if (this.isTakenOver) return;
    if (left < WORTH_GOING_ON_MS) await handIn(this.handInForm, this.root.dataset.resultUrl, say);
    else {
      this.lock(this.isReadOnly);
      this.tellMoved({ seconds: Math.ceil(left / 1000), isLonger: true });
    }
  }

  askIfSilent() {
    if (!document.hidden && performance.now() - this.countdown.heardAt > SILENT_MS) this.askRemaining();
  }

  async askRemaining() {
    const sentAt = performance.now();
    const response = await request(this.root.dataset.remainingUrl, {}).catch(() => null);
    const answer = response && response.ok ? await response.json().catch(() => null) : null;
    if (answer) this.countdown.sync(answer.remaining_ms, sentAt);
    this.heed(answer);
  }

  heed(answer) {
    if (answer && String(answer.epoch) !== this.root.dataset.epoch) this.refused({ error: "TakenOver", message: TAKEN_OVER });
  }
}

export function mount(root) {
  root.sitting = new Sitting(root);
}
