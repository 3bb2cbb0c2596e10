// Saves what is written a moment after it was typed. One request at a time. What nobody answered is sent again as it
// was, with growing pauses, before anything newer: the server knows it again by the revision it started from, and would
// take something newer from an old revision for another person's.

import { Pauses, askedPause, request } from "../retry.js";
import { read } from "./fields.js";

const AFTER_TYPING_MS = 800;

/** Hears `keep()`, `showState(state, at)`, `saved(answer)`, `conflict(answer)` and `refused(answer)`. */
export class Saver {
  constructor(form, listener) {
    Object.assign(this, { form, listener, url: form.getAttribute("action") });
    this.revision = Number(form.elements.revision.value);
    this.typed = 0; // counts changes; what was sent is known by the count it had
    this.acknowledged = 0;
    this.unheard = null; // sent, and never answered
    this.unheardTyped = 0;
    this.isSending = false;
    this.isStopped = false;
    this.pauses = new Pauses();
    this.timer = null;
    window.addEventListener("online", () => this.flush());
    document.addEventListener("visibilitychange", () => document.hidden && this.flush());
  }

  get isClean() {
    return this.typed === this.acknowledged;
  }

  touch() {
    this.typed += 1;
    if (this.isStopped) return;
    if (!this.unheard || this.isSending) this.listener.showState("saving");
    this.later(AFTER_TYPING_MS);
  }

  /** Save at once; whether everything is with the server then. */
  async flush() {
    this.pauses.reset();
    while (this.isSending) await new Promise((resolve) => setTimeout(resolve, 30));
    while (!this.isClean && !this.isStopped && (await this.send()));
    return this.isClean;
  }

  later(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), ms);
  }

  /** Go on with what an earlier view of the page left. */
  takeUp({ revision, sent }) {
    this.revision = revision;
    this.unheard = sent;
  }

  /** Save over a revision that was not one's own: somebody chose to. */
  goOnFrom(revision) {
    this.revision = revision;
    this.isStopped = false;
    this.typed += 1;
    return this.flush();
  }

  giveUp() {
    clearTimeout(this.timer);
    this.isStopped = true;
    this.acknowledged = this.typed;
  }

  /** Whether something was taken. */
  async send() {
    clearTimeout(this.timer);
    if (this.isSending || this.isStopped || this.isClean) return false;
    this.isSending = true;
    if (!this.unheard) [this.unheard, this.unheardTyped] = [read(this.form), this.typed];
    this.listener.keep();
    const token = this.form.elements.csrf_token.value;
    const body = new URLSearchParams([["csrf_token", token], ["revision", this.revision], ...this.unheard]);
    const response = await request(this.url, { method: "POST", body }).catch(() => null);
    const answer = response ? await response.json().catch(() => null) : null;
    this.isSending = false;
    if (!answer || !response.ok) return this.fail(response, answer);
    this.acknowledge(answer);
    return true;
  }

  acknowledge(answer) {
    this.pauses.reset();
    [this.unheard, this.acknowledged, this.revision] = [null, this.unheardTyped, answer.revision];
    this.listener.saved(answer);
    if (this.isClean) this.listener.showState("saved", answer.saved_at);
    else this.later(AFTER_TYPING_MS);
  }

  fail(response, answer) {
    this.listener.showState("unsaved");
    const isFinal = answer && response.status >= 400 && response.status < 500 && response.status !== 429;
    if (!isFinal) {
      this.later(this.pauses.next(response ? askedPause(response) : null));
      return false;
    }
    this.unheard = null;
    this.isStopped = answer.error === "OutOfDate";
    if (this.isStopped) this.listener.conflict(answer);
    else this.listener.refused(answer); // tried again with the next change
    return false;
  }
}
