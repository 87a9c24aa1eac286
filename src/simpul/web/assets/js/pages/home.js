import { RateChart } from "../chart.js";
import { subscribe } from "../feed.js";
import { MapCard } from "../map/card.js";
import { internetInUse } from "../home/internet.js";
import { topUsers } from "../home/users.js";
import { swap } from "../swap.js";

const card = document.getElementById("map-card");
const elements = fetch(card.dataset.elements).then((answer) => answer.json());
const map = new MapCard(card, elements);

subscribe("links", ({ links }) => map.showLinks(links));
subscribe("sites", ({ sites }) => {
  map.showSites(sites);
  elements.then((known) => topUsers(document.querySelector("[data-users]"), known.sites, sites));
});

// The list is written by the server; it is asked for again when another alarm is open or one has changed.
const alarms = document.querySelector("[data-alarms]").dataset.alarms;
let before = null;
subscribe("alarms", ({ open }) => {
  map.showAlarms(open);
  const now = JSON.stringify(open.map(({ id, severity, updated_at, acknowledged, refs, sites }) => [id, severity, updated_at, acknowledged, refs, sites]));
  if (now === before) return;
  before = now;
  swap(alarms).catch(() => (before = null));
});

elements.then(({ uplinks }) => internetInUse(document.getElementById("uplinks"), uplinks, RateChart));

// The engine is large: the page's words and figures are painted first.
requestAnimationFrame(() => setTimeout(() => map.start()));
