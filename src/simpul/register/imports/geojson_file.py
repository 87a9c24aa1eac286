"""Tables from GeoJSON (RFC 7946): one row per feature, its properties by name, its point as two columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from simpul.register.imports.tables import FileProblem, RawTable
from simpul.register.logic.cells import Cell
from simpul.register.logic.columns import Holds, Sheet
from simpul.register.logic.faults import Fault

LARGEST = 256 * 2**20


def read_geojson(file: BinaryIO, file_name: str, sheet: Sheet) -> list[RawTable]:
    """The one table of a feature collection. In a file that has points, a feature without one has no position.

    Raises FileProblem for what is no feature collection of points.
    """
    if not any(column.holds is Holds.LATITUDE for column in sheet.columns):
        raise FileProblem(file_name, Fault("no_geometry_here"), f"{sheet.kind} have no position. Use CSV or XLSX")
    features = _features(file, file_name)
    points = [_point(file_name, number, feature) for number, feature in enumerate(features, start=1)]
    with_point = any(point is not None for point in points)
    names = sorted({name for feature in features for name in feature.get("properties") or {}})
    headings = [*(["latitude", "longitude"] if with_point else []), *names]
    return [RawTable("", _rows(features, points, names, with_point), len(features), headings)]


def _rows(
    features: list[dict[str, Any]], points: list[tuple[float, float] | None], names: list[str], with_point: bool
) -> Iterator[tuple[int, list[Cell]]]:
    for number, (feature, point) in enumerate(zip(features, points, strict=True), start=1):
        properties = feature.get("properties") or {}
        cells = [_cell(properties.get(name)) for name in names]
        yield number, [*(point or (None, None)), *cells] if with_point else cells


def _features(file: BinaryIO, file_name: str) -> list[dict[str, Any]]:
    data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        text = f"larger than {LARGEST >> 20} MB. Split it"
        raise FileProblem(file_name, Fault("too_large_file", megabytes=LARGEST >> 20), text)
    try:
        document = json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant)
        if b"\\ud" in data.lower():
            # Half of a surrogate pair is valid JSON and no text; encoding it raises a ValueError.
            json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        fault = Fault("not_json", why=str(error))
        raise FileProblem(file_name, fault, f"is no valid JSON: {error}. Export it again") from None
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise FileProblem(file_name, Fault("not_a_collection"), 'is no "FeatureCollection". Export it as GeoJSON')
    features = document.get("features")
    if not isinstance(features, list):
        raise FileProblem(file_name, Fault("not_a_collection"), 'has no list "features". Export it as GeoJSON')
    for number, feature in enumerate(features, start=1):
        whole = isinstance(feature, dict) and isinstance(feature.get("properties") or {}, dict)
        if not whole or feature.get("type") != "Feature":
            raise _broken(file_name, number, "is no Feature")
    return features


def _point(file_name: str, number: int, feature: dict[str, Any]) -> tuple[float, float] | None:
    geometry = feature.get("geometry")
    if geometry is None:
        return None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind != "Point":
        raise _broken(file_name, number, f"is a {kind}, not a Point")
    coordinates = geometry.get("coordinates")
    numbers = isinstance(coordinates, list) and all(type(value) in (int, float) for value in coordinates)
    if not numbers or len(coordinates) not in (2, 3):
        raise _broken(file_name, number, "has no [longitude, latitude]")
    return coordinates[1], coordinates[0]


def _broken(file_name: str, number: int, text: str) -> FileProblem:
    place = f"feature {number}"
    return FileProblem(file_name, Fault("feature_broken", number=number, why=text), f"{text}. Mend it", place)


def _cell(value: Any) -> Cell:
    """Lists and objects have no place in a cell; as text they show up in the diff."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return json.dumps(value, ensure_ascii=False)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number in JSON")
