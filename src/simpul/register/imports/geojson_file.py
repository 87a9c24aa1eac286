"""Tables from GeoJSON (RFC 7946): one row per feature, its properties by name, its point as two columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from simpul.register.imports.tables import MOST_COLUMNS, MOST_ROWS, FileProblem, RawTable
from simpul.register.logic.cells import Cell, shown
from simpul.register.logic.columns import Holds, Sheet
from simpul.register.logic.faults import Fault

LARGEST = 256 * 2**20
# Beyond any coordinate, a height in millimetres included; what is larger may be no float at all.
_FARTHEST = 1e9


class _KeyTwice(Exception):
    """An object names a key twice, and nobody can tell which one is meant."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def read_geojson(file: BinaryIO, file_name: str, sheet: Sheet) -> list[RawTable]:
    """The one table of a feature collection. In a file that has points, a feature without one has no position.

    Raises FileProblem for what is no feature collection of points.
    """
    if not any(column.holds is Holds.LATITUDE for column in sheet.columns):
        raise FileProblem(file_name, Fault("no_geometry_here"), f"{sheet.kind} have no position. Use CSV or XLSX")
    features = _features(file, file_name)
    if len(features) > MOST_ROWS:
        fault = Fault("too_many_rows", most=MOST_ROWS)
        raise FileProblem(file_name, fault, f"more than {MOST_ROWS} features. Split it")
    points = [_point(file_name, number, feature) for number, feature in enumerate(features, start=1)]
    with_point = any(point is not None for point in points)
    names = sorted({name for feature in features for name in feature.get("properties") or {}})
    if len(names) > MOST_COLUMNS:
        fault = Fault("too_many_properties", most=MOST_COLUMNS)
        raise FileProblem(file_name, fault, f"more than {MOST_COLUMNS} different properties. Remove what is not needed")
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
    document = _parsed(data, file_name)
    del data
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise FileProblem(file_name, Fault("not_a_collection"), 'is no "FeatureCollection". Export it as GeoJSON')
    features = document.get("features")
    if not isinstance(features, list):
        raise FileProblem(file_name, Fault("not_a_collection"), 'has no list "features". Export it as GeoJSON')
    for number, feature in enumerate(features, start=1):
        whole = isinstance(feature, dict) and isinstance(feature.get("properties") or {}, dict)
        if not whole or feature.get("type") != "Feature":
            raise _broken(file_name, Fault("feature_is_none", number=number), "is no Feature")
    return features


def _parsed(data: bytes, file_name: str) -> Any:
    try:
        document = json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant, object_pairs_hook=_once)
        if b"\\ud" in data.lower():
            # Half of a surrogate pair is valid JSON and no text; encoding it raises a ValueError.
            json.dumps(document, ensure_ascii=False).encode()
    except _KeyTwice as twice:
        fault = Fault("json_key_twice", key=shown(twice.key))
        text = f'one object has "{shown(twice.key)}" twice. Keep one of the two'
        raise FileProblem(file_name, fault, text) from None
    except RecursionError:
        text = "its lists and objects lie too deep in each other. Export it again"
        raise FileProblem(file_name, Fault("json_too_deep"), text) from None
    except json.JSONDecodeError as error:
        fault = Fault("json_broken", line=error.lineno, character=error.colno)
        raise FileProblem(file_name, fault, f"is no valid JSON: {error}. Export it again") from None
    except ValueError as error:
        raise FileProblem(file_name, Fault("not_json"), f"is no valid JSON: {error}. Export it again") from None
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise _KeyTwice(next(name for name in names if names.count(name) > 1))
    return found


def _point(file_name: str, number: int, feature: dict[str, Any]) -> tuple[float, float] | None:
    geometry = feature.get("geometry")
    if geometry is None:
        return None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind != "Point":
        fault = Fault("feature_no_point", number=number, kind=shown(kind))
        raise _broken(file_name, fault, f"is a {shown(kind)}, not a Point")
    coordinates = geometry.get("coordinates")
    numbers = isinstance(coordinates, list) and all(type(value) in (int, float) for value in coordinates)
    if not numbers or len(coordinates) not in (2, 3) or not all(abs(value) < _FARTHEST for value in coordinates):
        raise _broken(file_name, Fault("feature_nowhere", number=number), "has no [longitude, latitude]")
    return float(coordinates[1]), float(coordinates[0])


def _broken(file_name: str, fault: Fault, text: str) -> FileProblem:
    return FileProblem(file_name, fault, f"{text}. Mend it", f"feature {fault.params['number']}")


def _cell(value: Any) -> Cell:
    """Lists and objects have no place in a cell; as text they show up in the diff."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return json.dumps(value, ensure_ascii=False)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number in JSON")
