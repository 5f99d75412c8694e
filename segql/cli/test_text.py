"""Tried files in, what is said of them out, line by line."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from segql.catalog.nodes import Catalog
from segql.cli import output
from segql.cli.output import harmless
from segql.cli.table import cut
from segql.cli.why import lines
from segql.insight.coverage import Condition, Coverage, percent
from segql.insight.given import example_text, written
from segql.insight.suggest import Lacking
from segql.insight.trial import Trial, Tried, diagnostic

if TYPE_CHECKING:
    from segql.insight.on_engine import OnEngine


def told(found: Tried, zone: str, stream: TextIO | None = None) -> Iterator[str]:
    """What is wrong with a file, or with its examples, and why."""
    for error in found.errors:
        yield output.pretty(error, stream)
        yield ""
    for each in found.failures:
        fault = diagnostic(each, found.source, partition=found.partition)
        yield output.pretty(fault, stream)
        yield from _notes(each)
        yield from lines(each.why, zone, stream)
        yield ""


def _notes(trial: Trial) -> Iterator[str]:
    if trial.unborn:
        yield f"  = note: {_events(trial.unborn)} at `as of` or later: not there yet"
    if trial.filtered:
        yield f"  = note: {_events(trial.filtered)} left out by the catalog's `where`"


def _events(count: int) -> str:
    return "1 event is" if count == 1 else f"{count} events are"


def summary(found: Sequence[Tried], stream: TextIO | None = None) -> str:
    """How many examples there are, and how many come out as they say."""
    trials = sum(len(each.trials) for each in found)
    failed = sum(len(each.failures) for each in found)
    broken = sum(bool(each.errors) for each in found)
    without = sum(not each.trials and not each.errors for each in found)
    where = _many(len(found) - without - broken, "file")
    style = "green" if trials > failed else "dim"
    fits = output.paint(f"{trials - failed:,} as they say", style, stream)
    fails = output.paint(f"{failed:,} not", "red" if failed else "dim", stream)
    parts = [f"{_many(trials, 'example')} in {where}: {fits}, {fails}"]
    if without:
        parts.append(f"{_many(without, 'file')} without examples")
    if broken:
        wrong = f"{_many(broken, 'file')} with mistakes"
        parts.append(output.paint(wrong, "red", stream))
    return "; ".join(parts)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


# ---- on an engine


def differs(
    found: "OnEngine", tried: Tried, stream: TextIO | None = None
) -> Iterator[str]:
    """Where an engine says otherwise, or can't be asked."""
    for each in found.differences:
        yield output.pretty(each, stream)
        yield ""
    for each in found.refused:
        yield f"{tried.source.name}: not run on {found.engine}"
        yield output.pretty(each, stream)
        yield ""


def there_summary(found: Sequence["OnEngine"], engine: str) -> str:
    same = sum(len(each.found) - len(each.differences) for each in found)
    other = sum(len(each.differences) for each in found)
    refused = sum(bool(each.refused) for each in found)
    said = f"on {engine}: {_many(same, 'example')} come out alike, {other:,} otherwise"
    return f"{said}; {_many(refused, 'file')} not run there" if refused else said


# ---- what is lacking


def proposed(found: Lacking, catalog: Catalog) -> Iterator[str]:
    """Examples to paste, below a line that says where."""
    if not found.suggestions:
        return
    yield f"# {found.shown}"
    if found.as_of is not None:
        when = written(found.as_of, catalog.entity.zone)
        yield f"# as of {when}: this line belongs in the header, for these examples"
    for each in found.suggestions:
        yield example_text(each.example, catalog)
    yield ""


def decided(found: Coverage) -> Iterator[str]:
    """The conditions of a file that no example decides, and what is lacking."""
    if not found.conditions:
        return
    share = f"{found.decided} of {_many(len(found.conditions), 'condition')} decided"
    if not found.examples:
        yield f"{found.shown}: {share}, as there are no examples"
        return
    yield f"{found.shown}: {share}"
    for each in found.conditions:
        if not each.decided:
            name = f"{each.name}: " if each.name else ""
            text = cut(harmless(f"{name}{each.text}"), 60)
            yield f"  line {each.line}: {text} – {_lack(each)}"


def _lack(condition: Condition) -> str:
    if condition.true:
        return "no example where it is false, and decides"
    if condition.false:
        return "no example where it is true, and decides"
    return "no example where it decides"


def covered_summary(found: Sequence[Coverage]) -> str:
    total = sum(len(each.conditions) for each in found)
    some = sum(each.decided for each in found)
    return f"{some:,} of {_many(total, 'condition')} decided: {percent(found)} %"
