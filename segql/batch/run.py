"""A shared plan and a connection in, the members of all segments out.

The engine answers a few queries, however many segments there are: who is there and
what is true of their attributes; the events, each as a number; and what remains. The
rest is arithmetic over arrays, a slice of customers at a time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Self

import numpy as np
import pyarrow as pa

from segql.batch.events import SLICE, Bits, Occurrences, Truth
from segql.batch.keys import Few, Numbering, Numbers, codes, flags, whole
from segql.batch.spool import Spool
from segql.batch.words import many
from segql.engines import Batch, Connection
from segql.model import nodes as mdl
from segql.plan.build import segment
from segql.plan.nodes import Plan
from segql.plan.shared_nodes import (
    Apart,
    Both,
    Either,
    Fixed,
    Grouped,
    Leaf,
    Opposite,
    Several,
    Shared,
    Stream,
    terms_of,
)
from segql.sql.compile import text
from segql.sql.dialects import facts
from segql.sql.lower import flags as flags_query
from segql.sql.lower import lower
from segql.sql.streams import grouped_flags, occurrences_in_cells
from segql.types import Exact

ROOM = 2 << 30
"""So many bytes of events stay in memory; more go to a file."""
MOST_FLAGS = 500
"""No engine yields many more columns in one query."""


@dataclass(frozen=True, slots=True)
class Done:
    """One step of a run: what was asked, how many rows came, how long it took."""

    what: str
    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of the customers, and which of them are members, a bit for each."""

    keys: pa.Array
    members: Mapping[str, Bits]

    def truths(self, segment: str) -> Truth:
        found = np.unpackbits(self.members[segment], count=len(self.keys))
        return found.view(np.bool_)

    def numbers(self, segment: str) -> Numbers:
        """The places of a segment's members among the keys."""
        return np.flatnonzero(self.truths(segment))

    def count(self, segment: str) -> int:
        return int(np.bitwise_count(self.members[segment]).sum())


@dataclass
class Run:
    """One run of a shared plan; `close` it, or use it as a context."""

    plan: Plan
    shared: Shared
    connection: Connection
    room: int = ROOM
    bits: int = SLICE
    told: Callable[[str], None] = lambda what: None
    done: list[Done] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._spool = Spool(self.room)
        self._size = 1 << self.bits
        self._facts = facts(self.connection.dialect)
        self._plain: list[Mapping[int, Bits]] = []
        self._streams: list[Occurrences] = []
        self._sets: dict[int, tuple[Few, bool]] = {}
        self._numbering: Numbering | None = None

    def slices(self) -> Iterator[Slice]:
        """All customers, slice by slice; everything is read before the first.

        Raises:
            SegqlError: the engine failed, or there is no room left.
        """
        self._read()
        numbering = self.customers
        for number in range(-(-len(numbering) // self._size)):
            begun = perf_counter()
            start = number * self._size
            keys = numbering.keys[start : start + self._size]
            yield Slice(keys, self._members(number, len(keys)))
            self._note("the segments", len(keys), begun)

    def counts(self) -> dict[str, int]:
        """How many members each segment has."""
        found = dict.fromkeys(self.shared.segments, 0)
        for each in self.slices():
            for name in found:
                found[name] += each.count(name)
        return found

    @property
    def customers(self) -> Numbering:
        assert self._numbering is not None
        return self._numbering

    def close(self) -> None:
        self._spool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- what is read

    def _read(self) -> None:
        self._read_customers()
        for stream in self.shared.streams:
            self._read_events(stream)
        for group in self.shared.grouped:
            self._read_group(group)
        for apart in self.shared.apart:
            self._read_apart(apart)

    def _batches(self, query: Any) -> Iterator[Batch]:
        """An answer, read ahead by one batch while the last is worked on."""
        sql = text(query, self.connection.dialect, False)
        with self.connection.execute(sql) as rows, ThreadPoolExecutor(1) as reader:
            each = iter(rows)
            try:
                ahead = reader.submit(next, each, None)
                while (batch := ahead.result()) is not None:
                    ahead = reader.submit(next, each, None)
                    yield batch
            except BaseException:
                self.connection.interrupt()
                raise

    def _read_customers(self) -> None:
        """The customers, with what is true of their attributes."""
        begun = perf_counter()
        self.told("customers")
        leaves = self.shared.plain
        first, *others = [
            leaves[start : start + MOST_FLAGS]
            for start in range(0, max(len(leaves), 1), MOST_FLAGS)
        ]
        keys: list[pa.Array] = []
        packed = _Packed(first, self._spool, self._size)
        for batch in self._batches(self._flags(first)):
            keys.append(batch.columns[0])
            packed.add(batch.columns[1:], batch.num_rows)
        found = [packed.end()]
        self._numbering = Numbering(keys)
        for more in others:
            # The engine may tell of the customers in another order.
            found.append(self._scattered(more))
        self._plain = [
            {leaf: bits for part in parts for leaf, bits in part.items()}
            for parts in zip(*found, strict=True)
        ]
        self._note(
            f"customers, {many(len(leaves), 'test')}", len(self.customers), begun
        )

    def _flags(self, leaves: Sequence[int]) -> Any:
        return flags_query(
            self.plan, [self._test(each) for each in leaves], self._facts
        )

    def _scattered(self, leaves: Sequence[int]) -> list[Mapping[int, Bits]]:
        size = len(self.customers)
        truths = [np.zeros(size, np.bool_) for _ in leaves]
        for keys, *columns in self._together(self._flags(leaves)):
            places = self.customers.numbers(keys)
            known = places >= 0
            for truth, column in zip(truths, columns, strict=True):
                truth[places[known]] = flags(column)[known]
        return [
            {
                leaf: self._spool.keep(np.packbits(truth[start : start + self._size]))
                for leaf, truth in zip(leaves, truths, strict=True)
            }
            for start in range(0, size, self._size)
        ]

    def _read_events(self, stream: Stream) -> None:
        begun = perf_counter()
        self.told(stream.event)
        leaves = [
            (threshold.leaf, measure.value)
            for measure in stream.measures
            for threshold in measure.thresholds
        ]
        try:
            found = self._occurrences(stream)
        except pa.ArrowInvalid:
            # Numbers that the catalog tells otherwise: the engine knows best.
            alone = {leaf for leaf, _ in leaves}
        else:
            self._streams.append(found)
            what = f"{stream.event}, {many(len(stream.measures), 'measure')}"
            self._note(what, found.read, begun)
            alone = {
                leaf
                for leaf, value in leaves
                if value is not None and found.too_wide(value)
            }
        for leaf in sorted(alone):
            self._read_apart(Apart(leaf, self._test(leaf)))

    def _occurrences(self, stream: Stream) -> Occurrences:
        size = len(self.customers)
        found = Occurrences(stream, self._spool, size, self.bits)
        scales = [
            each.type.scale for each in stream.values if isinstance(each.type, Exact)
        ]
        query = occurrences_in_cells(self.plan, stream, self._facts)
        try:
            for key, code, *values in self._together(query):
                found.add(
                    self.customers.numbers(key),
                    codes(code),
                    [whole(v, s) for v, s in zip(values, scales, strict=True)],
                )
            found.end()
        finally:
            found.close()
        return found

    def _together(self, query: Any) -> Iterator[Sequence[Any]]:
        """An answer's columns, in pieces of a size in which keys are soon found."""
        waiting: list[Batch] = []
        rows = 0
        for batch in self._batches(query):
            waiting.append(batch)
            rows += batch.num_rows
            if rows >= self.customers.at_least:
                yield _joined(waiting)
                waiting, rows = [], 0
        if waiting:
            yield _joined(waiting)

    def _read_group(self, group: Grouped) -> None:
        begun = perf_counter()
        self.told(group.event)
        tests = [self._test(each) for each in group.leaves]
        query = grouped_flags(self.plan, group.event, group.figures, tests, self._facts)
        found: list[list[Few]] = [[] for _ in group.leaves]
        rows = 0
        for keys, *columns in self._together(query):
            rows += len(keys)
            places = self.customers.numbers(keys)
            for mine, leaf, column in zip(found, group.leaves, columns, strict=True):
                truth = flags(column) ^ (leaf in group.nothing)
                mine.append(places[truth & (places >= 0)])
        for mine, leaf in zip(found, group.leaves, strict=True):
            self._sets[leaf] = self._ordered(mine), leaf in group.nothing
        self._note(f"{group.event}, {many(len(group.leaves), 'test')}", rows, begun)

    def _read_apart(self, apart: Apart) -> None:
        begun = perf_counter()
        self.told("")
        query = lower(self.plan, segment("", apart.rule), self._facts)
        found = [self.customers.numbers(keys) for keys, *_ in self._together(query)]
        members = self._ordered([each[each >= 0] for each in found])
        self._sets[apart.step] = members, False
        self._note("a query of its own", len(members), begun)

    def _ordered(self, parts: list[Few]) -> Few:
        every = np.concatenate(parts) if parts else np.zeros(0, np.int32)
        every.sort()
        return self._spool.keep(every)

    def _test(self, leaf: int) -> mdl.Rule:
        step = self.shared.steps[leaf]
        assert isinstance(step, Leaf)
        return step.test

    def _note(self, what: str, rows: int, begun: float) -> None:
        self.done.append(Done(what, rows, perf_counter() - begun))

    # ---- who is a member

    def _members(self, number: int, size: int) -> Mapping[str, Bits]:
        """Each step over a slice of customers, forgotten after its last use."""
        known: dict[int, Bits] = dict(self._plain[number])
        for stream in self._streams:
            for threshold, truth in stream.truths(number, size):
                known[threshold.leaf] = np.packbits(truth)
        start = number * self._size
        for found, (members, turned) in self._sets.items():
            low, high = np.searchsorted(members, (start, start + size))
            truth = np.full(size, turned)
            truth[members[low:high] - start] = not turned
            known[found] = np.packbits(truth)
        uses = self._uses()
        wanted = set(self.shared.segments.values())
        rest = np.packbits(np.ones(size, np.bool_))
        for place, step in enumerate(self.shared.steps):
            if not uses[place] or place in known:
                continue
            terms = terms_of(step)
            known[place] = _combined(step, [known[term] for term in terms], rest, size)
            for term in terms:
                uses[term] -= 1
                if not uses[term] and term not in wanted:
                    known.pop(term, None)
        return {name: known[place] for name, place in self.shared.segments.items()}

    def _uses(self) -> list[int]:
        """How often each step is asked for by steps that must be made of others."""
        found = [0] * len(self.shared.steps)
        apart = {each.step for each in self.shared.apart}
        for place in set(self.shared.segments.values()):
            found[place] += 1
        for place in range(len(found) - 1, -1, -1):
            if found[place] and place not in apart:
                for term in terms_of(self.shared.steps[place]):
                    found[term] += 1
        return found


def _combined(step: Any, terms: list[Bits], rest: Bits, size: int) -> Bits:
    match step:
        case Fixed(value):
            return rest.copy() if value else np.zeros_like(rest)
        case Opposite():
            return ~terms[0] & rest
        case Both():
            every: Bits = np.bitwise_and.reduce(terms)
            return every
        case Either():
            some: Bits = np.bitwise_or.reduce(terms)
            return some
        case Several(least, most, _):
            count = np.zeros(size, np.int32)
            for each in terms:
                count += np.unpackbits(each, count=size)
            most = len(terms) if most is None else most
            return np.packbits((count >= least) & (count <= most))
        case _:
            raise ValueError("a test that nothing was asked about")


def _joined(batches: Sequence[Batch]) -> Sequence[Any]:
    """The columns of some batches, each as one array."""
    if len(batches) == 1:
        return batches[0].columns
    columns = zip(*(each.columns for each in batches), strict=True)
    return [pa.concat_arrays(each) for each in columns]


class _Packed:
    """Columns of truths in batches, packed slice by slice."""

    def __init__(self, leaves: Sequence[int], spool: Spool, size: int) -> None:
        self.leaves = leaves
        self.spool = spool
        self.size = size
        self.slices: list[Mapping[int, Bits]] = []
        self.waiting: list[list[Any]] = []
        self.rows = 0

    def add(self, columns: Sequence[Any], rows: int) -> None:
        while rows:
            room = self.size - self.rows
            self.waiting.append([each[:room] for each in columns])
            columns = [each[room:] for each in columns]
            taken = min(room, rows)
            self.rows += taken
            rows -= taken
            if self.rows == self.size:
                self._pack()

    def end(self) -> list[Mapping[int, Bits]]:
        if self.rows:
            self._pack()
        return self.slices

    def _pack(self) -> None:
        found = {}
        for place, leaf in enumerate(self.leaves):
            truth = np.concatenate([flags(columns[place]) for columns in self.waiting])
            found[leaf] = self.spool.keep(np.packbits(truth))
        self.slices.append(found)
        self.waiting, self.rows = [], 0
