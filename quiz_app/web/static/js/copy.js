// <button data-module="copy" data-copy="#id-of-text">: copies the text, for pasting into a group of messages.

export async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.appendChild(area);
  area.select();
  const isDone = document.execCommand("copy");
  area.remove();
  if (!isDone) throw new Error("copy refused");
}

export function mount(element) {
  const said = document.createElement("span");
  said.className = "visually-hidden";
  said.setAttribute("role", "status");
  element.insertAdjacentElement("afterend", said);
  const label = element.querySelector("[data-copy-label]") || element;
  const usual = label.textContent;

  element.addEventListener("click", async () => {
    const source = document.querySelector(element.dataset.copy);
    if (!source) return;
    try {
      await copyText(source.value || source.textContent.trim());
      label.textContent = "Đã sao chép";
      said.textContent = "Đã sao chép";
    } catch (error) {
      label.textContent = "Chưa sao chép được";
      said.textContent = "Chưa sao chép được, đồng chí hãy chọn và sao chép bằng tay";
    }
    setTimeout(() => {
      label.textContent = usual;
      said.textContent = "";
    }, 3000);
  });
}
