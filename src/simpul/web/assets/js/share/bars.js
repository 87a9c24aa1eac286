// Use bars against what is due and guaranteed, kept up to date by the feed: of one site, or of the whole board.
import { rate } from "../figures.js";

const part = (value, whole) => `${whole ? 100 * Math.min((value ?? 0) / whole, 1) : 0}%`;

export function showBar(bar, { used, due, guarantee, whole }) {
  bar.querySelector(".used").setAttribute("width", part(used, whole));
  bar.querySelector(".due").setAttribute("width", part(due, whole));
  const tick = bar.querySelector(".tick");
  for (const end of ["x1", "x2"]) tick?.setAttribute(end, part(guarantee, whole));
}

function say(row, { down, up }) {
  const words = { "[data-down]": down, "[data-up]": up };
  for (const [where, value] of Object.entries(words)) {
    const place = row.querySelector(where);
    if (place) place.textContent = rate(value);
  }
}

// One site.
export function showUse(box, sites) {
  const now = sites[box.dataset.use];
  if (!now) return;
  const [due, guarantee] = [Number(box.dataset.due), Number(box.dataset.guarantee)];
  showBar(box.querySelector(".usebar"), { used: now.down, due, guarantee, whole: Math.max(now.down ?? 0, due, guarantee) });
  say(box, now);
}

// The board: sites as they are, groups as the sum of all below them. Bars of sites share one length.
export function showBoard(table, sites) {
  const rows = [...table.querySelectorAll("tr[data-code]")];
  const sums = new Map();
  let longest = 1;
  for (const row of rows.filter(({ dataset }) => dataset.kind === "site")) {
    const now = sites[row.dataset.code];
    longest = Math.max(longest, now?.down ?? 0, Number(row.dataset.due), Number(row.dataset.guarantee));
    if (now?.down === null || now?.down === undefined) continue;
    for (const group of row.dataset.above.split(" ")) {
      const sum = sums.get(group) ?? { down: 0, up: 0 };
      sums.set(group, { down: sum.down + now.down, up: sum.up + (now.up ?? 0) });
    }
  }
  for (const row of rows) {
    const { kind, code, due, guarantee, scale } = row.dataset;
    if (kind === "uplink") continue;
    const now = (kind === "site" ? sites[code] : sums.get(code)) ?? { down: null, up: null };
    const whole = kind === "site" ? longest : Number(scale);
    showBar(row.querySelector(".usebar"), { used: now.down, due: Number(due), guarantee: Number(guarantee), whole });
    say(row, now);
  }
}

export function showUplinks(table, uplinks) {
  for (const row of table.querySelectorAll("tr[data-kind='uplink']")) {
    const now = uplinks[row.dataset.code];
    if (!now) continue;
    showBar(row.querySelector(".usebar"), { used: now.down, due: 0, guarantee: 0, whole: Number(row.dataset.scale) });
    say(row, now);
    row.querySelector("[data-dead]").hidden = now.alive !== false;
  }
}
