// Answers on their way to the server. The newest choice of a place replaces an unsent one; one request at a time keeps
// their order; what fails is sent again with growing pauses. What is not acknowledged is also kept in the browser's
// storage, so that a reload or a closed page loses nothing. Retrying is safe: revisions only count up.

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30000;
const FINAL = new Set([400, 401, 403, 404, 409, 422]);
const MENDED_BY_RELOAD = new Set([400, 401, 403]); // an old form, a sign-in that ended: what is unsent stays stored

export class SaveQueue {
  constructor({ key, epoch, send, onState, onKept, onOvertaken, onRefused }) {
    Object.assign(this, { key, epoch, send, onState, onKept, onOvertaken, onRefused });
    this.pending = new Map();
    this.revisions = new Map();
    this.isSending = false;
    this.isStopped = false;
    this.pauseMs = FIRST_PAUSE_MS;
    window.addEventListener("online", () => this.hurry());
  }

  /** The revision that the server keeps at a place. */
  know(place, revision) {
    this.revisions.set(place, Math.max(revision, this.revisions.get(place) || 0));
  }

  put(place, letters) {
    const revision = (this.revisions.get(place) || 0) + 1;
    this.revisions.set(place, revision);
    this.pending.set(place, { letters, revision });
    this.store();
    this.onState(place, "saving");
    this.hurry();
  }

  isEmpty() {
    return this.pending.size === 0;
  }

  /** Take up what an earlier view of this page could not send, but for places that have been answered anew. */
  restore(answeredAnew) {
    let kept = null;
    try {
      kept = JSON.parse(localStorage.getItem(this.key));
    } catch (error) {
      kept = null;
    }
    if (!kept || kept.epoch !== this.epoch) return;
    for (const [place, letters] of kept.answers.filter((answer) => !answeredAnew.includes(answer[0]))) {
      this.onKept(place, letters);
      this.put(place, letters);
    }
  }

  /** Wait until everything is acknowledged, at most `ms`; whether it is. */
  async flush(ms) {
    const until = performance.now() + ms;
    this.hurry();
    while (!this.isEmpty() && !this.isStopped && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return this.isEmpty();
  }

  hurry() {
    clearTimeout(this.timer);
    this.pauseMs = FIRST_PAUSE_MS;
    this.work();
  }

  async work() {
    if (this.isSending || this.isStopped || this.isEmpty()) return;
    this.isSending = true;
    const [place, sent] = this.pending.entries().next().value;
    let reply = null;
    try {
      reply = await this.send(place, sent.letters, sent.revision);
    } catch (error) {
      reply = null; // no network, or an answer that is not ours: the same save goes out again
    }
    this.isSending = false;
    if (reply && reply.status === 200) this.acknowledge(place, sent, reply.answer);
    else if (reply && FINAL.has(reply.status)) this.refused(place, reply);
    else this.later();
  }

  acknowledge(place, sent, answer) {
    this.pauseMs = FIRST_PAUSE_MS;
    this.know(place, answer.revision);
    const isLatest = this.pending.get(place) === sent;
    if (isLatest) {
      this.pending.delete(place);
      this.store();
      if (answer.letters !== sent.letters) {
        this.onKept(place, answer.letters);
        this.onOvertaken(place);
      }
      this.onState(place, "saved", answer.saved_at);
    }
    this.work();
  }

  refused(place, { status, answer }) {
    this.isStopped = true;
    if (!MENDED_BY_RELOAD.has(status)) this.pending.clear();
    this.store();
    this.onState(place, "refused");
    this.onRefused(answer);
  }

  later() {
    for (const place of this.pending.keys()) this.onState(place, "unsaved");
    const pause = this.pauseMs * (0.5 + Math.random());
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS);
    this.timer = setTimeout(() => this.work(), pause);
  }

  store() {
    const answers = Array.from(this.pending, ([place, { letters }]) => [place, letters]);
    try {
      if (answers.length) localStorage.setItem(this.key, JSON.stringify({ epoch: this.epoch, answers }));
      else localStorage.removeItem(this.key);
    } catch (error) {
      // Storage may be full or forbidden: the answers still stand in memory.
    }
  }
}
