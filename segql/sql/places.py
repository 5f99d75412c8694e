"""Points on the earth, as SQL: how far it is from one to some others."""

import math
import struct

from sqlglot import exp

from segql.sql import literals, names, portable

_EARTH_KM = 6371.0088
"""The mean radius of the earth (IUGG)."""

_SLACK = 1e-6
"""In degrees: a decimetre, far above what arithmetic can lose."""


def near(
    latitude: exp.Expr,
    longitude: exp.Expr,
    points: tuple[tuple[float, float], ...],
    km: float,
) -> exp.Expr:
    """A place at most so far from one of some points, by the haversine formula.

    NULL for what is no place on the earth. What lies too far north or south is not
    looked at further.
    """
    tests: list[exp.Expr] = [_near(latitude, longitude, point, km) for point in points]
    result = tests[0]
    for test in tests[1:]:
        result = exp.Or(this=result, expression=test)
    return exp.Paren(this=result) if len(tests) > 1 else result


def _near(
    latitude: exp.Expr, longitude: exp.Expr, point: tuple[float, float], km: float
) -> exp.Expr:
    reach = math.degrees(km / _EARTH_KM) + _SLACK
    south, north = max(point[0] - reach, -90.0), min(point[0] + reach, 90.0)
    inside = names.conjunction(
        [_between(latitude, south, north), _between(longitude, -180.0, 180.0)]
    )
    most = _most(km)
    test: exp.Expr = exp.true()
    if most < 1:
        half = _half(latitude, longitude, point)
        test = exp.LTE(this=half, expression=literals.double(most))
    return portable.Guarded(this=inside, expression=test)


def _half(
    latitude: exp.Expr, longitude: exp.Expr, point: tuple[float, float]
) -> exp.Expr:
    """The haversine of the angle between two points."""
    north, east = math.radians(point[0]), math.radians(point[1])
    up = exp.Cos(this=_radians(latitude))
    across = exp.Mul(this=up, expression=literals.double(math.cos(north)))
    return exp.Add(
        this=_haversine(literals.double(north), _radians(latitude)),
        expression=exp.Mul(
            this=across,
            expression=_haversine(literals.double(east), _radians(longitude)),
        ),
    )


def _haversine(a: exp.Expr, b: exp.Expr) -> exp.Expr:
    angle = portable.Quotient(
        this=exp.Sub(this=a, expression=b), expression=literals.double(2.0)
    )
    return exp.Pow(this=exp.Sin(this=angle), expression=literals.number(2))


def _radians(degrees: exp.Expr) -> exp.Expr:
    return exp.Mul(
        this=portable.Float(this=degrees.copy()),
        expression=literals.double(math.pi / 180),
    )


def _most(km: float) -> float:
    """The greatest haversine, up to 1, whose distance is not more than this."""

    def fits(half: float) -> bool:
        return 2 * _EARTH_KM * math.asin(math.sqrt(half)) <= km

    if fits(1.0):
        return 1.0
    low, high = 0, _bits(1.0)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(_double(middle)) else (low, middle)
    return _double(low)


def _bits(value: float) -> int:
    (bits,) = struct.unpack("<q", struct.pack("<d", value))
    return int(bits)


def _double(bits: int) -> float:
    (value,) = struct.unpack("<d", struct.pack("<q", bits))
    return float(value)


def _between(value: exp.Expr, low: float, high: float) -> exp.Expr:
    return exp.Between(
        this=value.copy(), low=literals.double(low), high=literals.double(high)
    )
