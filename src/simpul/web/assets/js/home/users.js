// Whose download is the largest now. All bars share one scale, so that they can be compared; the mark is the guarantee.
import { sitePage } from "../addresses.js";
import { rate } from "../figures.js";

const MOST = 8;
const SVG = "http://www.w3.org/2000/svg";

export function topUsers(body, sites, values) {
  const rows = sites
    .map((site) => ({ site, down: values[site.code]?.down }))
    .filter(({ down }) => down > 0)
    .sort((one, other) => other.down - one.down || one.site.code.localeCompare(other.site.code))
    .slice(0, MOST);
  if (!rows.length) return nobody(body, Object.values(values).some(({ down }) => down === 0));
  const longest = Math.max(...rows.map(({ site, down }) => Math.max(down, site.guarantee ?? 0)));
  rows.forEach(({ site, down }, i) => {
    const row = body.rows[i]?.cells.length === 3 ? body.rows[i] : fresh(body, i);
    const [name, bar, number] = row.cells;
    const link = name.firstElementChild;
    if (link.dataset.code !== site.code) {
      link.dataset.code = site.code;
      link.textContent = link.title = site.name;
      link.href = sitePage(site.code);
    }
    fill(bar.firstElementChild, down / longest, site.guarantee ? site.guarantee / longest : null);
    number.textContent = rate(down);
  });
  while (body.rows.length > rows.length) body.lastElementChild.remove();
}

// Old rates would pass for those of now.
function nobody(body, known) {
  body.replaceChildren();
  const cell = body.insertRow().insertCell();
  cell.colSpan = 3;
  cell.className = "muted";
  cell.textContent = known ? body.dataset.nobody : body.dataset.unknown;
}

function fresh(body, place) {
  body.rows[place]?.remove();
  const row = body.insertRow(place);
  const head = document.createElement("th");
  head.scope = "row";
  head.append(document.createElement("a"));
  row.append(head);
  const bar = document.createElementNS(SVG, "svg");
  bar.setAttribute("class", "usebar");
  bar.setAttribute("aria-hidden", "true");
  bar.append(shape("rect", { class: "track", width: "100%" }), shape("rect", { class: "used" }));
  row.insertCell().append(bar);
  row.insertCell().className = "number";
  return row;
}

function fill(bar, used, guarantee) {
  bar.querySelector(".used").setAttribute("width", `${100 * used}%`);
  let tick = bar.querySelector(".tick");
  if (guarantee === null) return tick?.remove();
  if (!tick) bar.append((tick = shape("line", { class: "tick", y2: "100%" })));
  for (const end of ["x1", "x2"]) tick.setAttribute(end, `${100 * guarantee}%`);
}

function shape(name, attributes) {
  const part = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
  return part;
}
