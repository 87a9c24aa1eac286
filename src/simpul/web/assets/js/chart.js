// A chart of rates over time: y from zero, gaps as gaps, the limit as a dashed line. Drawn anew when the theme changes.
import uPlot from "uplot";
import { colours, onTheme } from "./colours.js";
import { rate } from "./figures.js";
import { words } from "./words.js";

const COLOURS = ["accent", "held", "ok", "warn", "muted", "line", "text"];
const SERIES = ["accent", "held", "ok", "warn"];
const FONT = "12px Inter, sans-serif";

export class RateChart {
  // `names`: what each series is called; `limit`: bit/s or null; `stacked`: the areas stand on each other.
  constructor(part, { names, limit = null, zone, stacked = true, height = 150 }) {
    Object.assign(this, { part, names, limit, zone, stacked, height });
    this.data = [[], ...names.map(() => [])];
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
    for (const name of [...this.names, ...(this.limit === null ? [] : [`${words.bought} ${rate(this.limit)}`])]) {
      list.append(Object.assign(document.createElement("li"), { textContent: name }));
    }
    if (this.limit !== null) list.lastElementChild.className = "limit";
    this.part.before(list);
    return list;
  }

  #say(index) {
    this.names.forEach((name, i) => {
      const value = index === null ? null : this.data[i + 1][index];
      this.legend.children[i].textContent = index === null ? name : `${name} ${rate(value)}`;
    });
  }

  #size() {
    return { width: Math.max(this.part.clientWidth, 120), height: this.height };
  }

  #laid() {
    const [times, ...series] = this.data;
    const sums = new Array(times.length).fill(0);
    const laid = series.map((values) => values.map((value, i) => {
      if (value === null || value === undefined) return null;
      sums[i] += value;
      return this.stacked ? sums[i] : value;
    }));
    const limit = this.limit === null ? [] : [times.map(() => this.limit)];
    // The tallest sum is drawn first, so that the lower ones lie on it.
    return [times, ...laid.reverse(), ...limit];
  }

  #draw() {
    const c = colours(...COLOURS);
    const series = this.names.map((label, i) => ({
      label, stroke: c[SERIES[i % SERIES.length]], fill: `${c[SERIES[i % SERIES.length]]}40`, width: 1.5, points: { show: false },
    }));
    series.reverse();
    if (this.limit !== null) series.push({ label: "", stroke: c.muted, width: 1, dash: [4, 3], points: { show: false } });
    const axis = { stroke: c.muted, font: FONT, grid: { stroke: c.line, width: 1 }, ticks: { show: false } };
    const clock = (more) => new Intl.DateTimeFormat(document.documentElement.lang, {
      hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: this.zone, ...more,
    });
    const [minutes, seconds] = [clock({}), clock({ second: "2-digit" })];
    this.plot?.destroy();
    this.plot = new uPlot({
      ...this.#size(),
      padding: [8, 30, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
      scales: { y: { range: (_, low, high) => [0, 1.08 * Math.max(high || 0, this.limit ?? 0, 1e6)] } },
      axes: [
        { ...axis, size: 24, space: 72, values: (_, marks, __, ___, step) => {
          const form = step < 60 ? seconds : minutes;
          return marks.map((mark) => form.format(1000 * mark));
        } },
        { ...axis, size: 64, space: 32, values: (_, marks) => marks.map(rate) },
      ],
      series: [{}, ...series],
      hooks: { setCursor: [({ cursor: { idx } }) => this.#say(idx ?? (this.data[0].length ? this.data[0].length - 1 : null))] },
    }, this.#laid(), this.part);
  }
}
