// What a paper could not send before its end, and this browser still keeps when its member looks at the result: sent now,
// for the server keeps it as evidence with its time of arrival. Then nothing of the sitting stays in the browser.

import { request } from "./retry.js";
import { Unsent } from "./sitting/unsent.js";

const SETTLED = new Set([404, 409, 422]); // whatever is said, it will not be said otherwise the next time

function fields(key, value) {
  return key === "du-doan" ? [["du_doan", value]] : Array.from(value, (letter) => ["phuong_an", letter]);
}

export async function mount(root) {
  const { attempt, epoch, url } = root.dataset;
  const unsent = new Unsent(`bai-thi-${attempt}`, epoch);
  const left = unsent.all();
  const shared = [["csrf_token", root.querySelector("[name=csrf_token]").value], ["epoch", epoch]];
  for (const [key, { value, revision }] of left) {
    const body = new URLSearchParams([...shared, ["revision", revision], ...fields(key, value)]);
    const address = key === "du-doan" ? `${url}/du-doan` : `${url}/cau/${key}`;
    const response = await request(address, { method: "POST", body }).catch(() => null);
    if (!response || !SETTLED.has(response.status)) return; // the next look sends it
    const { message } = await response.json();
    unsent.forget(key, revision);
    const words = `Máy này còn giữ ${left.length} câu chưa gửi được trước khi hết giờ, nay đã gửi nốt.`;
    root.querySelector("p").textContent = `${words} ${message}`;
    root.hidden = false;
  }
}
