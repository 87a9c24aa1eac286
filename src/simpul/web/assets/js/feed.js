// Live values on a page: subscribe("links", (data) => ...) calls back with the newest message at once and with each
// that follows; returns how to end it. The badge in the top bar says whether they still come.
import { Follower } from "./follower.js";
import { Badge } from "./stale.js";

class Feed {
  #callbacks = new Map(); // topic -> callbacks
  #newest = new Map(); // topic -> data
  #badge = null;
  #ask = null;

  subscribe(topic, callback) {
    if (!this.#ask) this.#begin();
    const known = this.#callbacks.get(topic);
    if (known) known.add(callback);
    else {
      this.#callbacks.set(topic, new Set([callback]));
      this.#ask(this.#topics());
    }
    if (this.#newest.has(topic)) callback(this.#newest.get(topic));
    return () => this.#leave(topic, callback);
  }

  // Nothing runs on a page on which nothing is live.
  #begin() {
    this.#badge = new Badge();
    this.#ask = this.#line();
    // A page that is put aside must not hold the stream; one that comes back wants it again.
    addEventListener("pagehide", () => this.#ask([]));
    addEventListener("pageshow", ({ persisted }) => persisted && this.#ask(this.#topics()));
  }

  #leave(topic, callback) {
    const callbacks = this.#callbacks.get(topic);
    callbacks?.delete(callback);
    if (!callbacks || callbacks.size) return;
    this.#callbacks.delete(topic);
    this.#newest.delete(topic);
    this.#badge.forget(topic);
    this.#ask(this.#topics());
  }

  #topics() {
    return [...this.#callbacks.keys()];
  }

  #hear(message) {
    if (!message.topic) return this.#badge.line(message);
    if (!this.#callbacks.has(message.topic)) return;
    this.#newest.set(message.topic, message.data);
    this.#badge.told(message.topic, message.data);
    for (const callback of this.#callbacks.get(message.topic)) callback(message.data);
  }

  // A function that asks for topics: of the browser's shared worker, or of a stream of this page's own.
  #line() {
    const place = document.querySelector("[data-feed]")?.dataset;
    const hear = (message) => this.#hear(message);
    const alone = () => {
      const follower = new Follower(hear);
      return (topics) => follower.follow(topics);
    };
    if (!place?.feed || typeof SharedWorker === "undefined") return alone();
    // By the name nobody gets the worker of who was signed in before.
    const worker = new SharedWorker(place.feed, { name: `simpul-feed ${place.who}` });
    worker.port.onmessage = ({ data }) => hear(data);
    worker.onerror = () => {
      this.#ask = alone();
      this.#ask(this.#topics());
    };
    return (topics) => worker.port.postMessage({ topics });
  }
}

// Every script of a page has a copy of this module, and all of them share one feed.
const KEY = Symbol.for("simpul.feed");
window[KEY] ??= new Feed();

export const subscribe = (topic, callback) => window[KEY].subscribe(topic, callback);
