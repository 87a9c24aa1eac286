// A site's page: lamps, way and chart follow what comes live; sentences are asked for again when they may have changed.
import { subscribe } from "../feed.js";
import { rate } from "../figures.js";
import { alarmsWatch, refresher } from "../site-live.js";
import { SiteRates } from "../site-rates.js";
import { showState } from "../states.js";

const page = document.querySelector("[data-now]");
const again = refresher(page.dataset.now);
const code = document.querySelector("[data-site]").dataset.site;
const zone = document.querySelector("[data-clock]")?.dataset.clock;
const card = document.querySelector("[data-rates]");
const rates = card && new SiteRates(card, zone);
rates?.load();

// The page is made with what the server knew last, so its first message may already differ.
const changed = (part, key) => showState(part, key) && again();
// The line takes the colour of its lamp.
const tone = (hop) => (hop.dataset.tone = hop.querySelector("[data-state]").dataset.tone);
const each = (selector, callback) => document.querySelectorAll(selector).forEach(callback);

subscribe("sites", ({ at, sites }) => {
  const now = sites[code];
  if (now) {
    changed(document.querySelector("[data-live=network]"), now.network);
    changed(document.querySelector("[data-live=internet]"), now.internet);
    rates?.add(at, now);
  }
  each("[data-node]", (hop) => showState(hop, sites[hop.dataset.node]?.network) && tone(hop));
});

subscribe("links", ({ links }) => {
  each("[data-link]", (hop) => {
    const link = links[hop.dataset.link];
    if (!link) return;
    hop.querySelector("[data-rate]").textContent = rate(link[hop.dataset.toward]);
    changed(hop, link.state);
    tone(hop);
  });
});

if (document.querySelector("[data-uplink]")) subscribe("uplinks", ({ uplinks }) => {
  each("[data-uplink]", (hop) => {
    const uplink = uplinks[hop.dataset.uplink];
    if (!uplink) return;
    hop.querySelector("[data-rate]").textContent = rate(uplink.down);
    const states = { true: "up", false: "down" };
    changed(hop, states[uplink.alive] ?? "unknown");
  });
});

subscribe("alarms", alarmsWatch(again));
