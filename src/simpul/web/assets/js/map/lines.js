// Each link as two halves, one for each direction: the half at A shows what leaves A, the half at B what leaves B.
// The register knows the ends only, so a link is drawn as a gentle arc; links between the same two sites fan out.

const BEND = 0.04;
const STEPS = 8;
// Of so many links none is followed by eye from end to end: straight ones do, at an eighth of the work.
const MANY = 1500;

// sites: code -> element. Returns features with ids 2i (A) and 2i + 1 (B), where i is the link's place in the list.
export function halves(links, sites) {
  const fans = new Map(); // pair of sites -> how many links so far
  const features = [];
  links.forEach((link, index) => {
    const a = sites.get(link.a);
    const b = sites.get(link.b);
    // Both ends in one building, or somewhere unknown: nothing to draw.
    if (!a || !b || a.x === null || b.x === null || (a.x === b.x && a.y === b.y)) return;
    const pair = [link.a, link.b].sort().join(" ");
    const turn = fans.get(pair) ?? 0;
    fans.set(pair, turn + 1);
    const steps = links.length > MANY ? 1 : STEPS;
    const points = arc(a, b, BEND * (turn + 1) * (turn % 2 ? -1 : 1), steps);
    const middle = steps;
    const properties = { link: index, planned: link.planned, width: width(link.bps) };
    features.push(line(2 * index, points.slice(0, middle + 1), properties));
    features.push(line(2 * index + 1, points.slice(middle).reverse(), properties));
  });
  return { type: "FeatureCollection", features };
}

function arc(a, b, bend, steps) {
  const control = [(a.x + b.x) / 2 - (b.y - a.y) * bend * 2, (a.y + b.y) / 2 + (b.x - a.x) * bend * 2];
  const points = [];
  for (let i = 0; i <= 2 * steps; i++) {
    const t = i / (2 * steps);
    const [u, v, w] = [(1 - t) ** 2, 2 * t * (1 - t), t * t];
    points.push([short(u * a.x + v * control[0] + w * b.x), short(u * a.y + v * control[1] + w * b.y)]);
  }
  return points;
}

const short = (degrees) => Math.round(degrees * 1e6) / 1e6;

function line(id, coordinates, properties) {
  return { type: "Feature", id, properties, geometry: { type: "LineString", coordinates } };
}

// Pixels: a thicker line carries more.
function width(bps) {
  if (!bps || bps <= 100e6) return 1.75;
  return bps < 10e9 ? 2.5 : 4;
}
