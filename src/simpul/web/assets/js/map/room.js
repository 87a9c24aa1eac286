// Finds a corner for the second map, and how far the first has to draw in its sites so that none lies under it.

const CORNERS = ["bottom-right", "bottom-left", "top-right"];
// Parts of the room that the sites take up, from all of it down; the first that leaves a corner free is taken.
const PARTS = [1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5];
// Pixels around a site that its sign and name need.
const AIR = { x: 52, y: 26 };

// Returns {corner, padding} for the map's box of all sites.
export function roomFor(frame, card, sites, padding) {
  const [width, height] = [card.clientWidth, card.clientHeight];
  const taken = CORNERS.map((corner) => {
    frame.dataset.corner = corner;
    const [outer, inner] = [card.getBoundingClientRect(), frame.getBoundingClientRect()];
    const [left, top] = [inner.left - outer.left, inner.top - outer.top];
    return { corner, left, top, right: left + inner.width, bottom: top + inner.height };
  });
  let best = { corner: CORNERS[0], padding, hits: Infinity };
  for (const part of PARTS) {
    for (const box of taken) {
      const pads = drawnIn(padding, width, height, part, box.corner);
      const hits = place(sites, width, height, pads).filter(({ x, y }) => {
        const across = x > box.left - AIR.x && x < box.right + AIR.x;
        return across && y > box.top - AIR.y && y < box.bottom + AIR.y;
      }).length;
      if (hits < best.hits) best = { corner: box.corner, padding: pads, hits };
    }
    if (!best.hits) break;
  }
  return best;
}

// The same box, pushed away from the corner.
function drawnIn({ top, right, bottom, left }, width, height, part, corner) {
  const across = (1 - part) * (width - left - right);
  const along = (1 - part) * (height - top - bottom);
  return {
    top: corner.startsWith("top") ? top + along : top,
    bottom: corner.startsWith("bottom") ? bottom + along : bottom,
    left: corner.endsWith("left") ? left + across : left,
    right: corner.endsWith("right") ? right + across : right,
  };
}

// Pixels of the sites when their box is fitted into what the padding leaves (Mercator, centred).
function place(sites, width, height, { top, right, bottom, left }) {
  const points = sites.map(({ x, y }) => ({ x, y: (180 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + (y * Math.PI) / 360)) }));
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  const [west, east, south, north] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const [roomX, roomY] = [width - left - right, height - top - bottom];
  const scale = Math.min(roomX / Math.max(east - west, 1e-9), roomY / Math.max(north - south, 1e-9));
  const [middleX, middleY] = [left + roomX / 2, top + roomY / 2];
  return points.map(({ x, y }) => ({
    x: middleX + scale * (x - (west + east) / 2),
    y: middleY - scale * (y - (south + north) / 2),
  }));
}
