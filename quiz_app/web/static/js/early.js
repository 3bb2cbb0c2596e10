/* Runs before the first paint (a classic script): the chosen size must not jump, and `.js-only` must not flicker. */
(function (root) {
  root.classList.add("js");
  try {
    var size = localStorage.getItem("co-chu");
    if (size === "co-lon" || size === "co-rat-lon") root.classList.add(size);
  } catch (error) {
    /* storage refused (private mode): the page stays at its usual size */
  }
})(document.documentElement);
