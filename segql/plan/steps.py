"""The steps of a resolved sequence, cut to the time in which they can fit."""

from dataclasses import replace
from datetime import datetime

from segql.model import nodes as mdl


def in_order(steps: tuple[mdl.Step, ...]) -> tuple[mdl.Step, ...]:
    """The steps, their windows cut to where an event can fit among the others.

    What no event before can precede is left out, and what none behind can follow.
    """
    found = list(steps)
    start: datetime | None = None
    for number, step in enumerate(found):
        if step.single is None:
            step = replace(step, selection=_cut(step.selection, start, None))
        without = tuple(
            replace(each, selection=_cut(each.selection, start, None))
            for each in step.without
        )
        found[number] = replace(step, without=without)
        start = window_of(step.selection).start or start
    end: datetime | None = None
    for number, step in reversed(list(enumerate(found))):
        if step.absent:
            continue
        without = tuple(
            replace(each, selection=_cut(each.selection, None, end))
            for each in step.without
        )
        if step.single is None:
            step = replace(step, selection=_cut(step.selection, None, end))
        found[number] = replace(step, without=without)
        end = window_of(step.selection).end or end
    return tuple(found)


def window_of(selection: mdl.Selection) -> mdl.Instants:
    (window,) = selection.windows
    assert isinstance(window, mdl.Instants)
    return window


def _cut(
    selection: mdl.Selection, start: datetime | None, end: datetime | None
) -> mdl.Selection:
    window = window_of(selection)
    starts = [each for each in (window.start, start) if each is not None]
    ends = [each for each in (window.end, end) if each is not None]
    cut = mdl.Instants(max(starts, default=None), min(ends, default=None))
    return replace(selection, windows=(cut,))
