// An agency's home: lamps, use and charts of its sites follow what comes live; sentences are written by the server.
import { subscribe } from "../feed.js";
import { rate } from "../figures.js";
import { alarmsWatch, refresher } from "../site-live.js";
import { SiteRates } from "../site-rates.js";
import { showState } from "../states.js";

const USE_EVERY_MS = 30_000;
const page = document.querySelector("[data-now]");
const again = refresher(page.dataset.now);
const zone = document.querySelector("[data-clock]")?.dataset.clock;
const charts = new Map([...document.querySelectorAll("[data-rates]")].map((card) => [card.dataset.of, new SiteRates(card, zone)]));
for (const chart of charts.values()) chart.load();

subscribe("sites", ({ at, sites }) => {
  for (const office of document.querySelectorAll("[data-office]")) {
    const now = sites[office.dataset.office];
    if (!now) continue;
    const changed = ["network", "internet"].map((name) => showState(office.querySelector(`[data-live=${name}]`), now[name]));
    if (changed.includes(true)) again();
    const use = office.querySelector("[data-use]");
    if (use) use.textContent = rate(now.down);
    charts.get(office.dataset.office)?.add(at, now);
  }
});

subscribe("alarms", alarmsWatch(again));

// The title tells how much is in use: often enough to be true, not so often that it is read out each second.
setInterval(() => document.visibilityState === "visible" && again(), USE_EVERY_MS);
