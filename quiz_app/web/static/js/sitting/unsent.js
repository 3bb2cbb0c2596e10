// What the server has not acknowledged, kept in the browser's storage: a reload or a closed page loses nothing. All
// windows of a sitting share it, so each takes out only what it knows to be superseded.

export class Unsent {
  constructor(name, epoch) {
    this.name = name;
    this.epoch = epoch;
  }

  /**
   * [key, {value, revision, heard}] for everything kept. Of what an earlier opening of the attempt left, `heard` is the
   * revision that the server had acknowledged by then, and null of what this one keeps: in between another device may
   * have answered, and its revisions tell nothing about ours.
   */
  all() {
    const { answers, epoch } = this.read();
    return Object.entries(answers).map(([key, [value, revision, heard]]) => {
      return [key, { value, revision, heard: epoch === this.epoch ? null : heard }];
    });
  }

  keep(key, { value, revision }) {
    this.change((answers) => {
      const heard = answers[key] ? answers[key][2] : revision - 1;
      answers[key] = [value, revision, heard];
    });
  }

  /** The server has this or something newer. */
  forget(key, revision) {
    this.change((answers) => {
      if (!answers[key]) return;
      if (answers[key][1] <= revision) delete answers[key];
      else answers[key][2] = revision;
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
    const following = kept && Number(kept.epoch) > Number(this.epoch);
    const isOurs = kept && !following && kept.answers && !Array.isArray(kept.answers);
    return isOurs ? kept : { epoch: this.epoch, answers: {}, following };
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
