// Internet in use of what is bought: the figure, and the chart of the ways out, one area on the other.
import { subscribe } from "../feed.js";
import { rate } from "../figures.js";
import { fill, words } from "../words.js";

// Live values are kept for so long; one in so many seconds is enough for a chart.
const KEEP_SECONDS = 12 * 3600;
const EVERY_SECONDS = 2;
// Values older than this are thinned out to one in so many seconds, as the history has them.
const RECENT_SECONDS = 600;
const SPARSE_SECONDS = 120;

export async function internetInUse(card, uplinks, RateChart) {
  const limit = uplinks.reduce((sum, { down_bps: bps }) => sum + bps, 0) || null;
  const figure = { used: document.querySelector("[data-used]"), share: document.querySelector("[data-used-share] rect") };
  const zone = document.querySelector("[data-clock]")?.dataset.clock;
  const chart = new RateChart(card.querySelector("[data-chart]"), { names: uplinks.map(({ name }) => name), limit, zone });
  const data = (await history(card, uplinks)) ?? [[], ...uplinks.map(() => [])];
  chart.show(data);
  since(card, data[0][0], zone);
  subscribe("uplinks", ({ at, uplinks: values }) => {
    const known = Object.values(values).filter(({ down }) => down !== null && down !== undefined);
    const used = known.length ? known.reduce((sum, { down }) => sum + down, 0) : null;
    figure.used.textContent = rate(used);
    figure.share.setAttribute("width", limit && used ? 100 * Math.min(used / limit, 1) : 0);
    const now = Date.parse(at) / 1000;
    if (!now || now - (data[0].at(-1) ?? 0) < EVERY_SECONDS) return;
    data[0].push(now);
    uplinks.forEach(({ code }, i) => data[i + 1].push(values[code]?.down ?? null));
    thin(data, now);
    chart.show(data);
    since(card, data[0][0], zone);
  });
}

// A page that stays open for days must not grow.
function thin(data, now) {
  const drop = (at) => data.forEach((list) => list.splice(at, 1));
  while (now - data[0][0] > KEEP_SECONDS) drop(0);
  const old = data[0].findLastIndex((at) => now - at > RECENT_SECONDS);
  if (old > 0 && data[0][old] - data[0][old - 1] < SPARSE_SECONDS) drop(old);
}

async function history(card, uplinks) {
  if (!card.dataset.history) return null;
  try {
    const answer = await fetch(card.dataset.history);
    if (!answer.ok) return null;
    const { times, series } = await answer.json();
    return times.length ? [times, ...uplinks.map(({ code }) => series[code] ?? times.map(() => null))] : null;
  } catch {
    return null;
  }
}

function since(card, first, zone) {
  if (!first) return;
  const shown = new Intl.DateTimeFormat(document.documentElement.lang, {
    hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone,
  });
  card.querySelector("[data-since]").textContent = fill(words.since, { time: shown.format(1000 * first) });
}
