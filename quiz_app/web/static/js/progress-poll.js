// A background job's progress: asks data-url every two seconds for {done, total, state, message, url}
// and moves the <progress> inside. state: "running" | "done" | "failed". When done, goes to `url` if there is one.

const USUAL_MS = 2000;
const LONGEST_MS = 30000;

async function ask(url) {
  const response = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

export function mount(element) {
  const bar = element.querySelector("progress");
  const words = element.querySelector("[data-progress-text]");
  let wait = USUAL_MS;

  function show(job) {
    if (bar && job.total > 0) {
      bar.max = job.total;
      bar.value = job.done;
    }
    if (words && job.message && words.textContent !== job.message) words.textContent = job.message;
  }

  async function poll() {
    try {
      const job = await ask(element.dataset.url);
      wait = USUAL_MS;
      show(job);
      if (job.state === "done" && job.url) {
        location.assign(job.url);
        return;
      }
      if (job.state !== "running") {
        element.dataset.state = job.state;
        return;
      }
    } catch (error) {
      wait = Math.min(wait * 2, LONGEST_MS); // the network or the server is resting: ask less often, never give up
    }
    setTimeout(poll, wait);
  }

  poll();
}
