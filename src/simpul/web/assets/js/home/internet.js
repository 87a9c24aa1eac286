// Internet in use of what is bought: the figure, and the chart of the ways out, one area on the other.
import { subscribe } from "../feed.js";
import { moment, rate } from "../figures.js";
import { fill, words } from "../words.js";

// One value in so many seconds is enough for a chart; older ones are thinned out to what the history has.
const KEEP_SECONDS = 24 * 3600;
const EVERY_SECONDS = 2;
const RECENT_SECONDS = 600;
const SPARSE_SECONDS = 300;
const SILENCE_SECONDS = 30;

export async function internetInUse(card, uplinks, RateChart) {
  const limit = uplinks.reduce((sum, { down_bps: bps }) => sum + bps, 0) || null;
  const figure = { used: document.querySelector("[data-used]"), share: document.querySelector("[data-used-share] rect") };
  const zone = document.querySelector("[data-clock]")?.dataset.clock;
  const chart = new RateChart(card.querySelector("[data-chart]"), { names: uplinks.map(({ name }) => name), limit, zone });
  const past = await history(card.dataset.history);
  const data = [past.times, ...uplinks.map(({ code }) => past.series[code] ?? past.times.map(() => null))];
  chart.show(data);
  const told = () => tell(card, past, data[0][0], zone);
  told();
  // The history's newest value stands at the begin of its step.
  let reach = Math.max(3 * past.step, SILENCE_SECONDS);
  subscribe("uplinks", ({ at, uplinks: values }) => {
    const known = Object.values(values).filter(({ down }) => down !== null && down !== undefined);
    const used = known.length ? known.reduce((sum, { down }) => sum + down, 0) : null;
    figure.used.textContent = rate(used);
    figure.share.setAttribute("width", limit && used ? 100 * Math.min(used / limit, 1) : 0);
    const now = Date.parse(at) / 1000;
    const last = data[0].at(-1) ?? 0;
    if (!now || now - last < EVERY_SECONDS) return;
    // A silence is a gap, not a line from before to after. It stands at its end, so that it outlives the thinning.
    if (last && now - last > reach) data.forEach((list, i) => list.push(i ? null : now - 1));
    reach = SILENCE_SECONDS;
    data[0].push(now);
    uplinks.forEach(({ code }, i) => data[i + 1].push(values[code]?.down ?? null));
    thin(data, now);
    chart.show(data);
    told();
  });
}

// A page that stays open for days must not grow.
function thin(data, now) {
  const drop = (at) => data.forEach((list) => list.splice(at, 1));
  while (now - data[0][0] > KEEP_SECONDS) drop(0);
  const old = data[0].findLastIndex((at) => now - at > RECENT_SECONDS);
  if (old > 0 && data[0][old] - data[0][old - 1] < SPARSE_SECONDS) drop(old);
}

async function history(address) {
  try {
    const answer = await fetch(address);
    if (answer.ok) return await answer.json();
  } catch {
    // As below: nothing is known of what was.
  }
  return { answered: false, step: 0, times: [], series: {}, made: null };
}

// From when on the chart tells; where the store does not answer, that it cannot tell more; what of it is invented.
function tell(card, { answered, made }, first, zone) {
  const shown = new Intl.DateTimeFormat(document.documentElement.lang, {
    hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone,
  });
  const day = first && Date.now() / 1000 - first > KEEP_SECONDS - 2 * SPARSE_SECONDS;
  const since = day ? words.day : first ? fill(words.since, { time: shown.format(1000 * first) }) : "";
  card.querySelector("[data-since]").textContent = [answered ? "" : words.noPast, since].filter(Boolean).join(" · ");
  const said = card.querySelector("[data-made]");
  said.hidden = !(made >= first);
  if (!said.hidden) said.querySelector("time").textContent = moment(made, zone);
}
