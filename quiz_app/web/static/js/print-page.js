// <button data-module="print-page">: prints the page.

export function mount(button) {
  button.addEventListener("click", () => window.print());
}
