// A receipt as a picture: drawn from the page's own facts, shown to be kept by a long press, and offered for download.
// The picture is a data: address, which the site's policy allows for images and which chat apps can save.

const WIDTH = 1080;
const EDGE = 72;
const FONT = "system-ui, -apple-system, Roboto, 'Segoe UI', Arial, sans-serif";
const RED = "#a91722";
const INK = "#1d1b1a";
const SOFT = "#5d5750";

/** Lines that fit into the picture's width; a word longer than it is cut. */
function wrapped(pen, text) {
  const lines = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    const longer = line ? `${line} ${word}` : word;
    if (pen.measureText(longer).width <= WIDTH - 2 * EDGE) line = longer;
    else {
      if (line) lines.push(line);
      line = word;
    }
  }
  return lines.concat(line);
}

/** What is written where, from the top down; `draw` is false while only the height is asked for. */
function write(pen, { title, facts, code, foot }, draw) {
  let y = 0;
  const put = (text, font, colour, height) => {
    pen.font = font;
    for (const line of wrapped(pen, text)) {
      y += height;
      if (!draw) continue;
      pen.fillStyle = colour;
      pen.fillText(line, EDGE, y);
    }
  };
  y = 48;
  put(title, `700 56px ${FONT}`, "#ffffff", 72);
  y += 48;
  const headEnds = y;
  for (const [label, value] of facts) {
    y += 20;
    put(label, `400 34px ${FONT}`, SOFT, 46);
    put(value, `600 44px ${FONT}`, INK, 58);
  }
  y += 44;
  put(code.label, `400 34px ${FONT}`, SOFT, 46);
  put(code.value, `700 76px ui-monospace, Menlo, Consolas, monospace`, RED, 96);
  y += 28;
  put(foot, `400 32px ${FONT}`, SOFT, 44);
  return { height: y + EDGE, headEnds };
}

function drawn(receipt) {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = 100;
  let pen = canvas.getContext("2d");
  if (!pen) return null;
  const { height, headEnds } = write(pen, receipt, false);
  canvas.height = height;
  pen = canvas.getContext("2d");
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, WIDTH, height);
  pen.fillStyle = RED;
  pen.fillRect(0, 0, WIDTH, headEnds);
  write(pen, receipt, true);
  pen.strokeStyle = "#d8cfc4";
  pen.lineWidth = 4;
  pen.strokeRect(2, 2, WIDTH - 4, height - 4);
  return canvas.toDataURL("image/png");
}

function read(root) {
  const facts = Array.from(root.querySelectorAll("dt"), (term) => [
    term.textContent.trim(),
    term.nextElementSibling.textContent.trim().replace(/\s+/g, " "),
  ]);
  const [label, value] = facts.pop();
  return { title: root.dataset.title, facts, code: { label, value }, foot: root.dataset.foot };
}

export function mount(root) {
  const receipt = read(root);
  const address = drawn(receipt);
  if (!address || address.indexOf("data:image/png") !== 0) return; // drawing is forbidden here: the text remains
  const picture = root.querySelector("[data-role=picture]");
  const image = document.createElement("img");
  image.className = "receipt__picture";
  image.alt = `Ảnh biên nhận, mã ${receipt.code.value}`;
  image.src = address;
  picture.appendChild(image);
  const link = document.createElement("a");
  if ("download" in link) { // elsewhere the phone opens such a link instead of keeping it; a long press keeps it
    link.className = "button";
    link.href = address;
    link.download = `bien-nhan-${receipt.code.value}.png`;
    link.textContent = "Tải ảnh về máy";
    picture.appendChild(link);
  }
  picture.hidden = false;
}
