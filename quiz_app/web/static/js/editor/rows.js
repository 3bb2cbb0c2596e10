// The options of an item: added, removed, moved, lettered anew; radio buttons or boxes, by the kind of the item.

const LETTERS = "ABCDEFGH";
const PLAIN_ID = /^[\w-]{1,20}$/;

export class Rows {
  constructor(root, onChange) {
    this.root = root;
    this.onChange = onChange;
    this.list = root.querySelector("[data-role=rows]");
    this.blank = root.querySelector("[data-role=blank-row]");
    this.fresh = root.dataset.fresh.split(" ");
    this.fewest = Number(root.dataset.fewest);
    this.most = Number(root.dataset.most);
    this.kinds = Array.from(root.querySelectorAll("input[name=kind]"));
    for (const kind of this.kinds) kind.addEventListener("change", () => this.follow());
    this.list.addEventListener("keydown", (event) => this.onKey(event));
    this.follow();
  }

  all() {
    return Array.from(this.list.children);
  }

  /** Whether a button's act was ours to do. */
  act(name) {
    const [what, id] = name.split(":");
    const row = this.find(id);
    if (what === "them") this.add();
    else if (row && what === "bo") this.drop(row);
    else if (row && what === "len") this.move(row, -1);
    else if (row && what === "xuong") this.move(row, 1);
    else return false;
    return true;
  }

  /** Show exactly these options, in this order. */
  show(ids) {
    const wanted = ids.filter((id) => PLAIN_ID.test(id)).map((id) => this.find(id) || this.made(id));
    this.list.textContent = "";
    this.list.append(...wanted);
    this.follow();
  }

  follow() {
    const kind = (this.kinds.find((one) => one.checked) || {}).value;
    const type = kind === "multiple" ? "checkbox" : "radio";
    for (const key of this.root.querySelectorAll("input[name=key]")) if (key.type !== type) key.type = type;
    for (const part of this.root.querySelectorAll("[data-kinds]")) part.hidden = !part.dataset.kinds.split(" ").includes(kind);
    this.letter();
  }

  letter() {
    const rows = this.all();
    rows.forEach((row, place) => {
      for (const name of row.querySelectorAll("[data-letter]")) name.textContent = LETTERS[place];
      row.querySelector(".option__text label").textContent = `Phương án ${LETTERS[place]}`;
      row.querySelector("[value^='bo:']").disabled = rows.length <= this.fewest;
    });
    this.root.querySelector("[name=act][value=them]").disabled = rows.length >= this.most;
  }

  add() {
    const used = new Set(this.all().map((row) => row.dataset.option));
    const id = this.fresh.find((one) => !used.has(one));
    if (!id || used.size >= this.most) return;
    const row = this.made(id);
    this.list.append(row);
    this.follow();
    row.querySelector("textarea").focus();
    this.onChange();
  }

  drop(row) {
    const beside = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    this.letter();
    beside.querySelector("textarea").focus();
    this.onChange();
  }

  /** Move by one place; what had the focus keeps it. */
  move(row, by) {
    const focused = document.activeElement;
    const beside = by < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!beside) return;
    if (by < 0) beside.before(row);
    else beside.after(row);
    this.letter();
    focused.focus();
    this.onChange();
  }

  /** Radio buttons are one stop of the Tab key, wherever the first of them stands: so each row has a key for its own. */
  onKey(event) {
    const row = event.target.closest("[data-option]");
    if (!event.altKey || !row) return;
    if (event.key === "ArrowUp") this.move(row, -1);
    else if (event.key === "ArrowDown") this.move(row, 1);
    else if (event.key === "Enter") row.querySelector("input[name=key]").click();
    else return;
    event.preventDefault();
  }

  find(id) {
    return this.all().find((row) => row.dataset.option === id);
  }

  made(id) {
    const holder = document.createElement("template");
    holder.innerHTML = this.blank.innerHTML.split("__ID__").join(id);
    return holder.content.firstElementChild;
  }
}
