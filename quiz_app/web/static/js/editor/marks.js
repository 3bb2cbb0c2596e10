// A little Markdown by button or key: bold, italic, lists. What is typed this way can be undone like any typing.

const KEYS = { b: "**", i: "*" };

export function mountMarks(root, onImage) {
  let last = root.querySelector("textarea[data-markdown]");
  root.addEventListener("focusin", ({ target }) => {
    if (target.matches("textarea[data-markdown]")) last = target;
  });
  root.addEventListener("keydown", (event) => {
    const mark = KEYS[event.key.toLowerCase()];
    if (!mark || !(event.ctrlKey || event.metaKey) || event.altKey || !event.target.matches("textarea[data-markdown]")) return;
    event.preventDefault();
    put(event.target, mark);
  });
  for (const bar of root.querySelectorAll("[data-toolbar]")) {
    const field = document.getElementById(bar.dataset.toolbar);
    bar.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-mark]");
      if (!button) return;
      if (button.dataset.mark === "image") {
        last = field;
        onImage();
      } else put(field, button.dataset.mark);
    });
  }
  return { target: () => last };
}

function put(field, mark) {
  field.focus();
  if (mark === "- ") listed(field);
  else wrapped(field, mark);
}

function wrapped(field, mark) {
  const { selectionStart: start, selectionEnd: end, value } = field;
  const chosen = value.slice(start, end);
  insert(field, `${mark}${chosen}${mark}`);
  field.setSelectionRange(start + mark.length, start + mark.length + chosen.length);
}

function listed(field) {
  const start = field.value.lastIndexOf("\n", field.selectionStart - 1) + 1;
  const lines = field.value.slice(start, field.selectionEnd).split("\n");
  field.setSelectionRange(start, field.selectionEnd);
  insert(field, lines.map((line) => (line.startsWith("- ") ? line : `- ${line}`)).join("\n"));
}

/** Insert at the cursor, in place of what is chosen. */
export function insert(field, text) {
  field.focus();
  if (document.execCommand("insertText", false, text)) return; // the only way that the browser can undo
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
