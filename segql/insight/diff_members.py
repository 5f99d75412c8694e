"""Differences and a warehouse in, how many customers enter and leave out.

All rules that can be seen in one world run together, so the data is read once, slice by
slice of the customers. The others run one by one, each as its own catalog has it; their
members go to files, so that any number of them fits.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from segql.diagnostics import Report
from segql.engines import Connection
from segql.insight.diff_nodes import By, Condition, Difference, Moved
from segql.insight.diff_worlds import apart, common
from segql.library import Checked, Library
from segql.memberships import Memberships
from segql.model import nodes as mdl
from segql.model.world import World
from segql.plan.build import build
from segql.project import Project, Segment
from segql.source import Source

if TYPE_CHECKING:
    import pyarrow

Way: TypeAlias = Literal["enters", "leaves"]
Told: TypeAlias = "Callable[[str, Way, pyarrow.Array], object]"
"""Hears keys as they come: the segment, what its customers do, an Arrow array."""

_OTHERS = "the customers are others: the catalogs' entities have not the same key"


@dataclass(frozen=True, slots=True)
class Warehouse:
    """Where it is counted, as of when, and with which catalogs the rules are read."""

    project: Project
    connection: Connection
    as_of: datetime
    old: World
    new: World


def counted(
    found: Sequence[Difference],
    warehouse: Warehouse,
    told: Told = lambda name, way, keys: None,
) -> tuple[Difference, ...]:
    """The differences with numbers, where rules differ or may.

    Raises:
        SegqlError: the data is not as the catalog says, or the engine fails.
    """
    wanted = [each for each in found if _moves(each)]
    together = [each for each in wanted if not _apart(each, warehouse)]
    numbers = dict(_together(together, warehouse, told)) if together else {}
    for each in wanted:
        if id(each) in numbers:
            continue
        if _keys(warehouse.old) != _keys(warehouse.new):
            numbers[id(each)] = replace(each, uncounted=_OTHERS)
        else:
            numbers[id(each)] = replace(each, moved=_alone(each, warehouse, told))
    return tuple(numbers.get(id(each), each) for each in found)


def _moves(each: Difference) -> bool:
    """Whether customers may enter or leave."""
    old, new = each.rules
    if each.kind == "added":
        return new is not None
    if each.kind == "removed":
        return old is not None
    return old is not None and new is not None and each.differs


def _apart(each: Difference, warehouse: Warehouse) -> bool:
    rules = [rule for rule in each.rules if rule is not None]
    return bool(apart(rules, warehouse.old, warehouse.new))


def _keys(world: World) -> tuple[object, ...]:
    entity = world.catalog.entity
    return entity.table, entity.key


# ---- in one world


def _together(
    found: Sequence[Difference], warehouse: Warehouse, told: Told
) -> Iterator[tuple[int, Difference]]:
    world = common(warehouse.old, warehouse.new)
    questions = [_Question.of(str(n), each) for n, each in enumerate(found)]
    segments = tuple(
        _segment(name, rule, world, warehouse)
        for question in questions
        for name, rule in question.rules()
    )
    every = Memberships(segments, warehouse.connection)
    sums = dict.fromkeys(every.names, 0)
    with every.running() as run:
        for part in run.slices():
            for name in sums:
                sums[name] += part.count(name)
            for question in questions:
                for way in ("enters", "leaves"):
                    name = f"{question.name}.{way}"
                    if part.count(name):
                        keys = part.keys.take(part.numbers(name))
                        told(question.about.name, way, keys)
    for question in questions:
        yield id(question.about), replace(question.about, moved=question.moved(sums))


def _segment(name: str, rule: mdl.Rule, world: World, warehouse: Warehouse) -> Segment:
    """A rule of our own making as a segment, in a world."""
    project = warehouse.project
    seen = Project(project.folder, project.file, Library(world, project.folder))
    checked = Checked(name, Source(""), None, rule, Report())
    plan = build({name: rule}, world, warehouse.as_of)
    return Segment(seen, checked, warehouse.as_of, plan)


@dataclass(frozen=True, slots=True)
class _Question:
    """What is counted of one difference, each under a name."""

    name: str
    about: Difference
    old: mdl.Rule
    new: mdl.Rule

    @classmethod
    def of(cls, name: str, about: Difference) -> "_Question":
        old, new = about.rules
        return cls(name, about, old or mdl.FALSE, new or mdl.FALSE)

    def rules(self) -> Iterator[tuple[str, mdl.Rule]]:
        enters = mdl.And((self.new, mdl.Not(self.old)))
        leaves = mdl.And((self.old, mdl.Not(self.new)))
        yield f"{self.name}.old", self.old
        yield f"{self.name}.new", self.new
        yield f"{self.name}.enters", enters
        yield f"{self.name}.leaves", leaves
        for way, who in (("enters", enters), ("leaves", leaves)):
            tests = [test for _, test in self.tests(way)]
            for number, test in enumerate(tests):
                others = tests[:number] + tests[number + 1 :]
                this = mdl.And((who, test))
                yield f"{self.name}.{way}.{number}", this
                if others:
                    none = tuple(mdl.Not(each) for each in others)
                    alone = mdl.And((who, test, *none))
                    yield f"{self.name}.{way}.{number}.alone", alone

    def tests(self, way: str) -> list[tuple[Condition, mdl.Rule]]:
        """The conditions that make a difference, each with when it does.

        Who enters fails an old condition that is gone, or passes a new one of which
        one is enough; who leaves the other way round.
        """
        top = self.about.conditions
        if top is None:
            return []
        both = top.join == "and"
        conditions = [
            each.old if both is (way == "enters") else each.new for each in top.changes
        ]
        return [
            (each, mdl.Not(each.rule) if both else each.rule)
            for each in conditions
            if each is not None
        ]

    def moved(self, sums: dict[str, int]) -> Moved:
        def by(way: str) -> tuple[By, ...]:
            found = []
            for number, (condition, _) in enumerate(self.tests(way)):
                count = sums[f"{self.name}.{way}.{number}"]
                alone = sums.get(f"{self.name}.{way}.{number}.alone", count)
                is_new = self.about.conditions is not None and (
                    (self.about.conditions.join == "and") is (way == "leaves")
                )
                found.append(By(condition, is_new, count, alone))
            return tuple(each for each in found if each.count)

        ways = ("old", "new", "enters", "leaves")
        old, new, enter, leave = (sums[f"{self.name}.{each}"] for each in ways)
        return Moved(
            old,
            new,
            enter,
            leave,
            by("enters"),
            by("leaves"),
        )


# ---- in two worlds


def _alone(each: Difference, warehouse: Warehouse, told: Told) -> Moved:
    """Each rule as its own catalog has it; by which conditions can't be asked then."""
    from segql.engines.duckdb_compare import keys_of_one

    worlds = warehouse.old, warehouse.new
    with TemporaryDirectory(prefix="segql-") as place:
        folder = Path(place)
        numbers, files = [], []
        for name, rule, world in zip("ab", each.rules, worlds, strict=True):
            segment = _segment(name, rule or mdl.FALSE, world, warehouse)
            files.append(folder / f"{name}.parquet")
            numbers.append(_kept(segment, warehouse, files[-1]))
        old, new = files
        counts = []
        ways: tuple[tuple[Way, Path, Path], ...] = (
            ("enters", new, old),
            ("leaves", old, new),
        )
        for way, here, there in ways:
            count = 0
            for keys in keys_of_one(here, there, folder / way):
                count += len(keys)
                told(each.name, way, keys)
            counts.append(count)
        return Moved(numbers[0], numbers[1], counts[0], counts[1])


def _kept(segment: Segment, warehouse: Warehouse, file: Path) -> int:
    """Writes the keys of a segment's members to a file; how many they are."""
    number = 0
    with _writer(file) as write:
        for batch in segment.members(warehouse.connection).batches():
            number += batch.num_rows
            write(batch.column(0))
    return number


@contextmanager
def _writer(file: Path) -> "Iterator[Callable[[Any], None]]":
    """Takes columns of keys, one by one."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    writer: Any = None

    def write(column: Any) -> None:
        nonlocal writer
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if writer is None:
            schema = pa.schema([("key", column.type)])
            writer = ParquetWriter(file, schema, compression="zstd")
        writer.write_batch(pa.record_batch([column], schema=writer.schema))

    try:
        yield write
        if writer is None:
            write(pa.array([], pa.string()))
    finally:
        if writer is not None:
            writer.close()
