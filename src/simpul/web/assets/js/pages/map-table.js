// Keeps the table's values up to date. A state's sign and word come from the page, so that nothing is said twice.
import { subscribe } from "../feed.js";
import { percent, rate } from "../figures.js";
import { words } from "../words.js";

const TONES = { up: "ok", down: "bad", unknown: "idle" };
const ICONS = { up: "circle-check", down: "alert-circle", unknown: "help" };

function state(cell, key) {
  const lamp = cell?.querySelector("[data-state]");
  // What is planned or was never ordered has no live state.
  if (!lamp || !(lamp.dataset.state in TONES) || lamp.dataset.state === key || !(key in TONES)) return;
  Object.assign(lamp.dataset, { state: key, tone: TONES[key] });
  lamp.querySelector(".word").textContent = words.states[key];
  const use = lamp.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${ICONS[key]}`));
}

function direction(cell, bps, capacity) {
  cell.firstChild.data = rate(bps);
  cell.querySelector(".sub").textContent = capacity && bps !== null && bps !== undefined ? percent(bps / capacity) : "";
}

const rows = (kind) => [...document.querySelectorAll(`[data-${kind}]`)].map((row) => [row.dataset[kind], row]);
const links = rows("link");
const sites = rows("site");

subscribe("links", ({ links: values }) => {
  for (const [code, row] of links) {
    const value = values[code];
    if (!value) continue;
    state(row.cells[1], value.state);
    direction(row.querySelector("[data-ab]"), value.ab, Number(row.dataset.bps));
    direction(row.querySelector("[data-ba]"), value.ba, Number(row.dataset.bps));
  }
});

subscribe("sites", ({ sites: values }) => {
  for (const [code, row] of sites) {
    const value = values[code];
    if (!value) continue;
    state(row.querySelector("[data-network]"), value.network);
    state(row.querySelector("[data-internet]"), value.internet);
    row.querySelector("[data-down]").textContent = rate(value.down);
    row.querySelector("[data-up]").textContent = rate(value.up);
  }
});
