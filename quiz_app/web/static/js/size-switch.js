// The size of the type: three buttons, remembered on this device.

const SIZES = ["", "co-lon", "co-rat-lon"];
const KEY = "co-chu";

function remember(size) {
  try {
    localStorage.setItem(KEY, size);
  } catch (error) {
    // storage refused: the choice holds for this page only
  }
}

export function mount(element) {
  const root = document.documentElement;
  const buttons = Array.from(element.querySelectorAll("button[data-size]"));

  function show() {
    for (const button of buttons) {
      const size = button.dataset.size;
      const isOn = size ? root.classList.contains(size) : !SIZES.some((other) => other && root.classList.contains(other));
      button.setAttribute("aria-pressed", String(isOn));
    }
  }

  for (const button of buttons) {
    button.addEventListener("click", () => {
      for (const size of SIZES) if (size) root.classList.remove(size);
      if (button.dataset.size) root.classList.add(button.dataset.size);
      remember(button.dataset.size);
      show();
    });
  }
  show();
}
