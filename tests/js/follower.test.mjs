// One stream for all pages: opened, opened again after a refusal, and what a page that comes later is told.
import assert from "node:assert/strict";
import test from "node:test";

const opened = [];

class Source {
  static CLOSED = 2;
  readyState = 1;
  handlers = {};

  constructor(address) {
    this.address = address;
    opened.push(this);
  }

  addEventListener(name, handler) {
    this.handlers[name] = handler;
  }

  close() {
    this.readyState = Source.CLOSED;
  }

  brings(name, data) {
    this.handlers[name]({ data: JSON.stringify(data) });
  }

  refuses() {
    this.readyState = Source.CLOSED;
    this.handlers.error();
  }
}
globalThis.EventSource = Source;
const { Follower } = await import("../../src/simpul/web/assets/js/follower.js");

function following(...topics) {
  opened.length = 0;
  const heard = [];
  const follower = new Follower((message) => heard.push(message));
  follower.follow(topics);
  return { follower, heard };
}

test("a page that wants no more than the stream brings opens none", () => {
  const { follower } = following("sites", "links");
  follower.follow(["links"]);
  assert.deepEqual(opened.map(({ address }) => address), ["/feed?topics=links,sites"]);
  follower.follow(["links", "alarms"]);
  assert.equal(opened.at(-1).address, "/feed?topics=alarms,links");
  assert.equal(opened[0].readyState, Source.CLOSED);
});

test("who comes later is told the state and the newest message of each topic", () => {
  const { follower } = following("sites");
  opened[0].brings("hello", { at: new Date().toISOString(), topics: ["sites"] });
  opened[0].brings("sites", { at: "t1" });
  opened[0].brings("sites", { at: "t2" });
  const [state, ...messages] = follower.known();
  assert.deepEqual([state.state, state.allowed], ["live", ["sites"]]);
  assert.deepEqual(messages, [{ topic: "sites", data: { at: "t2" } }]);
});

test("after a broken line nothing old is told", () => {
  const { follower, heard } = following("sites");
  opened[0].brings("sites", { at: "t1" });
  opened[0].handlers.error();
  assert.deepEqual(follower.known(), [{ state: "lost" }]);
  assert.deepEqual(heard.at(-1), { state: "lost" });
});

test("a refused stream is opened again, each time after a longer wait", (t) => {
  t.mock.timers.enable(["setTimeout"]);
  t.mock.method(Math, "random", () => 0);
  following("sites");
  for (const [nth, wait] of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000].entries()) {
    opened.at(-1).refuses();
    t.mock.timers.tick(wait - 1);
    assert.equal(opened.length, nth + 1);
    t.mock.timers.tick(1);
    assert.equal(opened.length, nth + 2);
  }
});
