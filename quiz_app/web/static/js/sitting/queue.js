// Answers on their way to the server. Each place has a key and sends for itself; its newest value replaces an unsent
// one, and it has one request at a time. What fails is sent again with growing pauses, or when a busy server asks for
// it. Retrying is safe: revisions only count up, and a late or repeated one is answered with what is kept.

import { Pauses } from "../retry.js";

const LANES = 2;
const LANES_AT_END = 6; // places do not wait for each other's slow line when time runs out
const UNREADABLE = 422; // the server cannot read this value: it waits for the next
const TOO_LATE = "AttemptClosed"; // refused, but kept as evidence: what else waits is sent for that
const FINAL = new Set([400, 401, 403, 404, 409]);

/** Hears `overtaken(place)`, `unreadable(place, answer)`, `refused(answer, isSending)` and `waiting(seconds or null)`. */
export class SaveQueue {
  constructor(places, unsent, listener) {
    this.places = new Map(places.map((place) => [place.key, place]));
    this.revisions = new Map(places.map((place) => [place.key, place.revision]));
    Object.assign(this, { unsent, listener, lanes: LANES });
    this.pending = new Map();
    this.sending = new Set();
    this.pauses = new Pauses();
    this.waitsUntil = 0; // what the server asked for
    this.timer = null;
    this.isStopped = false;
    window.addEventListener("online", () => this.hurry());
  }

  know(key, revision) {
    this.revisions.set(key, Math.max(revision, this.revisions.get(key)));
  }

  put(key, value) {
    const entry = { value, revision: this.revisions.get(key) + 1, isHeld: false };
    this.revisions.set(key, entry.revision);
    this.pending.set(key, entry);
    this.unsent.keep(key, entry);
    const mustWait = performance.now() < this.waitsUntil;
    this.places.get(key).showState(mustWait ? "unsaved" : "saving");
    if (!mustWait) this.work();
  }

  /** Whether everything readable is acknowledged. */
  isEmpty() {
    return Array.from(this.pending.values()).every((entry) => entry.isHeld);
  }

  /**
   * Take up what an earlier view of this page could not send, unless it was answered anew here or, since, elsewhere.
   * What that view has sent may still be under way: everything from here on counts above it.
   */
  restore(answeredAnew) {
    for (const [key, { value, revision, heard }] of this.unsent.all()) {
      const [place, known] = [this.places.get(key), this.revisions.get(key)];
      if (!place) continue;
      const isNewest = revision > known && (heard === null || heard === known);
      this.know(key, revision);
      if (answeredAnew.includes(key)) continue;
      if (isNewest) {
        place.show(value);
        this.put(key, value);
        continue;
      }
      this.unsent.forget(key, revision);
      if (place.isVerbatim && place.value() !== value) this.listener.overtaken(place);
    }
  }

  /** Wait until everything is acknowledged, at most `ms`; whether it is. */
  async flush(ms, { isLast = false } = {}) {
    const until = performance.now() + ms;
    if (isLast) Object.assign(this, { lanes: LANES_AT_END, waitsUntil: 0 });
    this.hurry();
    while (!this.isEmpty() && !this.isStopped && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return this.isEmpty();
  }

  hurry() {
    this.pauses.reset();
    this.work();
  }

  work() {
    if (this.isStopped || performance.now() < this.waitsUntil) return;
    clearTimeout(this.timer);
    this.timer = null;
    for (const [key, entry] of this.pending) {
      if (this.sending.size >= this.lanes) return;
      if (!entry.isHeld && !this.sending.has(key)) this.send(key, entry);
    }
  }

  async send(key, sent) {
    this.sending.add(key);
    const reply = await this.places.get(key).send(sent.value, sent.revision).catch(() => null);
    this.sending.delete(key);
    if (reply && reply.status === 200) this.acknowledge(key, sent, reply);
    else if (reply && reply.status === UNREADABLE) this.hold(key, sent, (place) => this.listener.unreadable(place, reply.answer));
    else if (reply && reply.answer && reply.answer.error === TOO_LATE) this.hold(key, sent, () => this.listener.refused(reply.answer, true));
    else if (reply && FINAL.has(reply.status)) this.listener.refused(reply.answer);
    else this.later(reply ? reply.askedS : null); // no network, a busy server, or an answer that is not ours
  }

  acknowledge(key, sent, { answer, kept }) {
    const place = this.places.get(key);
    this.pauses.reset();
    this.know(key, answer.revision);
    this.unsent.forget(key, sent.revision);
    this.listener.waiting(null);
    if (this.pending.get(key) === sent) {
      this.pending.delete(key);
      if (kept !== sent.value) {
        place.show(kept, sent.value);
        if (place.isVerbatim || answer.revision > sent.revision) this.listener.overtaken(place);
      }
      place.showState("saved", answer.saved_at);
    }
    this.work();
  }

  hold(key, sent, tell) {
    if (this.pending.get(key) === sent) {
      sent.isHeld = true;
      this.places.get(key).showState("unsaved");
      tell(this.places.get(key));
    }
    this.work();
  }

  /** Send nothing more; what is not acknowledged stays in the storage. */
  stop() {
    this.isStopped = true;
    this.showUnsaved();
  }

  later(askedS) {
    this.showUnsaved();
    if (askedS === null && this.timer) return; // two lanes that fail together are one failure
    const pause = this.pauses.next(askedS);
    if (askedS !== null) this.waitsUntil = Math.max(this.waitsUntil, performance.now() + pause);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.work(), Math.max(pause, this.waitsUntil - performance.now() + 1));
    this.listener.waiting(askedS === null ? null : Math.ceil(pause / 1000));
  }

  showUnsaved() {
    for (const key of this.pending.keys()) this.places.get(key).showState("unsaved");
  }
}
