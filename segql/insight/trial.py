"""A definition file in; whether its example customers come out as they say, out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from segql.diagnostics import Diagnostic, SegqlError
from segql.insight.nodes import Why
from segql.insight.page import Page
from segql.insight.why import why, why_part
from segql.library import Checked, Library
from segql.messages import trials as messages
from segql.model import nodes as mdl
from segql.model.check_values import to_instant
from segql.model.examples import Example, Happening
from segql.model.windows import midnight
from segql.reference import Evaluation
from segql.reference.made import made_up
from segql.source import Source

KEY = 1
"""An example stands alone: so this is its key."""
_TIMELESS = datetime(2025, 1, 1, tzinfo=UTC)
_LATEST = datetime(9998, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Trial:
    """One example: what it says, and what came out.

    `wanted` and `found` are `in`, `out`, or the name of a part. `unborn` counts the
    events given that are not there yet as of then, `filtered` those that the catalog's
    fixed filters drop. `why` is empty where it came out as it says; it has one tree,
    or one per part of a partition up to those that matter.
    """

    example: Example
    wanted: str
    found: str
    why: tuple[Why, ...] = ()
    unborn: int = 0
    filtered: int = 0

    @property
    def fits(self) -> bool:
        return self.wanted == self.found

    @property
    def title(self) -> str | None:
        return self.example.title


@dataclass(frozen=True, slots=True)
class Tried:
    """A file with its examples; what is wrong in it, if it could not be tried.

    `checked` is the file's definition, if nothing is wrong in it.
    """

    name: str
    path: Path
    source: Source
    as_of: datetime
    trials: tuple[Trial, ...] = ()
    errors: tuple[Diagnostic, ...] = ()
    checked: Checked | None = field(default=None, repr=False, compare=False)

    @property
    def partition(self) -> bool:
        return self.checked is not None and bool(self.checked.meaning.parts)

    @property
    def failures(self) -> tuple[Trial, ...]:
        return tuple(each for each in self.trials if not each.fits)

    @property
    def ok(self) -> bool:
        return not self.errors and not self.failures

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is wrong: with the file, or with its examples."""
        return self.errors or tuple(
            diagnostic(each, self.source, partition=self.partition)
            for each in self.failures
        )


def tried(paths: Iterable[Path], library: Library) -> Iterator[Tried]:
    """Runs the examples of definition files, file by file."""
    for path in paths:
        yield tried_file(path, library)


def tried_file(path: Path, library: Library, shown: str | None = None) -> Tried:
    """Runs the examples of one file, on the reference; `shown` is how it is named."""
    try:
        checked = library.read(path, shown=shown)
    except SegqlError as error:
        source = Source("", str(path))
        return Tried(path.stem, path, source, _TIMELESS, errors=error.diagnostics)
    source, errors = checked.source, checked.report.errors
    if errors:
        return Tried(path.stem, path, source, _TIMELESS, errors=errors)
    moment = moment_of(checked, library)
    found = tuple(
        trial(example, checked, library, moment) for example in checked.meaning.examples
    )
    return Tried(path.stem, path, source, moment, found, checked=checked)


def trial(
    example: Example, checked: Checked, library: Library, as_of: datetime
) -> Trial:
    """Runs one example; where it fails it is told why."""
    asked = asked_of(example, library, as_of)
    wanted, found = wanted_of(example), found_of(checked, asked)
    if wanted == found:
        return Trial(example, wanted, found)
    page = Page(checked, library)
    trees: tuple[Why, ...]
    if checked.meaning.parts:
        parts = list(checked.meaning.parts)
        upto = max((wanted, found), key=parts.index) if wanted in parts else found
        trees = why_part(upto, asked, KEY, page)
    else:
        assert checked.rule is not None
        trees = (why(checked.rule, asked, KEY, page),)
    unborn, filtered = _lost(example, library, asked)
    return Trial(example, wanted, found, trees, unborn, filtered)


def asked_of(example: Example, library: Library, as_of: datetime) -> Evaluation:
    """An example, ready to be asked; its key is `KEY`."""
    made = made_up(library.world, (example,), as_of)
    return Evaluation(made.world, made.tables, as_of)


def wanted_of(example: Example) -> str:
    """What an example says of itself."""
    if example.part is not None and example.inside:
        return example.part
    return "in" if example.inside else "out"


def found_of(checked: Checked, asked: Evaluation) -> str:
    """Where a customer is: `in` or `out`, or the part of a partition."""
    for part, rule in checked.meaning.parts.items():
        if asked.truth(rule, KEY):
            return part
    assert checked.rule is not None
    return "in" if asked.truth(checked.rule, KEY) else "out"


def moment_of(checked: Checked, library: Library) -> datetime:
    """As of when the examples are meant: as the header says, else after all of them."""
    zone = library.world.catalog.entity.zone
    header = checked.header
    if header is not None and header.as_of is not None:
        return to_instant(header.as_of.value, zone)
    times = [
        time if isinstance(time, datetime) else midnight(time, zone)
        for example in checked.meaning.examples
        for time in (each.time for each in example.events)
        if time is not None
    ]
    latest = max(times, default=_TIMELESS)
    return min(latest, _LATEST) + timedelta(days=1)


def diagnostic(trial: Trial, source: Source, *, partition: bool) -> Diagnostic:
    """A failure as other mistakes are told: the place, what is wrong, what to do."""

    def place(word: str) -> str:
        return f"in `{word}`" if partition and word not in ("in", "out") else word

    alone = any(_alone(each) for each in trial.why)
    found = messages.example_fails(
        trial.title,
        place(trial.wanted),
        place(trial.found),
        alone,
        trial.example.span,
    )
    return found.at(source)


def _alone(why: Why) -> bool:
    """Whether what decides looks at all customers."""
    return why.decides and (why.alone or any(map(_alone, why.terms)))


def _lost(example: Example, library: Library, asked: Evaluation) -> tuple[int, int]:
    """How many of the events given are not there: not yet, and by a filter."""
    zone, catalog = library.world.catalog.entity.zone, asked.world.catalog

    def ahead(each: Happening) -> bool:
        time = each.time
        if time is None:
            return False
        moment = time if isinstance(time, datetime) else midnight(time, zone)
        return moment >= asked.clock.as_of

    there = sum(
        len(asked.selected(mdl.Selection(name), KEY))
        for name in catalog.customer_events
    )
    unborn = sum(map(ahead, example.events))
    return unborn, len(example.events) - unborn - there
