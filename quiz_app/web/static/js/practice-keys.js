// <div data-module="practice-keys">: keys 1 to 9 choose an option; once a question is answered its verdict has the focus,
// and Enter there leads on. Without it the choices are reached by Tab and the arrow keys, as anywhere.

export function mount(root) {
  const boxes = Array.from(root.querySelectorAll("input[name=choice]"));
  const verdict = root.querySelector("[data-verdict]");
  const onwards = root.querySelector("a.button--primary");
  const hint = root.querySelector("[data-keys-hint]");
  if (verdict) verdict.focus();
  if (hint) hint.hidden = !matchMedia("(hover: hover)").matches; // a phone has no such keys

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const box = /^[1-9]$/.test(event.key) ? boxes[Number(event.key) - 1] : null;
    if (box) {
      event.preventDefault();
      box.focus();
      box.click();
    } else if (event.key === "Enter" && onwards && document.activeElement === verdict) {
      event.preventDefault();
      onwards.click();
    }
  });
}
