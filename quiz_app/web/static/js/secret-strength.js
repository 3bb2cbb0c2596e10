// <p data-module="secret-strength" data-for="new" data-least="6">: says how good the secret is while it is typed. The
// server decides; this spares people from being sent back.

const WEAK_WORDS = ["matkhau", "password", "dangvien", "chibo", "battrang", "qwerty"];
const MEMBER_LENGTH = 8; // with letters

function isRun(digits) {
  const steps = new Set();
  for (let place = 1; place < digits.length; place += 1) {
    steps.add((Number(digits[place]) - Number(digits[place - 1]) + 10) % 10);
  }
  return steps.size === 1 || new Set(digits).size < 3;
}

function plain(text) {
  return text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d").replace(/[\s\d!@#.\-_]/g, "");
}

export function verdict(secret, least, isStaff) {
  if (!secret) return "";
  const isPin = /^\d+$/.test(secret) && !isStaff;
  const wanted = isStaff || isPin ? least : MEMBER_LENGTH;
  const length = [...secret.normalize("NFC")].length;
  if (length < wanted) return `Còn thiếu ${wanted - length} ${isPin ? "chữ số" : "ký tự"}.`;
  if (/^\d+$/.test(secret) && isRun(secret)) return "Dễ đoán: chữ số lặp lại hoặc liên tiếp.";
  if (new Set(secret).size < 4 && !isPin) return "Dễ đoán: quá ít ký tự khác nhau.";
  if (WEAK_WORDS.includes(plain(secret))) return "Dễ đoán: từ quá quen thuộc.";
  return length >= wanted + (isPin ? 2 : 4) ? "Độ khó đoán: tốt." : "Độ khó đoán: được.";
}

export function mount(element) {
  const input = document.getElementById(element.dataset.for);
  if (!input) return;
  const least = Number(element.dataset.least);
  input.addEventListener("input", () => {
    element.textContent = verdict(input.value, least, "staff" in element.dataset);
  });
}
