"""Tried files in, what is said of them out, line by line."""

from collections.abc import Iterator, Sequence
from typing import TextIO

from segql.cli import output
from segql.cli.why import lines
from segql.insight.trial import Trial, Tried, diagnostic


def told(found: Tried, zone: str, stream: TextIO | None = None) -> Iterator[str]:
    """What is wrong with a file, or with its examples, and why."""
    for error in found.errors:
        yield output.pretty(error, stream)
        yield ""
    for each in found.failures:
        fault = diagnostic(each, found.source, partition=found.partition)
        yield output.pretty(fault, stream)
        yield from _notes(each)
        yield from lines(each.why, zone)
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
