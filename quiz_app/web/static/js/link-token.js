// A secret that came in the fragment of a link: put into its field, which then need not be seen, and taken out of the
// address, so that neither history nor a picture of the screen keeps it.

export function mount(root) {
  const token = decodeURIComponent(location.hash.slice(1));
  if (!token) return;
  root.querySelector("input").value = token;
  root.hidden = true;
  history.replaceState(null, "", location.pathname + location.search);
}
