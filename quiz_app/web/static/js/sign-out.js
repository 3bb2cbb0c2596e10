// Whoever signs out leaves nothing of what he was writing on the device.

import { PREFIX } from "./editor/kept.js";

export function mount(form) {
  form.addEventListener("submit", () => {
    try {
      for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) localStorage.removeItem(name);
    } catch (error) {
      // storage refused: nothing was kept either
    }
  });
}
