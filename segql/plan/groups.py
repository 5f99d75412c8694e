"""Which figures one grouping of events yields, and which need a query of their own."""

from collections.abc import Hashable
from typing import assert_never

from segql.model import nodes as mdl
from segql.plan.nodes import Figure, selection_of


def alone(figure: Figure) -> bool:
    """Whether a figure is made of groups within groups, or of a whole order."""
    match figure:
        case mdl.Aggregate(function):
            return function == "most_common"
        case mdl.Pick(which):
            return which == "nth"
        case mdl.Periods(least=least):
            return least > 1
        case mdl.PerGroup():
            return True
        case _:
            assert_never(figure)


def group_of(figure: Figure) -> Hashable:
    """What is equal for figures that one grouping yields.

    The name of their events, or the figure itself if it stands alone.
    """
    return figure if alone(figure) else selection_of(figure).event
