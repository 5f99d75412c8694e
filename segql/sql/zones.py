"""A time zone's name in, how its clock is set, as plain numbers, out.

For dialects that have no time zones, or not for all times.
"""

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from zoneinfo import TZPATH

_EPOCH = datetime(1970, 1, 1)
LAST_YEAR = 2037
"""Changes up to this year at least are listed; a rule tells those that follow."""


@dataclass(frozen=True, slots=True)
class Change:
    """A clock is set at `moment`, a UTC wall, from one offset to another (seconds)."""

    moment: datetime
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Yearly:
    """The `week`th `day` of a month, 5 for the last; day 0 is Sunday.

    `seconds` after that day's midnight the clock is set.
    """

    month: int
    week: int
    day: int
    seconds: int

    def moment(self, year: int) -> datetime:
        first = date(year, self.month, 1)
        late = (self.day - first.isoweekday()) % 7 + 7 * (self.week - 1)
        while (first + timedelta(days=late)).month != self.month:
            late -= 7
        start = datetime(year, self.month, 1) + timedelta(days=late)
        return start + timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class Summer:
    """Offsets in seconds, and when one follows the other in each year."""

    winter: int
    summer: int
    start: Yearly
    end: Yearly


@dataclass(frozen=True, slots=True)
class Clock:
    """The first offset, all changes until `last_year`, and the rule of later years."""

    first: int
    changes: tuple[Change, ...]
    last_year: int
    summer: Summer | None

    @property
    def offsets(self) -> list[int]:
        """One more than there are changes."""
        return [self.first, *(each.after for each in self.changes)]


@lru_cache(maxsize=64)
def clock(zone: str) -> Clock:
    """How the clock of a zone is set; it is that of `zoneinfo`."""
    first, listed, footer = _read(_data(zone))
    summer, offset = _rule(footer)
    changes = [each for each in listed if each.before != each.after]
    known = changes[-1].moment if changes else datetime.min
    last_year = max(known.year, LAST_YEAR)
    if summer is not None:
        years = range(max(known.year, 1970), last_year + 1)
        changes += [each for each in _by_rule(summer, years) if each.moment > known]
    assert not changes or summer or offset in (None, changes[-1].after)
    return Clock(first, tuple(changes), last_year, summer)


def _by_rule(rule: Summer, years: Sequence[int]) -> Iterator[Change]:
    for each in years:
        winter, summer = rule.winter, rule.summer
        start = rule.start.moment(each) - timedelta(seconds=winter)
        end = rule.end.moment(each) - timedelta(seconds=summer)
        both = [Change(start, winter, summer), Change(end, summer, winter)]
        yield from sorted(both, key=lambda change: change.moment)


def _data(zone: str) -> bytes:
    for folder in TZPATH:
        path = Path(folder, *zone.split("/"))
        if path.is_file():
            return path.read_bytes()
    return files("tzdata").joinpath("zoneinfo", *zone.split("/")).read_bytes()


# ---- the file's format (RFC 8536)


def _read(data: bytes) -> tuple[int, list[Change], str]:
    """The first offset, the changes, and the rule of what follows."""
    file = BytesIO(data)
    _skip(file)
    *counts, times, types, letters = _header(file)
    leaps = counts[2]
    moments = struct.unpack(f">{times}q", file.read(8 * times))
    kinds: Sequence[int] = file.read(times)
    offsets = [struct.unpack(">lbb", file.read(6))[0] for _ in range(types)]
    file.read(letters + 12 * leaps + counts[1] + counts[0])
    footer = file.read().strip(b"\n").decode()
    changes, last = [], offsets[0]
    for moment, kind in zip(moments, kinds, strict=True):
        wall = _EPOCH + timedelta(seconds=max(moment, -(2**35)))
        changes.append(Change(wall, last, offsets[kind]))
        last = offsets[kind]
    return offsets[0], changes, footer


def _header(file: BytesIO) -> list[int]:
    """How many: UT marks, standard marks, leap seconds, changes, types, letters."""
    start = file.read(44)
    if start[:4] != b"TZif":
        raise ValueError("no time zone's file")
    return list(struct.unpack(">6l", start[20:]))


def _skip(file: BytesIO) -> None:
    """The first part, for readers of 32 bits."""
    marks, standard, leaps, times, types, letters = _header(file)
    file.read(times * 5 + types * 6 + letters + leaps * 8 + standard + marks)


_NAME = r"(?:<[^>]*>|[A-Za-z]+)"
_TIME = r"[-+]?\d+(?::\d+){0,2}"
_WHEN = rf"M(\d+)\.(\d)\.(\d)(?:/({_TIME}))?"
_FOOTER = re.compile(
    rf"{_NAME}({_TIME})(?:{_NAME}({_TIME})?,{_WHEN},{_WHEN})?", re.ASCII
)


def _rule(footer: str) -> tuple[Summer | None, int | None]:
    """The rule that a file ends with, such as `CET-1CEST,M3.5.0,M10.5.0/3`."""
    if not footer:
        return None, None
    found = _FOOTER.fullmatch(footer)
    if found is None:
        raise ValueError(f"a rule that is not known: {footer}")
    offset, other, *when = found.groups()
    winter = -_seconds(offset)
    if when[0] is None:
        return None, winter
    summer = winter + 3600 if other is None else -_seconds(other)
    start, end = (
        Yearly(int(month), int(week), int(day), _seconds(time or "2"))
        for month, week, day, time in (when[:4], when[4:])
    )
    return Summer(winter, summer, start, end), winter


def _seconds(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    parts = [int(part) for part in text.lstrip("+-").split(":")]
    return sign * sum(
        part * size for part, size in zip(parts, (3600, 60, 1), strict=False)
    )


# ---- for dialects


def seconds(count: int) -> timedelta:
    return timedelta(seconds=count)


_YEAR_0 = 366 * 86_400
"""The year 0 is a leap year."""


def since_year_0(moment: datetime) -> int:
    """Seconds since the first moment of the year 0."""
    length = moment - datetime.min
    return _YEAR_0 + length.days * 86_400 + length.seconds
