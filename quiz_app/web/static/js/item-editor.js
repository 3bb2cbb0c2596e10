// The page on which an item is written: saved as one types, kept here while the line is dead, nobody overwritten.

import { request } from "./retry.js";
import { read, same, write } from "./editor/fields.js";
import { ImagePart } from "./editor/image.js";
import { Kept } from "./editor/kept.js";
import { mountMarks } from "./editor/marks.js";
import { Rows } from "./editor/rows.js";
import { Saver } from "./editor/saver.js";
import { Told } from "./editor/told.js";

const HERE_EVERY_MS = 20000;

class Editor {
  constructor(root) {
    this.root = root;
    this.form = root.querySelector("form");
    this.told = new Told(root);
    this.kept = new Kept(root.dataset.draft, root.dataset.member);
    this.rows = new Rows(root, () => this.changed());
    this.image = new ImagePart(root, this.form);
    this.image.follow(mountMarks(root, () => this.image.open()).target);
    this.saver = new Saver(this.form, this);
    this.form.addEventListener("input", ({ target }) => ["image", "alt"].includes(target.name) || this.changed());
    root.addEventListener("click", (event) => this.onClick(event));
    document.addEventListener("keydown", (event) => this.onKey(event));
    window.addEventListener("beforeunload", (event) => this.saver.isClean || event.preventDefault());
    window.addEventListener("pagehide", () => this.saver.giveUp()); // what is kept is taken up by the next view
    window.addEventListener("pageshow", (event) => event.persisted && location.reload());
    this.restore();
    setInterval(() => document.hidden || this.tellHere(), HERE_EVERY_MS);
  }

  changed() {
    this.saver.touch();
    this.keep();
  }

  keep() {
    this.kept.keep(this.saver.revision, read(this.form), this.saver.unheard);
  }

  /** Take up what an earlier view of this page could not save, over the revision that it was written on. */
  restore() {
    const left = this.kept.read();
    if (!left || same(left.entries, read(this.form))) return this.kept.forget();
    write(this.form, left.entries, this.rows);
    this.form.elements.section.dispatchEvent(new Event("restored"));
    this.saver.takeUp(left);
    this.told.announce("Đã lấy lại nội dung đồng chí viết lần trước mà chưa kịp lưu.");
    return this.changed();
  }

  /** Enter in a field presses the form's first button, so every way to send it comes by here. */
  onClick(event) {
    const button = event.target.closest("button[name=act], [data-act=theirs]");
    if (!button) return;
    event.preventDefault();
    if (button.dataset.act) this.abandon(button.href);
    else if (button.value === "de") this.saver.goOnFrom(this.newest);
    else if (button.value === "hinh") this.image.send();
    else if (button.value === "xem") this.leave();
    else if (!this.rows.act(button.value)) this.saveNow();
  }

  onKey(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    if (event.key.toLowerCase() === "s") this.saveNow();
    else if (event.key === "Enter") this.leave();
    else return;
    event.preventDefault();
  }

  async saveNow() {
    if (await this.saver.flush()) this.told.announce("Đã lưu.");
  }

  async leave() {
    if (await this.saver.flush()) location.assign(this.root.dataset.readUrl);
  }

  abandon(url) {
    this.saver.giveUp();
    this.kept.forget();
    location.assign(url);
  }

  showState(state, at) {
    this.told.state(state, at);
  }

  saved(answer) {
    if (this.saver.isClean) this.kept.forget();
    else this.keep();
    this.told.wrong(this.form, []);
    this.told.say("");
    this.told.regions(answer.regions);
  }

  conflict(answer) {
    this.newest = answer.revision;
    this.told.regions(answer.regions);
    this.told.part("conflict").focus();
    this.told.announce(answer.message);
  }

  refused(answer) {
    const fields = Object.entries(answer.fields || {});
    const labelled = (name) => {
      const field = this.form.elements[name];
      return field && field.labels && field.labels[0] ? field.labels[0].textContent : undefined;
    };
    const told = ([name, messages]) => [labelled(name), messages.join(" ")].filter(Boolean).join(": ");
    const words = fields.map(told).join(" ") || answer.message;
    this.told.wrong(this.form, fields.map(([name]) => name));
    this.told.say(words, !fields.length);
  }

  async tellHere() {
    const body = new URLSearchParams({ csrf_token: this.form.elements.csrf_token.value });
    const response = await request(this.root.dataset.presentUrl, { method: "POST", body }).catch(() => null);
    const answer = response && response.ok ? await response.json().catch(() => null) : null;
    if (!answer) return;
    this.told.region("others", answer.regions.others);
    if (answer.revision > this.saver.revision && this.saver.isClean && !this.saver.isSending) {
      this.told.say(`Đồng chí ${answer.saved_by} đã lưu bản mới lúc ${answer.saved_at}.`, true);
    }
  }
}

export function mount(root) {
  root.editor = new Editor(root);
}
