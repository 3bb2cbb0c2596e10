// One place of the paper at a time, the buttons between them, and the overview. Everything shown came with the page, so
// moving needs no network.

export class Steps {
  constructor(root, forms) {
    this.root = root;
    this.forms = forms;
    this.buttons = Array.from(document.querySelectorAll("[data-go]"));
    for (const button of this.buttons) {
      button.addEventListener("click", () => this.show(this.current + Number(button.dataset.go)));
    }
    for (const link of root.querySelectorAll("[data-place]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.showForm(document.querySelector(link.getAttribute("href")));
      });
    }
    const asked = forms.findIndex((form) => form.id && `#${form.id}` === location.hash);
    this.show(asked < 0 ? Number(root.dataset.current) - 1 : asked, false);
  }

  showForm(form) {
    this.show(this.forms.indexOf(form));
  }

  show(index, isMoving = true) {
    this.current = Math.min(Math.max(index, 0), this.forms.length - 1);
    const shown = this.forms[this.current];
    for (const form of this.forms) form.hidden = form !== shown;
    for (const link of this.root.querySelectorAll("[data-place]")) {
      if (link.getAttribute("href") === `#${shown.id}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    for (const button of this.buttons) {
      const to = this.current + Number(button.dataset.go);
      button.disabled = to < 0 || to >= this.forms.length;
    }
    history.replaceState(null, "", `#${shown.id}`);
    if (!isMoving) return;
    window.scrollTo(0, 0);
    const first = shown.querySelector("input:checked, input:not([type=hidden])");
    if (first) first.focus({ preventScroll: true });
  }
}
