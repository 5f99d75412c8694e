"""Steps in their order: whether some choice of a customer's events fits."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, TypeAlias

from segql.model import nodes as mdl
from segql.model.windows import Clock
from segql.reference.moments import moved
from segql.reference.numbers import compared
from segql.reference.rows import Occurrence
from segql.types import DOUBLE

Selected: TypeAlias = Callable[[mdl.Selection], list[Occurrence]]
Read: TypeAlias = Callable[[Occurrence, str], Any]


def fits(
    steps: tuple[mdl.Step, ...], selected: Selected, read: Read, clock: Clock
) -> bool:
    """Whether some choice of one event per step fits.

    `selected` gives a customer's events of a selection in their order, `read` the
    value of a property.
    """
    chosen = [selected(step.selection) for step in steps]
    barred = [[selected(each.selection) for each in step.without] for step in steps]

    def tied(ties: tuple[mdl.Tie, ...], own: Occurrence, before: Occurrence) -> bool:
        return all(
            compared(
                "=",
                read(own, mine),
                read(before, theirs),
                double=_is_double(own, mine) or _is_double(before, theirs),
            )
            for mine, theirs in ties
        )

    @cache
    def go_on(number: int, before: Occurrence) -> bool:
        """Whether the steps from this one on fit behind an event of the one before."""
        if number == len(steps):
            return True
        step, start = steps[number], _time(before)
        end = None
        if step.gap is not None:
            end = moved(start, step.gap.count, step.gap.unit, clock.zone)
        later = [
            each
            for each in chosen[number]
            if start < _time(each)
            and (end is None or _time(each) <= end)
            and tied(step.same, each, before)
        ]
        if step.absent:
            over = step.gap is None or (end is not None and end < clock.as_of)
            return over and not later
        return any(
            go_on(number + 1, each)
            for each in later
            if not any(
                start < _time(other) < _time(each) and tied(without.same, other, before)
                for without, others in zip(step.without, barred[number], strict=True)
                for other in others
            )
        )

    firsts = chosen[0]
    if steps[0].single == "first":
        firsts = firsts[:1]
    elif steps[0].single == "last":
        firsts = firsts[-1:]
    return any(go_on(1, each) for each in firsts)


def _time(occurrence: Occurrence) -> datetime:
    assert occurrence.time is not None, "what has no time is no step"
    return occurrence.time


def _is_double(occurrence: Occurrence, name: str) -> bool:
    return occurrence.event.properties[name].column.type == DOUBLE
