// <form data-module="blueprint-sums">: while numbers are typed, how many items a paper has and how many points at most.
// Cells are the inputs named o_<topic>_<level>, points those named diem_<level>.

const NUMBERS = new Intl.NumberFormat("vi-VN");

function whole(text, otherwise) {
  return /^\d+$/.test(text.trim()) ? parseInt(text, 10) : otherwise;
}

export function mount(form) {
  const cells = Array.from(form.querySelectorAll("input[name^=o_]"), (input) => ({
    input,
    points: form.elements["diem_" + input.name.slice(input.name.lastIndexOf("_") + 1)],
  }));
  const items = form.querySelector("[data-sum=items]");
  const points = form.querySelector("[data-sum=points]");

  function add() {
    let count = 0;
    let most = 0;
    for (const cell of cells) {
      const number = whole(cell.input.value, 0);
      count += number;
      most += number * whole(cell.points.value, 1);
    }
    items.textContent = NUMBERS.format(count);
    points.textContent = NUMBERS.format(most);
  }

  form.addEventListener("input", add);
  add();
}
