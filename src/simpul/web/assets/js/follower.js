// One stream of the live feed: opens it, opens it again, and keeps the newest message of each topic.
// Runs in the worker that all pages share, or in a page where there is no such worker.

const FIRST_WAIT = 5_000;
const LONGEST_WAIT = 60_000;

export class Follower {
  #tell;
  #source = null;
  #topics = [];
  #newest = new Map();
  #state = { state: "waiting" };
  #wait = FIRST_WAIT;
  #timer = 0;

  // `tell` gets { topic, data } for each message and { state: "waiting" | "live" | "lost", ahead, allowed } for each
  // change of the line; `ahead` is by how many milliseconds the server's clock is ahead of this computer's.
  constructor(tell) {
    this.#tell = tell;
  }

  // Follow these topics. What more a running stream brings is left as it is: a page that goes is often followed by one
  // that wants the same.
  follow(topics) {
    if (!topics.length) return this.#close();
    const enough = topics.every((topic) => this.#topics.includes(topic));
    const alive = this.#source && this.#source.readyState !== EventSource.CLOSED;
    if (!enough || !alive) this.#open(enough ? this.#topics : topics);
  }

  // What somebody who comes now has to be told.
  known() {
    return [this.#state, ...this.#newest.values()];
  }

  #open(topics) {
    this.#close();
    this.#topics = [...topics].sort();
    const source = new EventSource(`/feed?topics=${this.#topics}`);
    this.#source = source;
    source.addEventListener("hello", ({ data }) => {
      const { at, topics: allowed } = JSON.parse(data);
      this.#wait = FIRST_WAIT;
      this.#become({ state: "live", ahead: Date.parse(at) - Date.now(), allowed });
    });
    for (const topic of this.#topics) {
      source.addEventListener(topic, ({ data }) => {
        const message = { topic, data: JSON.parse(data) };
        this.#newest.set(topic, message);
        this.#tell(message);
      });
    }
    source.addEventListener("error", () => this.#lost(source));
  }

  #lost(source) {
    if (source !== this.#source) return;
    // The next stream brings everything anew, and may belong to somebody else.
    this.#newest.clear();
    this.#become({ state: "lost" });
    // Browsers come again by themselves after a broken line, but not after a refusal: signed out, too many, starting.
    if (source.readyState !== EventSource.CLOSED) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(this.#topics), this.#wait * (1 + Math.random() / 4));
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }

  #close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
    this.#topics = [];
    this.#newest.clear();
    this.#state = { state: "waiting" };
  }

  #become(state) {
    this.#state = state;
    this.#tell(state);
  }
}
