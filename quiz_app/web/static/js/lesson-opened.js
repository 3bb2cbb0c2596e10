// Notes that a lesson was opened, once it is on screen. Reading works the same when this does not get through.

export function mount(form) {
  const token = new FormData();
  token.append("csrf_token", form.elements.csrf_token.value);
  fetch(form.dataset.url, { method: "POST", body: token, credentials: "same-origin" }).catch(() => {});
}
