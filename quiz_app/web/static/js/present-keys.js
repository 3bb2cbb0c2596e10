// <main data-module="present-keys">: the keys of a presenter lead to the slides before and after, by the page's own links.
// A slide that is longer than the wall is first read to its end by the space bar and Page Down, as anywhere.

const ONWARDS = ["ArrowRight", "PageDown", " ", "Enter"];
const BACK = ["ArrowLeft", "PageUp"];
const SCROLLS = ["PageDown", " ", "PageUp"];
const NEARLY = 4;

export function mount(root) {
  const links = { next: root.querySelector("a[rel=next]"), prev: root.querySelector("a[rel=prev]") };

  function leadsNowhere(key) {
    const page = document.documentElement;
    const isAtEnd = page.scrollTop + page.clientHeight >= page.scrollHeight - NEARLY;
    const isAtStart = page.scrollTop <= NEARLY;
    return SCROLLS.includes(key) && !(BACK.includes(key) ? isAtStart : isAtEnd);
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const isOnLink = document.activeElement && document.activeElement.matches("a, button");
    if (isOnLink && (event.key === "Enter" || event.key === " ")) return;
    const link = ONWARDS.includes(event.key) ? links.next : BACK.includes(event.key) ? links.prev : null;
    if (!link || leadsNowhere(event.key)) return;
    event.preventDefault();
    link.click();
  });
}
