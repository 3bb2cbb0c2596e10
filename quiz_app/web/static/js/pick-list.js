// <fieldset data-module="pick-list" data-search="Tìm đơn vị"> around rows marked data-pick, each with a checkbox: adds a
// box that leaves only the rows with the words typed (marks or none), and says how many are chosen. Folds marked
// data-picks open where a row is found. Without it the rows are simply a long list.

function bare(text) {
  return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase();
}

export function mount(element) {
  const rows = Array.from(element.querySelectorAll("[data-pick]"), (row) => ({
    row,
    box: row.querySelector("input"),
    words: bare(row.textContent),
    fold: row.closest("details[data-picks]"),
  }));
  if (!rows.length) return;
  const folds = Array.from(element.querySelectorAll("details[data-picks]"), (fold) => ({ fold, wasOpen: fold.open }));

  const tools = document.createElement("div");
  tools.className = "picks__tools";
  const label = document.createElement("label");
  label.textContent = element.dataset.search;
  const search = document.createElement("input");
  search.type = "search";
  search.className = "input";
  search.autocomplete = "off";
  label.appendChild(search);
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  tools.appendChild(label);
  tools.appendChild(said);
  element.insertBefore(tools, rows[0].fold || rows[0].row.parentNode);

  function count(found) {
    const chosen = rows.filter((one) => one.box.checked).length;
    said.textContent = (found === null ? "" : `Tìm thấy ${found}. `) + (chosen ? `Đã chọn ${chosen}.` : "Chưa chọn.");
  }

  function narrow() {
    const wanted = bare(search.value).split(/\s+/).filter(Boolean);
    let found = 0;
    for (const one of rows) {
      const isFound = wanted.every((word) => one.words.includes(word));
      one.row.hidden = !isFound;
      if (isFound) found += 1;
    }
    for (const one of folds) {
      const isEmpty = !rows.some((row) => row.fold === one.fold && !row.row.hidden);
      one.fold.hidden = isEmpty;
      one.fold.open = wanted.length ? !isEmpty : one.wasOpen;
    }
    count(wanted.length ? found : null);
  }

  search.addEventListener("input", narrow);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault(); // it looks for something, it does not save the page
  });
  element.addEventListener("change", () => count(null));
  count(null);
}
