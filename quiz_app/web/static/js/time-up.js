// The page before submitting: at zero it submits by itself, as the paper would.

export function mount(root) {
  document.addEventListener("countdown:end", () => {
    const form = root.querySelector("form");
    if (form) form.submit();
  });
}
