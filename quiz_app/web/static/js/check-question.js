// <form data-module="check-question">: answers in place. Without it the form posts and the page comes back the same.

const FAILED = "Chưa gửi được câu trả lời. Đồng chí kiểm tra kết nối mạng rồi bấm lại.";

function told(message) {
  const line = document.createElement("p");
  line.className = "field__error";
  line.textContent = message;
  return line;
}

async function send(form) {
  const response = await fetch(form.action, {
    method: "POST",
    body: new FormData(form),
    headers: { Accept: "application/json" },
    credentials: "same-origin",
  });
  const answer = await response.json();
  if (response.ok) return answer;
  const words = Object.values(answer.fields || {}).flat();
  return { message: words[0] || answer.message || FAILED };
}

export function mount(form) {
  const place = form.querySelector("[data-check-result]");
  const button = form.querySelector("button[type=submit]");
  const label = button.querySelector("span") || button;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    form.querySelectorAll("fieldset .field__error").forEach((old) => old.remove());
    try {
      const answer = await send(form);
      if (answer.message) {
        place.textContent = "";
        place.appendChild(told(answer.message));
      } else {
        place.innerHTML = answer.html; // rendered by our own server, from texts cleaned when they were published
        label.textContent = "Trả lời lại";
      }
    } catch (error) {
      place.textContent = "";
      place.appendChild(told(FAILED));
    }
    button.disabled = false;
  });

  // A changed mind makes the old verdict wrong to look at.
  form.addEventListener("change", () => {
    place.textContent = "";
  });
}
