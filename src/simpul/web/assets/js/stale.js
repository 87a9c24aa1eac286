// The badge in the top bar: "live", or how old the data on the page is. Hidden where nothing on the page is live.

const STALE = 15_000;
// [name of the words, milliseconds, from how many on the next unit is used]
const UNITS = [
  ["seconds", 1_000, 120],
  ["minutes", 60_000, 120],
  ["hours", 3_600_000, Infinity],
];

// It also sets data-live on the document to "waiting", "live" or "stale", for whatever should fade when it is old.
export class Badge {
  #part = document.querySelector("[data-feed]");
  #began = performance.now();
  #line = "waiting";
  #ahead = 0;
  #made = new Map(); // topic -> when its newest message was made, by the server's clock
  #shown = "";

  constructor() {
    if (!this.#part) return;
    this.#part.hidden = false;
    this.show();
    setInterval(() => this.show(), 1000);
  }

  line({ state, ahead }) {
    this.#line = state;
    if (ahead !== undefined) this.#ahead = ahead;
    this.show();
  }

  told(topic, data) {
    this.#made.set(topic, Date.parse(data.at) || this.#now());
    this.show();
  }

  forget(topic) {
    this.#made.delete(topic);
  }

  // The page's oldest topic counts: what does not come any more must not hide behind what does.
  show() {
    const age = this.#made.size ? Math.max(this.#now() - Math.min(...this.#made.values()), 0) : null;
    const silent = age === null ? performance.now() - this.#began > STALE : age > STALE;
    let state = "live";
    if (this.#line === "lost" || silent) state = "stale";
    else if (this.#line === "waiting" || age === null) state = "waiting";
    document.documentElement.dataset.live = state;
    if (!this.#part) return;
    const words = state === "stale" ? this.#old(age) : this.#part.dataset[state];
    this.#part.dataset.state = state;
    this.#part.querySelector("[data-said]").textContent = words;
    // Read out when it turns, not each second.
    if (state !== this.#shown && (this.#shown || state === "stale")) {
      document.querySelector("[data-feed-said]").textContent = words;
    }
    if (state !== "waiting") this.#shown = state;
  }

  #now() {
    return Date.now() + this.#ahead;
  }

  #old(age) {
    if (age === null) return this.#part.dataset.none;
    const [unit, length] = UNITS.find(([, length, most]) => age / length < most);
    return this.#part.dataset[unit].replace("{n}", Math.floor(age / length));
  }
}
