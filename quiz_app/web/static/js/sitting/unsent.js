// What the server has not acknowledged, kept in the browser's storage: a reload or a closed page loses nothing. All
// windows of a sitting share it, so each takes out only what it knows to be superseded.

export class Unsent {
  constructor(name, epoch) {
    this.name = name;
    this.epoch = epoch;
  }

  /** [key, {value, revision}] for everything kept under this opening of the attempt. */
  all() {
    return Object.entries(this.read().answers).map(([key, [value, revision]]) => [key, { value, revision }]);
  }

  keep(key, { value, revision }) {
    this.change((answers) => { answers[key] = [value, revision]; });
  }

  /** The server has this or something newer. */
  forget(key, revision) {
    this.change((answers) => {
      if (answers[key] && answers[key][1] <= revision) delete answers[key];
    });
  }

  clear() {
    this.change((answers) => Object.keys(answers).forEach((key) => delete answers[key]));
  }

  read() {
    let kept = null;
    try {
      kept = JSON.parse(localStorage.getItem(this.name));
    } catch (error) {
      kept = null; // forbidden, or written by something else
    }
    const isOurs = kept && kept.epoch === this.epoch && kept.answers && !Array.isArray(kept.answers);
    return isOurs ? kept : { epoch: this.epoch, answers: {}, following: kept && Number(kept.epoch) > Number(this.epoch) };
  }

  change(act) {
    const { answers, following } = this.read();
    if (following) return; // the attempt was taken over since: the storage is the newer window's
    act(answers);
    try {
      if (Object.keys(answers).length) localStorage.setItem(this.name, JSON.stringify({ epoch: this.epoch, answers }));
      else localStorage.removeItem(this.name);
    } catch (error) {
      // Storage may be full or forbidden: the answers still stand in memory.
    }
  }
}
