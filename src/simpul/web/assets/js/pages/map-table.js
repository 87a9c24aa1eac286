// Keeps the table's values up to date.
import { subscribe } from "../feed.js";
import { percent, rate } from "../figures.js";
import { showState as state } from "../states.js";

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
