// A busy server's page: counts the seconds down; then what had been sent is sent again. A page that was only asked for
// is loaded again by its own Refresh header, with or without this.

export function mount(root) {
  const text = root.querySelector("[data-wait-text]");
  const form = root.querySelector("form");
  const endsAt = performance.now() + Number(root.dataset.waitS) * 1000;
  const timer = setInterval(() => {
    const seconds = Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
    text.textContent = seconds;
    if (seconds > 0) return;
    clearInterval(timer);
    if (form) form.submit();
  }, 250);
}
