"""Latitude and longitude as people write them: decimal point or comma, degrees-minutes-seconds, LS and BT. Pure."""

from __future__ import annotations

import re

from simpul.kit.geometry import Bounds
from simpul.register.logic.cells import shown
from simpul.register.logic.faults import Fault

# Floats are written with at most 17 digits; a flood of them is no coordinate.
_NUMBER = r"[0-9]{1,9}(?:[.,][0-9]{1,30})?"
# No one-letter units: in "50.4S" the S is south, not seconds.
_DEGREES = re.compile(
    rf"""^(?P<sign>[+-])?\s*
    (?P<degrees>{_NUMBER})\s*(?:°|º|deg|derajat|:|\s|$)\s*
    (?:(?P<minutes>{_NUMBER})\s*(?:'|′|’|´|menit|:|\s|$)\s*)?
    (?:(?P<seconds>{_NUMBER})\s*(?:"|″|”|''|′′|’’|detik)?)?\s*$""",
    re.VERBOSE | re.IGNORECASE,
)
# Indonesian: lintang selatan/utara, bujur timur/barat.
_SIDES = "LS|LU|BT|BB|[NSEWUTB]"
_SIDE = re.compile(rf"^(?:({_SIDES})(?![a-z])\.?\s*)?(.*?)\s*(?:(?<![a-z])({_SIDES})\.?)?$", re.IGNORECASE)
_SIGN = {"LS": -1, "S": -1, "LU": 1, "N": 1, "U": 1, "BT": 1, "E": 1, "T": 1, "BB": -1, "W": -1, "B": -1}
_AXIS = {"LS": "latitude", "S": "latitude", "LU": "latitude", "N": "latitude", "U": "latitude"}


def read_degrees(text: str, axis: str) -> float:
    """Degrees from `-0.94734`, `114,8962`, `0°56'50.4" LS` or `S 0 56 50,4`.

    `axis` is "latitude" or "longitude": a side of the other axis is a fault. Raises Fault.
    """
    side_first, body, side_last = _sides(text.replace("−", "-"))
    side = (side_first or side_last).upper()
    if side_first and side_last:
        raise Fault("not_a_coordinate", value=shown(text))
    if side and _AXIS.get(side, "longitude") != axis:
        raise Fault("swapped", value=shown(text))
    match = _DEGREES.match(body)
    if match is None:
        raise Fault("not_a_coordinate", value=shown(text))
    degrees, minutes, seconds = (_decimal(match[name]) for name in ("degrees", "minutes", "seconds"))
    if minutes >= 60 or seconds >= 60 or (match["sign"] and side):
        raise Fault("not_a_coordinate", value=shown(text))
    sign = _SIGN[side] if side else -1 if match["sign"] == "-" else 1
    return sign * (degrees + minutes / 60 + seconds / 3600)


def read_pair(text: str) -> tuple[float, float]:
    """Latitude and longitude from one cell: `-0.94734, 114.8962`, `0°56'50" LS 114°53'46" BT`. Raises Fault."""
    for separator in (r"\s*;\s*", r",\s+", r"(?<=[NSUW])\s*,?\s+(?=\d)", r"(?<=L[SU])\s*,?\s+", r",", r"\s+"):
        parts = re.split(separator, text.strip(), flags=re.IGNORECASE)
        if len(parts) == 2 and all(parts):
            return read_degrees(parts[0], "latitude"), read_degrees(parts[1], "longitude")
    raise Fault("not_a_pair", value=shown(text))


def check_point(bounds: Bounds, latitude: float, longitude: float) -> None:
    """Raise Fault `outside`, or `swapped` where the two are right when exchanged. The fault's column is the axis."""
    if bounds.holds(latitude, longitude):
        return
    wrong_latitude = not bounds.south <= latitude <= bounds.north
    axis, value = ("latitude", latitude) if wrong_latitude else ("longitude", longitude)
    low, high = (bounds.south, bounds.north) if wrong_latitude else (bounds.west, bounds.east)
    code = "outside_swapped" if bounds.holds(longitude, latitude) else "outside"
    raise Fault(code, column=axis, value=f"{value:.7g}", low=f"{low:g}", high=f"{high:g}")


def _sides(text: str) -> tuple[str, str, str]:
    match = _SIDE.match(" ".join(text.split()))
    if match is None:
        return "", text, ""
    return match[1] or "", match[2].strip(), match[3] or ""


def _decimal(text: str | None) -> float:
    return float(text.replace(",", ".")) if text else 0.0
