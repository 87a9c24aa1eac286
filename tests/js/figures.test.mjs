// Numbers as people write them; the same cases as tests/web/test_figures.py has for the server.
import assert from "node:assert/strict";
import test from "node:test";

import { page } from "./page.mjs";

page("id");
const { moment, number, percent, rate } = await import("../../src/simpul/web/assets/js/figures.js");

test("a rate has three digits and the largest unit that it fills", () => {
  const cases = [
    [0, "0 bps"],
    [999, "999 bps"],
    [1_000, "1,00 kbps"],
    [29_950, "30,0 kbps"],
    [182_400_000, "182 Mbps"],
    [999_400_000, "999 Mbps"],
    [1_620_000_000, "1,62 Gbps"],
    [12_300_000_000, "12,3 Gbps"],
  ];
  for (const [bps, said] of cases) assert.equal(rate(bps), said);
});

test("what would be a thousand of a unit is one of the next", () => {
  assert.equal(rate(999_600), "1,00 Mbps");
  assert.equal(rate(999_500_000), "1,00 Gbps");
});

test("an unknown rate is a dash and no zero", () => {
  assert.equal(rate(null), "–");
  assert.equal(rate(undefined), "–");
});

test("numbers, shares and moments follow the reader's language and the network's zone", () => {
  assert.equal(number(1_234_567), "1.234.567");
  assert.equal(number(1234.5, 1), "1.234,5");
  assert.equal(percent(0.125), "13 %");
  // 24 November 2026, 02:12 UTC.
  assert.equal(moment(1_795_486_320, "Asia/Makassar"), "24 Nov, 10.12");
});
