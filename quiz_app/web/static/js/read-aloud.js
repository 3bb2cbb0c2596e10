// Reads a text aloud with the browser's own Vietnamese voice, a sentence at a time, and marks the one being read. The
// controls stay hidden where there is no Vietnamese voice: a foreign one reading Vietnamese cannot be understood.

const BLOCKS = "h2, h3, h4, p, li, th, td";
// A full stop within a number or a code ("II.1.5") has no space after it.
const SENTENCE_END = /[.!?…]+["”’)\]]*\s+/g;
const RATES = [["vừa", 1], ["nhanh", 1.25], ["chậm", 0.8]];

/** Where the sentences of a text end. */
export function ends(text) {
  const found = [];
  text.replace(SENTENCE_END, (match, at) => { found.push(at + match.length); });
  return found[found.length - 1] === text.length ? found : found.concat(text.length);
}

function textNodes(block) {
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) {
    if (walker.currentNode.parentElement.closest(BLOCKS) === block) nodes.push(walker.currentNode);
  }
  return nodes;
}

/** Wraps each sentence of a block in spans (several where a tag begins or ends within it), and returns them. */
function wrap(block) {
  const nodes = textNodes(block);
  const limits = ends(nodes.map((node) => node.data).join(""));
  const sentences = limits.map(() => []);
  let before = 0;
  for (const node of nodes) {
    const text = node.data;
    const pieces = document.createDocumentFragment();
    let at = 0;
    while (at < text.length) {
      const which = limits.findIndex((limit) => limit > before + at);
      const to = Math.min(text.length, limits[which] - before);
      const span = document.createElement("span");
      span.textContent = text.slice(at, to);
      pieces.append(span);
      sentences[which].push(span);
      at = to;
    }
    before += text.length;
    node.replaceWith(pieces);
  }
  return sentences.filter((spans) => spans.some((span) => span.textContent.trim()));
}

class Reader {
  constructor(controls, text) {
    this.controls = controls;
    this.sentences = Array.from(text.querySelectorAll(BLOCKS)).map(wrap).reduce((all, own) => all.concat(own), []);
    this.at = 0;
    this.isReading = false;
    this.utterance = null; // kept, since some browsers drop the end of one that nothing refers to
    this.rate = 0;
    const acts = {
      play: () => this.toggle(), back: () => this.go(-1), on: () => this.go(1), rate: () => this.nextRate(), stop: () => this.end(),
    };
    controls.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) acts[button.name]();
    });
    window.addEventListener("pagehide", () => speechSynthesis.cancel());
    this.show();
  }

  toggle() {
    this.isReading = !this.isReading;
    if (this.isReading) this.speak();
    else this.hush(); // not `pause`, which phones lack: the sentence begins again
    this.show();
  }

  go(step) {
    this.at = Math.min(Math.max(0, this.at + step), this.sentences.length - 1);
    if (this.isReading) this.speak();
    this.show();
  }

  nextRate() {
    this.rate = (this.rate + 1) % RATES.length;
    if (this.isReading) this.speak();
    this.show();
  }

  end() {
    this.isReading = false;
    this.at = 0;
    this.hush();
    this.show();
  }

  hush() {
    this.utterance = null;
    speechSynthesis.cancel();
  }

  speak() {
    this.hush();
    const utterance = new SpeechSynthesisUtterance(this.sentences[this.at].map((span) => span.textContent).join(""));
    this.utterance = utterance;
    utterance.voice = vietnamese();
    utterance.lang = "vi-VN";
    utterance.rate = RATES[this.rate][1];
    utterance.onend = () => {
      if (this.utterance !== utterance) return; // hushed, or another sentence was asked for
      if (this.at + 1 === this.sentences.length) this.end();
      else this.go(1);
    };
    utterance.onerror = () => { if (this.utterance === utterance) this.toggle(); };
    speechSynthesis.speak(utterance);
  }

  show() {
    const isBegun = this.isReading || this.at > 0;
    for (const button of this.controls.querySelectorAll("button")) {
      if (button.name === "play") button.textContent = this.isReading ? "Tạm dừng" : isBegun ? "Nghe tiếp" : "Nghe bài";
      else if (button.name === "rate") button.textContent = `Tốc độ: ${RATES[this.rate][0]}`;
      else button.hidden = !isBegun;
    }
    for (const span of document.querySelectorAll(".is-read")) span.classList.remove("is-read");
    if (!isBegun) return;
    for (const span of this.sentences[this.at]) span.classList.add("is-read");
    const box = this.sentences[this.at][0].getBoundingClientRect();
    if (box.top < 0 || box.bottom > window.innerHeight * 0.8) window.scrollBy(0, box.top - window.innerHeight / 3);
  }
}

function vietnamese() {
  const voices = speechSynthesis.getVoices().filter((voice) => /^vi(?![a-z])/i.test(voice.lang));
  return voices.find((voice) => voice.localService) || voices[0];
}

export function mount(controls) {
  const text = document.getElementById(controls.dataset.text);
  if (!("speechSynthesis" in window) || !text) return;
  const begin = () => {
    if (!controls.hidden || !vietnamese()) return;
    controls.hidden = false;
    new Reader(controls, text);
  };
  speechSynthesis.onvoiceschanged = begin; // many browsers know their voices only after a while; old ones have no listener
  begin();
}
