// The token of a scanned slip stands in the fragment, which browsers send to nobody: it goes into the form, and out of
// the address, so that neither the history nor a shared link keeps it.

const TOKEN = /^#([A-Za-z0-9_-]{43})$/;

function take(form) {
  const found = TOKEN.exec(location.hash);
  if (!found) return;
  history.replaceState(null, "", location.pathname);
  form.elements.token.value = found[1];
  form.querySelector("[data-slip-read]").hidden = false;
  form.querySelector("[data-slip-code]").hidden = true;
  form.elements.factor.focus();
}

export function mount(form) {
  take(form);
  window.addEventListener("hashchange", () => take(form)); // another slip scanned into the same tab
}
