// Windows of one browser on the same sitting: the one opened or looked at last writes, those before are told.

/** Claim the sitting `name` for this window; `onOther` hears when another one of this browser claims it. */
export function claim(name, onOther) {
  const own = `${Date.now()}-${Math.random()}`;
  const write = () => {
    try {
      localStorage.setItem(name, own);
    } catch (error) {
      // Without storage the server still settles whose answer is the newest.
    }
  };
  window.addEventListener("storage", ({ key, newValue }) => {
    if (key === name && newValue && newValue !== own) onOther();
  });
  window.addEventListener("pageshow", (event) => event.persisted && location.reload()); // it may have been passed by
  if (document.hidden) document.addEventListener("visibilitychange", write, { once: true });
  else write();
}
