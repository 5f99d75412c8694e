"""Points on the earth: how far it is from one to another."""

from math import asin, cos, radians, sin, sqrt
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]
"""Latitude and longitude in degrees."""

EARTH_KM = 6371.0088
"""The mean radius of the earth (IUGG)."""


def near(place: Point | None, points: tuple[Point, ...], km: float) -> bool:
    """Whether a place is at most so far from one of some points.

    What lies beyond 90 degrees of latitude, or 180 of longitude, is no place.
    """
    if place is None or not (abs(place[0]) <= 90 and abs(place[1]) <= 180):
        return False
    return any(distance(place, point) <= km for point in points)


def distance(a: Point, b: Point) -> float:
    """Kilometres along the great circle, by the haversine formula."""
    north_a, north_b = radians(a[0]), radians(b[0])
    north, east = north_b - north_a, radians(b[1]) - radians(a[1])
    half = sin(north / 2) ** 2 + cos(north_a) * cos(north_b) * sin(east / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, max(0.0, half))))
