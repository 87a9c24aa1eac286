// Texts that the page brings along, filled in.
import assert from "node:assert/strict";
import test from "node:test";

import { page } from "./page.mjs";

page("en", { since: "since %(time)s" });
const { fill, words } = await import("../../src/simpul/web/assets/js/words.js");

test("the words are those of the page", () => {
  assert.equal(fill(words.since, { time: "09.12" }), "since 09.12");
});

test("a mark without a value stays, so that it is seen", () => {
  assert.equal(fill("%(a)s of %(b)s", { a: 3 }), "3 of %(b)s");
});

test("a zero is a value", () => {
  assert.equal(fill("%(n)s sites", { n: 0 }), "0 sites");
});
