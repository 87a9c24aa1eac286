// Keeps the list of alarms up to date: its rows are written by the server, with the filters of the address.
import { subscribe } from "../feed.js";

let before = null;

subscribe("alarms", ({ open }) => {
  const now = JSON.stringify(open.map(({ id, severity, updated_at, acknowledged }) => [id, severity, updated_at, acknowledged]));
  if (now === before) return;
  before = now;
  refresh().catch(() => (before = null));
});

async function refresh() {
  const address = location.pathname + location.search;
  const headers = { "HX-Request": "true", "HX-Target": "div#list" };
  const answer = await fetch(address, { headers, credentials: "same-origin", cache: "no-store" });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  if (answer.redirected) return location.assign(answer.url);
  const rows = await answer.text();
  // Another filter was chosen meanwhile: its rows are on their way.
  if (address !== location.pathname + location.search) return;
  const list = document.getElementById("list");
  const focus = list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  list.innerHTML = rows;
  window.htmx?.process(list);
  if (focus) list.querySelector(`a[href="${CSS.escape(focus)}"]`)?.focus();
  document.querySelector("h1").textContent = document.getElementById("list-title").textContent;
}
