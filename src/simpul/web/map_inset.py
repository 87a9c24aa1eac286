"""Which part of a map is so dense that it deserves a window of its own. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[float, float]

# A window is worth it for so many points, within so small a part of the whole.
FEWEST = 6
SIZE = 0.12
# Air around the outermost points, as a share of the window.
MARGIN = 0.08


@dataclass(frozen=True, slots=True)
class Box:
    """Degrees: west, south, east, north."""

    west: float
    south: float
    east: float
    north: float

    def as_list(self) -> list[float]:
        """As GeoJSON writes a `bbox`."""
        return [self.west, self.south, self.east, self.north]


def around(points: Sequence[Point], margin: float = 0.0) -> Box | None:
    """The smallest box that holds all points (longitude, latitude); None for no point."""
    if not points:
        return None
    xs, ys = [x for x, _ in points], [y for _, y in points]
    air_x, air_y = margin * (max(xs) - min(xs)), margin * (max(ys) - min(ys))
    return Box(*(round(v, 5) for v in (min(xs) - air_x, min(ys) - air_y, max(xs) + air_x, max(ys) + air_y)))


def dense_part(points: Sequence[Point]) -> Box | None:
    """Around the largest crowd that fits into a small window; None where the points are spread evenly or are few."""
    whole = around(points)
    if whole is None or len(points) <= FEWEST:
        return None
    reach = SIZE * math.hypot(whole.east - whole.west, whole.north - whole.south)
    if reach == 0:
        return None
    crowd = _largest_crowd(points, reach / 2)
    # A crowd that is nearly everybody needs no second window: the map itself shows it, unless a few lie far away.
    return around(crowd, MARGIN) if len(crowd) >= max(FEWEST, len(points) // 5) else None


def _largest_crowd(points: Sequence[Point], reach: float) -> list[Point]:
    cells: dict[tuple[int, int], list[Point]] = defaultdict(list)
    for point in points:
        cells[math.floor(point[0] / reach), math.floor(point[1] / reach)].append(point)

    def block(cell: tuple[int, int]) -> list[Point]:
        return [p for dx in (-1, 0, 1) for dy in (-1, 0, 1) for p in cells.get((cell[0] + dx, cell[1] + dy), ())]

    # Only the fullest cells can lie in the middle of the largest crowd; equal ones in a fixed order.
    fullest = sorted(cells, key=lambda cell: (-len(block(cell)), cell))[:3]
    best: list[Point] = []
    for middle in sorted({point for cell in fullest for point in cells[cell]}):
        near = [point for cell in fullest for point in block(cell) if math.dist(point, middle) <= reach]
        unique = sorted(set(near))
        if len(unique) > len(best):
            best = unique
    return best
