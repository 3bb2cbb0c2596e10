// Keeps which section of a lesson is on screen, so that reading goes on there on any device. The last heading that has
// passed the upper third is where one reads; it counts once it has stayed for a moment, not while one scrolls past. Before
// the first heading is no place: who opens a lesson at its top is offered the place of the last time and must not lose it.

const STAYS_MS = 3000;

export function mount(article) {
  const headings = Array.from(article.querySelectorAll("h2[id]"));
  const token = document.querySelector("input[name=csrf_token]");
  if (!headings.length || !token) return;
  let kept = null;
  let timer = null;

  function current() {
    const line = window.innerHeight / 3;
    return headings.filter((heading) => heading.getBoundingClientRect().top <= line).length;
  }

  function send(place) {
    kept = place;
    const body = new FormData();
    body.append("csrf_token", token.value);
    body.append("place", String(place));
    // what does not get through is sent with the next section: reading works the same without
    fetch(article.dataset.url, { method: "POST", body, credentials: "same-origin", keepalive: true }).catch(() => { kept = null; });
  }

  function look() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const place = current();
      if (place && place !== kept && !document.hidden) send(place);
    }, STAYS_MS);
  }

  window.addEventListener("scroll", look, { passive: true });
  document.addEventListener("visibilitychange", look);
  look();
}
