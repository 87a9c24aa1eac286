// A chart of rates over time: y from zero, gaps as gaps, limits as dashed lines. Drawn anew when the theme changes.
import uPlot from "uplot";
import { colours, onTheme } from "./colours.js";
import { rate } from "./figures.js";
import { words } from "./words.js";

const COLOURS = ["accent", "held", "ok", "warn", "muted", "line", "text"];
const SERIES = ["accent", "held", "ok", "warn"];
const DAY_SECONDS = 86_400;
const FONT = "12px Inter, sans-serif";

export class RateChart {
  // `names`: what each series is called; `limit`: bit/s or null; `bounds`: names of limits that change with time, whose
  // values follow those of the series; `stacked`: the areas stand on each other.
  constructor(part, { names, bounds = [], limit = null, zone, stacked = true, height = 150 }) {
    Object.assign(this, { part, names, bounds, limit, zone, stacked, height });
    this.data = [[], ...names.map(() => []), ...bounds.map(() => [])];
    this.plot = null;
    this.legend = this.#legend();
    this.#draw();
    onTheme(() => this.#draw());
    new ResizeObserver(() => this.plot?.setSize(this.#size())).observe(part);
  }

  // Seconds since 1970, then one list of bit/s for each series; null is a gap.
  show(data) {
    this.data = data;
    this.plot.setData(this.#laid());
    const last = data[0].length - 1;
    this.#say(last < 0 ? null : last);
  }

  // The legend tells the values under the pointer, and the newest ones otherwise.
  #legend() {
    const list = document.createElement("ul");
    list.className = "chart-legend";
    for (const name of [...this.names, ...this.bounds, ...(this.limit === null ? [] : [`${words.bought} ${rate(this.limit)}`])]) {
      list.append(Object.assign(document.createElement("li"), { textContent: name }));
    }
    for (const each of [...list.children].slice(this.names.length)) each.className = "limit";
    this.part.before(list);
    return list;
  }

  #say(index) {
    [...this.names, ...this.bounds].forEach((name, i) => {
      const value = index === null ? null : this.data[i + 1][index];
      this.legend.children[i].textContent = index === null ? name : `${name} ${rate(value)}`;
    });
  }

  #size() {
    return { width: Math.max(this.part.clientWidth, 120), height: this.height };
  }

  #laid() {
    const times = this.data[0];
    const series = this.data.slice(1, this.names.length + 1);
    const bounds = this.data.slice(this.names.length + 1);
    const sums = new Array(times.length).fill(0);
    const laid = series.map((values) => values.map((value, i) => {
      if (value === null || value === undefined) return null;
      sums[i] += value;
      return this.stacked ? sums[i] : value;
    }));
    const limit = this.limit === null ? [] : [times.map(() => this.limit)];
    // The tallest sum is drawn first, so that the lower ones lie on it.
    return [times, ...laid.reverse(), ...bounds, ...limit];
  }

  #draw() {
    const c = colours(...COLOURS);
    const series = this.names.map((label, i) => ({
      label, stroke: c[SERIES[i % SERIES.length]], fill: `${c[SERIES[i % SERIES.length]]}40`, width: 1.5, points: { show: false },
    }));
    series.reverse();
    for (const label of this.bounds) {
      const paths = uPlot.paths.stepped({ align: 1 });
      series.push({ label, stroke: c.text, width: 1.25, dash: [5, 4], paths, points: { show: false } });
    }
    if (this.limit !== null) series.push({ label: "", stroke: c.muted, width: 1, dash: [4, 3], points: { show: false } });
    const axis = { stroke: c.muted, font: FONT, grid: { stroke: c.line, width: 1 }, ticks: { show: false } };
    const clock = (more) => new Intl.DateTimeFormat(document.documentElement.lang, {
      hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: this.zone, ...more,
    });
    const [minutes, seconds] = [clock({}), clock({ second: "2-digit" })];
    const days = new Intl.DateTimeFormat(document.documentElement.lang, { day: "numeric", month: "short", timeZone: this.zone });
    this.plot?.destroy();
    this.plot = new uPlot({
      ...this.#size(),
      tzDate: (at) => uPlot.tzDate(new Date(1000 * at), this.zone),
      padding: [8, 30, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
      scales: { y: { range: (_, low, high) => [0, 1.08 * Math.max(high || 0, this.limit ?? 0, 1e6)] } },
      axes: [
        { ...axis, size: 24, space: 72, values: (_, marks, __, ___, step) => {
          const form = step < 60 ? seconds : minutes;
          const long = marks.at(-1) - marks[0] > DAY_SECONDS;
          return marks.map((mark) => (long && atMidnight(mark, minutes) ? days : form).format(1000 * mark));
        } },
        { ...axis, size: 76, space: 32, values: (_, marks) => marks.map(rate) },
      ],
      series: [{}, ...series],
      hooks: { setCursor: [({ cursor: { idx } }) => this.#say(idx ?? (this.data[0].length ? this.data[0].length - 1 : null))] },
    }, this.#laid(), this.part);
  }
}

const atMidnight = (mark, minutes) => minutes.formatToParts(1000 * mark).every(({ type, value }) => type === "literal" || Number(value) === 0);
