// A library of many documents: first the document, then its sections alone.

export function mount(element) {
  const sections = element.querySelector("select");
  const groups = Array.from(sections.querySelectorAll("optgroup"));
  if (groups.length < 2) return;
  const field = document.createElement("div");
  field.className = "field";
  const label = document.createElement("label");
  label.htmlFor = "chon-van-ban";
  label.textContent = "Văn bản";
  const documents = document.createElement("select");
  documents.id = label.htmlFor;
  documents.className = "select";
  documents.append(new Option("Tất cả văn bản", ""), ...groups.map((group) => new Option(group.label, group.label)));
  field.append(label, documents);
  element.prepend(field);
  sections.labels[0].textContent = "Mục";

  function narrow() {
    for (const group of groups) group.hidden = documents.value !== "" && group.label !== documents.value;
  }

  function follow() {
    const chosen = sections.selectedOptions[0];
    const group = chosen && chosen.closest("optgroup");
    documents.value = group ? group.label : "";
    narrow();
  }

  documents.addEventListener("change", () => {
    narrow();
    const chosen = sections.selectedOptions[0];
    const group = chosen.closest("optgroup");
    if (documents.value && chosen.value && (group === null || group.label !== documents.value)) {
      sections.value = "";
      sections.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
  sections.addEventListener("restored", follow);
  follow();
}
