"""A shared plan in words: what is read, and who has what in common."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from segql.batch.described import described
from segql.model.windows import Clock
from segql.plan.nodes import Plan
from segql.plan.shared_nodes import Leaf, Measure, Shared, Stream, below

if TYPE_CHECKING:
    from segql.batch.run import Done

_MOST = 8


def told(plan: Plan, shared: Shared) -> str:
    """Some lines: the queries, and the measures that are used most."""
    return "\n".join(_lines(plan, shared)) + "\n"


def timings(done: "Sequence[Done]") -> str:
    """A line for each step of a run."""
    return "\n".join(_times(done)) + "\n"


def tests_in(shared: Shared) -> dict[str, frozenset[int]]:
    """The leaves that each segment asks for, at whatever depth."""
    apart = {each.step for each in shared.apart}
    return {
        name: frozenset(
            each
            for each in below(shared.steps, [place], apart)
            if each in apart or isinstance(shared.steps[each], Leaf)
        )
        for name, place in shared.segments.items()
    }


def _lines(plan: Plan, shared: Shared) -> Iterator[str]:
    uses = Counter(n for leaves in tests_in(shared).values() for n in leaves)
    queries = 1 + len(shared.streams) + len(shared.grouped) + len(shared.apart)
    tests = sum(uses.values())
    yield (
        f"{many(len(shared.segments), 'segment')}, {many(tests, 'test')} in them,"
        f" {len(uses):,} different; {many(queries, 'query', 'queries')}"
    )
    entity = plan.world.catalog.entity
    yield ""
    yield f"{entity.table}: read once, with {many(len(shared.plain), 'test')}"
    for stream in shared.streams:
        yield from _stream(stream, uses, plan.clock)
    for group in shared.grouped:
        yield (
            f"{group.event}: grouped by {entity.name}, for"
            f" {many(len(group.leaves), 'test')}"
            f" of {many(_segments(group.leaves, uses), 'segment')}"
        )
    if shared.apart:
        yield (
            f"queries of their own: {len(shared.apart):,}, for what no reading of"
            " events yields, or nobody else asks for"
        )


def _stream(stream: Stream, uses: Counter[int], clock: Clock) -> Iterator[str]:
    selections = len(stream.selections)
    yield (
        f"{stream.event}: read once, for {many(len(stream.measures), 'measure')}"
        f" of {many(selections, 'selection')}"
        f" in {many(stream.bands, 'stretch', 'stretches')} of time"
    )
    ranked = sorted(
        stream.measures,
        key=lambda each: -_segments([t.leaf for t in each.thresholds], uses),
    )
    for measure in ranked[:_MOST]:
        leaves = [each.leaf for each in measure.thresholds]
        yield (
            f"  {described(measure.figure, clock)}:"
            f" {many(_segments(leaves, uses), 'use')}"
            f" with {many(len(leaves), 'bound')}"
        )
    if len(ranked) > _MOST:
        yield f"  and {len(ranked) - _MOST:,} more"


def identity(measure: Measure) -> str:
    """A short name of a measure, the same in every plan that has it."""
    from hashlib import blake2b

    digest = blake2b(repr(measure.figure).encode(), digest_size=4).hexdigest()
    function = measure.figure.function
    return f"{measure.figure.selection.event}.{function}.{digest}"


def _segments(leaves: Sequence[int], uses: Counter[int]) -> int:
    return sum(uses[each] for each in leaves)


def _times(done: "Sequence[Done]") -> Iterator[str]:
    width = max(len(each.what) for each in done)
    for each in done:
        yield f"{each.what:<{width}}  {each.rows:>13,} rows  {each.seconds:8.2f} s"


def many(number: int, one: str, more: str = "") -> str:
    return f"{number:,} {one if number == 1 else more or one + 's'}"
