// The form as a list of names and values, and back.

const NOT_WRITTEN = new Set(["csrf_token", "revision", "image", "alt", "act"]);

export function read(form) {
  return Array.from(new FormData(form)).filter(([name]) => !NOT_WRITTEN.has(name));
}

export function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Put a list back into the form; `rows` makes the options it names. */
export function write(form, entries, rows) {
  const valuesOf = (name) => entries.filter(([one]) => one === name).map(([, value]) => value);
  rows.show(valuesOf("row"));
  for (const element of form.elements) {
    if (!element.name || NOT_WRITTEN.has(element.name) || element.name === "row") continue;
    const values = valuesOf(element.name);
    if (["radio", "checkbox"].includes(element.type)) element.checked = values.includes(element.value);
    else if (values.length) element.value = values[0];
  }
}
