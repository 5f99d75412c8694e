"""Encoded events in, counts and sums per customer out: a slice of customers at a time.

Events are put in the order of slice, cell and band once, in large pieces, so that a
measure is made of few stretches of them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from segql.batch.keys import Few, Numbers
from segql.batch.spool import Spool
from segql.plan.shared_nodes import Measure, Stream, Threshold

SLICE = 20
"""Two to this power customers are worked on at a time: their counts fit into caches."""
PIECE = 1 << 20
_MANY = 64
"""From so many stretches of events on, a selection's events are gathered first."""
_MOST = 1 << 26
"""So many may be gathered."""
_SAFE = 1 << 62

Bits = NDArray[np.uint8]
Truth = NDArray[np.bool_]
Totals: TypeAlias = Few | Numbers


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some events, by their codes: `codes` are those that occur, in order."""

    codes: Numbers
    starts: Numbers
    customers: Few
    values: tuple[Numbers, ...]

    def between(self, low: int, high: int) -> slice:
        """Where events with codes from `low` to before `high` stand."""
        first, last = np.searchsorted(self.codes, (low, high))
        return slice(int(self.starts[first]), int(self.starts[last]))


class Occurrences:
    """The events of one reading."""

    def __init__(
        self, stream: Stream, spool: Spool, customers: int, bits: int = SLICE
    ) -> None:
        self.several = customers > 1 << bits
        self.bits = bits
        self.stream = stream
        self.spool = spool
        self.codes = stream.cells * stream.bands
        self.rows = self.read = 0
        self.largest = [0] * len(stream.values)
        self._pieces: list[_Piece] = []
        self._sorting: list[Future[_Piece]] = []
        self._worker = ThreadPoolExecutor(1)
        self._waiting: list[tuple[Few | Numbers, ...]] = []
        self._waits = 0
        inside = np.zeros(stream.cells, bool)
        for cells in stream.selections:
            inside[list(cells)] = True
        self._useful = np.repeat(inside, stream.bands)

    def add(
        self, customers: Few, codes: Few | Numbers, values: Sequence[Numbers]
    ) -> None:
        """Takes in some events; customers who are nobody have a negative number."""
        self.read += len(customers)
        kept = self._useful[codes] & (customers >= 0)
        if not kept.all():
            customers, codes = customers[kept], codes[kept]
            values = [each[kept] for each in values]
        if not len(customers):
            return
        for place, each in enumerate(values):
            most = max(int(each.max()), -int(each.min()))
            self.largest[place] = max(self.largest[place], most)
        self._waiting.append((customers, codes, *values))
        self._waits += len(customers)
        if self._waits >= PIECE:
            self._sort()

    def end(self) -> None:
        """All events are there."""
        if self._waits:
            self._sort()
        self._pieces = [each.result() for each in self._sorting]
        self.close()

    def close(self) -> None:
        """Ends its thread; `end` has done so already."""
        self._worker.shutdown(cancel_futures=True)

    def too_wide(self, place: int) -> bool:
        """Whether a sum of some values may not fit."""
        return self.largest[place] * max(self.rows, 1) >= _SAFE

    def _sort(self) -> None:
        """Has what waits sorted by another thread, which is at most one piece late."""
        waiting, self._waiting, self._waits = self._waiting, [], 0
        self.rows += sum(len(customers) for customers, *_ in waiting)
        if len(self._sorting) > 1:
            self._sorting[-2].result()
        self._sorting.append(self._worker.submit(self._piece, waiting))

    def _piece(self, waiting: list[tuple[Few | Numbers, ...]]) -> _Piece:
        customers, codes, *values = map(np.concatenate, zip(*waiting, strict=True))
        places = codes
        if self.several:
            places = (customers.astype(np.int64) >> self.bits) * self.codes + codes
            customers = customers & ((1 << self.bits) - 1)
        piece = _sorted(places, customers, values)
        keep = self.spool.keep
        return replace(
            piece,
            customers=keep(piece.customers),
            values=tuple(map(keep, piece.values)),
        )

    # ---- measures

    def truths(self, number: int, size: int) -> Iterator[tuple[Threshold, Truth]]:
        """What the measures' leaves say of the customers of a slice."""
        families: dict[tuple[int, int | None, int], list[Measure]] = {}
        for measure in self.stream.measures:
            if measure.value is None or not self.too_wide(measure.value):
                family = measure.selection, measure.value, measure.last
                families.setdefault(family, []).append(measure)
        increments: Counter[int] = Counter()
        for (selection, _, _), measures in families.items():
            increments[selection] += len({each.first for each in measures})
        ordered = sorted(families.items(), key=lambda each: each[0][0])
        of, mine = -1, None
        for (selection, value, last), measures in ordered:
            cells = np.array(self.stream.selections[selection], np.int64)
            if of != selection:
                many = len(cells) * increments[selection] > _MANY
                of, mine = selection, None
                mine = self._gathered(number, cells) if many else None
            total: Totals = np.zeros(size, np.int64)
            if value is None:
                total = np.zeros(size, np.int32)
            done = last
            for measure in sorted(measures, key=lambda each: -each.first):
                # A longer window is a shorter one and what lies before that.
                if measure.first < done:
                    bands = measure.first, done
                    parts = (
                        self._stretches(number, cells, bands)
                        if mine is None
                        else [(mine, mine.between(*bands))]
                    )
                    _add(total, parts, value)
                    done = measure.first
                for threshold in measure.thresholds:
                    yield threshold, compared(total, threshold)

    def _stretches(
        self, number: int, cells: Numbers, bands: tuple[int, int]
    ) -> Iterator[tuple[_Piece, slice]]:
        """Where the events stand that lie in some cells and bands."""
        first, last = bands
        width = self.stream.bands
        base = number * self.codes
        for piece in self._pieces:
            for cell in cells.tolist():
                start = base + cell * width
                yield piece, piece.between(start + first, start + last)

    def _gathered(self, number: int, cells: Numbers) -> _Piece | None:
        """The events of a slice that lie in some cells, by their bands.

        None if they are too many to be copied.
        """
        inside = np.zeros(self.stream.cells, bool)
        inside[cells] = True
        width = self.stream.bands
        base = number * self.codes
        bands, customers = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)]
        values = [[np.zeros(0, np.int64)] for _ in self.stream.values]
        rows = 0
        for piece in self._pieces:
            low, high = np.searchsorted(piece.codes, (base, base + self.codes))
            codes = piece.codes[low:high] - base
            lengths = np.diff(piece.starts[low : high + 1])
            wanted = inside[codes // width]
            rows += int(lengths[wanted].sum())
            if rows > _MOST:
                return None
            kept = np.repeat(wanted, lengths)
            every = slice(int(piece.starts[low]), int(piece.starts[high]))
            bands.append(np.repeat(codes % width, lengths)[kept])
            customers.append(piece.customers[every][kept])
            for mine, theirs in zip(values, piece.values, strict=True):
                mine.append(theirs[every][kept])
        joined = [np.concatenate(each) for each in values]
        return _sorted(np.concatenate(bands), np.concatenate(customers), joined)


def _sorted(places: Few | Numbers, customers: Few, values: Sequence[Numbers]) -> _Piece:
    """Events in the order of their places."""
    order = _order(places)
    ordered = places[order]
    new = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    starts = np.concatenate([[0], new, [len(ordered)]])[: len(ordered) + 1]
    return _Piece(
        ordered[starts[:-1]].astype(np.int64),
        starts,
        customers[order],
        tuple(each[order] for each in values),
    )


def _add(
    total: Totals, parts: Iterable[tuple[_Piece, slice]], value: int | None
) -> None:
    for piece, stretch in parts:
        if stretch.start == stretch.stop:
            continue
        customers = piece.customers[stretch].astype(np.intp)
        if value is None:
            np.add.at(total, customers, np.int32(1))
        else:
            np.add.at(total, customers, piece.values[value][stretch])


def _order(places: Few | Numbers) -> Numbers:
    """A stable order of numbers below 2^32, sixteen bits at a time.

    numpy sorts numbers of sixteen bits by their digits, others by comparing.
    """
    low = places.astype(np.uint16)
    order = np.argsort(low, kind="stable")
    if len(places) and int(places.max()) >> 16:
        high = (places >> 16).astype(np.uint16)
        order = order[np.argsort(high[order], kind="stable")]
    return order


def compared(total: Totals, threshold: Threshold) -> Truth:
    bound = threshold.bound
    limits = np.iinfo(total.dtype)
    if bound > limits.max or bound < limits.min:
        above = bound < limits.min
        holds = {"<": not above, "<=": not above, ">": above, ">=": above}
        return np.full(
            len(total), holds.get(threshold.operator, threshold.operator == "!=")
        )
    found: Truth
    match threshold.operator:
        case "=":
            found = total == bound
        case "!=":
            found = total != bound
        case "<":
            found = total < bound
        case "<=":
            found = total <= bound
        case ">":
            found = total > bound
        case ">=":
            found = total >= bound
    return found
