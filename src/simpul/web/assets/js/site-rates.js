// The chart of a site's use against its share: its past from the store, its newest step from what comes live.
import { RateChart } from "./chart.js";
import { moment } from "./figures.js";
import { fill, words } from "./words.js";

const LIVE_STEP_SECONDS = 10;
const KEEP = 400;

export class SiteRates {
  constructor(card, zone) {
    this.card = card;
    this.zone = zone;
    this.data = [[], [], [], []];
    this.step = LIVE_STEP_SECONDS;
    this.sums = null;
    this.waiting = true;
    const names = [words.download, words.upload];
    const limit = Number(card.dataset.guarantee) || null;
    const looks = { names, bounds: [words.share], limit, zone, stacked: false, height: 200 };
    this.chart = new RateChart(card.querySelector("[data-chart]"), looks);
  }

  async load() {
    try {
      const answer = await fetch(this.card.dataset.rates, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      const { away, step, times, down, up, share, made } = await answer.json();
      this.#say(away ? words.away : down.every((value) => value === null) ? words.empty : made ? fill(words.made, { time: moment(made, this.zone) }) : "");
      if (!away) {
        this.step = step;
        this.data = [times, down, up, share];
      }
    } catch {
      this.#say(words.away);
    }
    this.waiting = false;
    this.chart.show(this.data);
  }

  // The last step of the chart is the mean of what came in it so far, as the store will keep it.
  add(at, { down, up, share_down: share }) {
    if (this.waiting || down === null || down === undefined) return;
    const begin = Math.floor(Date.parse(at) / 1000 / this.step) * this.step;
    if (!begin) return;
    if (this.sums?.begin !== begin) this.sums = { begin, count: 0, down: 0, up: 0 };
    this.sums.count += 1;
    this.sums.down += down;
    this.sums.up += up ?? 0;
    const [times, downs, ups, shares] = this.data;
    if (times.at(-1) !== begin) {
      if (times.at(-1) > begin) return;
      // Steps in which nothing came are a gap, not a line from before to after.
      if (begin - times.at(-1) > this.step) this.#begin(begin - this.step);
      this.#begin(begin);
    }
    downs[downs.length - 1] = this.sums.down / this.sums.count;
    ups[ups.length - 1] = this.sums.up / this.sums.count;
    shares[shares.length - 1] = share ?? null;
    this.chart.show(this.data);
  }

  #begin(at) {
    this.data.forEach((list, i) => list.push(i ? null : at));
    if (this.data[0].length > KEEP) for (const list of this.data) list.shift();
  }

  #say(text) {
    this.card.querySelector("[data-said]").textContent = text;
  }
}
