// What the page says: where the text is, what stands beside the fields, and a polite word to who listens.

const WORDS = {
  saving: () => "Đang lưu",
  saved: (at) => `Đã lưu ${at}`,
  unsaved: () => "Chưa lưu được – vẫn giữ trong máy",
};

export class Told {
  constructor(root) {
    this.root = root;
    this.remarks = this.count();
  }

  state(state, at) {
    const line = this.part("state");
    const isNews = line.dataset.state !== state;
    line.dataset.state = state;
    line.textContent = WORDS[state](at);
    if (state === "unsaved" && isNews) this.announce(`${WORDS.unsaved()}.`);
  }

  /** Put what the server wrote and cleaned into its places; a place that it does not name is empty now. */
  regions(regions) {
    for (const place of this.root.querySelectorAll("[data-region]")) fill(place, regions[place.dataset.region] || "");
    const count = this.count();
    if (count !== this.remarks) this.announce(count ? `Còn ${count} điểm cần xem lại.` : "Không còn điểm nào cần xem lại.");
    this.remarks = count;
  }

  region(name, html) {
    fill(this.root.querySelector(`[data-region="${name}"]`), html);
  }

  count() {
    return this.root.querySelectorAll(".remark").length;
  }

  wrong(form, names) {
    for (const element of form.querySelectorAll("[aria-invalid]")) element.removeAttribute("aria-invalid");
    for (const name of names) {
      const field = form.elements[name];
      if (field && field.setAttribute) field.setAttribute("aria-invalid", "true");
    }
  }

  say(words, isReloadOffered = false) {
    this.part("notice-text").textContent = words;
    this.part("reload").hidden = !isReloadOffered;
    this.part("notice").hidden = !words;
  }

  announce(words) {
    this.part("says").textContent = words;
  }

  part(role) {
    return this.root.querySelector(`[data-role=${role}]`);
  }
}

function fill(place, html) {
  if (place.dataset.shown === html) return;
  place.innerHTML = html;
  place.dataset.shown = html;
}
