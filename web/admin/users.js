import { ask } from "./api.js";
import { el, empty, tell } from "./dom.js";
import { table } from "./table.js";
import { bytes, number, plain, time } from "./words.js";

/** The largest users, with plan and quota, which a dialog changes. */
export async function users({ again, after }) {
  const page = await ask(`users?limit=50${after ? `&after=${encodeURIComponent(after)}` : ""}`);
  if (page.users.length === 0) return [empty("No user has asked for anything yet. A user appears with the first valid token.")];
  const share = (user) => (user.quotaBytes > 0 ? (100 * (user.usedBytes + user.reservedBytes)) / user.quotaBytes : 0);
  const columns = [
    { label: "User", value: (user) => user.id },
    { label: "Plan", value: (user) => user.plan },
    { label: "Used", csv: "Used (bytes)", value: (user) => user.usedBytes, show: (user) => bytes(user.usedBytes) },
    { label: "Reserved", csv: "Reserved (bytes)", value: (user) => user.reservedBytes, show: (user) => bytes(user.reservedBytes) },
    { label: "Quota", csv: "Quota (bytes)", value: (user) => user.quotaBytes, show: (user) => bytes(user.quotaBytes) },
    { label: "Full", csv: "Full (%)", value: (user) => Math.round(share(user)), show: (user) => `${number(Math.round(share(user)))} %` },
    { label: "Since", value: (user) => user.createdAt, show: (user) => time(user.createdAt) },
    { label: "Change", unsorted: true, show: (user) => el("button", { type: "button", class: "small", "aria-label": `Change ${plain(user.id)}`, onclick: () => change(user, again) }, "Change") },
  ];
  const list = table({ caption: "Users by the bytes of their files", columns, rows: page.users, file: "users", sort: 2 });
  if (!page.next) return [list];
  const more = el("button", { type: "button" }, "Show the next 50");
  const further = el("div", {}, more);
  more.addEventListener("click", async () => {
    more.disabled = true;
    try {
      further.replaceChildren(...(await users({ again, after: page.next })));
    } catch (error) {
      tell(error.message);
      more.disabled = false;
    }
  });
  return [list, further];
}

/** Returns the path component of a user's identifier, as the API writes it. */
const written = (id) =>
  [...new TextEncoder().encode(id)].map((byte) => {
    const letter = String.fromCharCode(byte);
    return /[A-Za-z0-9._@-]/.test(letter) ? letter : `~${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");

const dialog = document.querySelector("#change");
const form = dialog.querySelector("form");
const fault = form.querySelector(".problem");
let job = null;

function change(user, again) {
  job = { user, again };
  dialog.querySelector("h2").textContent = `Change ${plain(user.id)}`;
  form.plan.value = user.plan;
  const unit = [1024 ** 4, 1024 ** 3, 1024 ** 2].find((size) => user.quotaBytes >= size && user.quotaBytes % size === 0) ?? 1024 ** 2;
  form.unit.value = String(unit);
  form.quota.value = String(user.quotaBytes / unit);
  fault.textContent = "";
  dialog.showModal();
  form.plan.focus();
}

document.querySelector("#cancel").addEventListener("click", () => dialog.close());

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { user, again } = job;
  const quotaBytes = Math.round(Number(form.quota.value) * Number(form.unit.value));
  try {
    await ask(`users/${written(user.id)}`, { method: "PATCH", body: { plan: form.plan.value, quotaBytes } });
  } catch (error) {
    fault.textContent = error.message;
    return;
  }
  dialog.close();
  await again();
  tell(`${plain(user.id)} has the plan ${form.plan.value} and a quota of ${bytes(quotaBytes)} now.`);
  const buttons = document.querySelectorAll("#users td button");
  [...buttons].find((button) => button.getAttribute("aria-label") === `Change ${plain(user.id)}`)?.focus();
});
