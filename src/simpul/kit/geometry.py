"""Points on the earth: WGS 84, degrees."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """A box in degrees that a deployment's points must lie in."""

    south: float = -90.0
    west: float = -180.0
    north: float = 90.0
    east: float = 180.0

    def holds(self, latitude: float, longitude: float) -> bool:
        return self.south <= latitude <= self.north and self.west <= longitude <= self.east


@dataclass(frozen=True, slots=True)
class Point:
    """Latitude and longitude in degrees."""

    latitude: float
    longitude: float


def point_in(bounds: Bounds, latitude: float, longitude: float) -> Point:
    """The point, or a ValueError that says which number is off, and whether the two look swapped."""
    if bounds.holds(latitude, longitude):
        return Point(latitude, longitude)
    hint = "; latitude and longitude look swapped" if bounds.holds(longitude, latitude) else ""
    if not bounds.south <= latitude <= bounds.north:
        raise ValueError(f"latitude {latitude} is outside {bounds.south:g}..{bounds.north:g}{hint}")
    raise ValueError(f"longitude {longitude} is outside {bounds.west:g}..{bounds.east:g}{hint}")
