// Where the map draws links: two halves that meet, one for each direction.
import assert from "node:assert/strict";
import test from "node:test";

import { halves } from "../../src/simpul/web/assets/js/map/lines.js";

const SITES = new Map([
  ["A", { x: 114, y: -1 }],
  ["B", { x: 114.2, y: -1.1 }],
  ["ROOM", { x: 114, y: -1 }],
  ["LOST", { x: null, y: null }],
]);
const link = (a, b, more = {}) => ({ a, b, planned: false, bps: 1e9, ...more });
const ends = ({ geometry: { coordinates } }) => [coordinates[0], coordinates.at(-1)];

test("the halves begin at their ends and meet in the middle", () => {
  const { features: [a, b] } = halves([link("A", "B")], SITES);
  assert.deepEqual([a.id, b.id], [0, 1]);
  assert.deepEqual(ends(a)[0], [114, -1]);
  assert.deepEqual(ends(b)[0], [114.2, -1.1]);
  assert.deepEqual(ends(a)[1], ends(b)[1]);
});

test("what has no two known places is not drawn, and the others keep their numbers", () => {
  const { features } = halves([link("A", "ROOM"), link("A", "LOST"), link("A", "GONE"), link("A", "B")], SITES);
  assert.deepEqual(features.map(({ id }) => id), [6, 7]);
});

test("links between the same two sites do not lie on each other, whichever end is named first", () => {
  const { features } = halves([link("A", "B"), link("B", "A"), link("A", "B")], SITES);
  const middles = features.filter(({ id }) => id % 2 === 0).map((half) => String(ends(half)[1]));
  assert.equal(new Set(middles).size, 3);
});

test("of very many links each half is one straight line", () => {
  const { features } = halves(Array.from({ length: 1501 }, () => link("A", "B")), SITES);
  assert.equal(features.length, 3002);
  assert.ok(features.every(({ geometry }) => geometry.coordinates.length === 2));
});

test("a link that carries more is thicker", () => {
  const drawn = (bps) => halves([link("A", "B", { bps })], SITES).features[0].properties.width;
  assert.deepEqual([null, 100e6, 1e9, 10e9].map(drawn), [1.75, 1.75, 2.5, 4]);
});
