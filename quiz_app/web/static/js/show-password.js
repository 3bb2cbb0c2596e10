// "Hiện" / "Ẩn" beside a secret: typing six digits blind on a small phone is where people give up.

export function mount(element) {
  const input = element.querySelector("input");
  const button = element.querySelector("button");
  if (!input || !button) return;

  function show(isVisible) {
    input.type = isVisible ? "text" : "password";
    button.textContent = isVisible ? "Ẩn" : "Hiện";
    button.setAttribute("aria-pressed", String(isVisible));
  }

  button.addEventListener("click", () => {
    show(input.type === "password");
    input.focus();
  });
  // A visible secret must not be offered by the browser's memory of text fields.
  if (input.form) input.form.addEventListener("submit", () => show(false));
}
