// What was written and is not with the server yet, kept in this browser: a reload, a closed page or a dead line loses
// nothing. Under the draft and its writer, so that nobody who uses the device after him meets it.

export const PREFIX = "ban-nhap-";

export class Kept {
  constructor(draft, member) {
    this.name = `${PREFIX}${draft}-${member}`;
  }

  /** {revision, entries, sent} of what was left, or null; `sent` is what was sent and never answered. */
  read() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.name));
      return kept && Array.isArray(kept.entries) ? kept : null;
    } catch (error) {
      return null; // forbidden, or written by something else
    }
  }

  keep(revision, entries, sent) {
    try {
      localStorage.setItem(this.name, JSON.stringify({ revision, entries, sent }));
    } catch (error) {
      // Storage may be full or forbidden: the page still holds it.
    }
  }

  forget() {
    try {
      localStorage.removeItem(this.name);
    } catch (error) {
      // as above
    }
  }
}
