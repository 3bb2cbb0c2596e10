// Whoever signs out leaves nothing of what he was writing on the device.

import { PREFIX } from "./editor/kept.js";

function clear() {
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) localStorage.removeItem(name);
  } catch (error) {
    // storage refused: nothing was kept either
  }
}

export function mount(form) {
  form.addEventListener("submit", () => {
    window.addEventListener("pagehide", clear); // until then the page may try to save once more, and keep it
    // Warned of what is not saved, he may have stayed: then he writes on.
    document.addEventListener("input", () => window.removeEventListener("pagehide", clear), { once: true });
  });
}
