"""Notes on positions that there are not: `percentile(x) >= 0.9`, `quintile(x) = 6`."""

from collections.abc import Iterator
from decimal import Decimal

from segql.diagnostics import Diagnostic
from segql.messages import population
from segql.model import nodes as mdl
from segql.model.check_population import POSITIONS

_NAMES = {parts: name for name, parts in POSITIONS.items()}


def nowhere(node: mdl.Rule) -> Iterator[Diagnostic]:
    """What a position is compared with, and never is."""
    constants: tuple[mdl.Constant, ...]
    match node:
        case mdl.Compare(_, mdl.Position(parts), mdl.Constant() as right):
            constants = (right,)
        case mdl.OneOf(mdl.Position(parts), constants):
            pass
        case _:
            return
    for each in constants:
        value = each.value
        if not isinstance(value, int | Decimal) or value in range(1, parts + 1):
            continue
        yield population.no_such_position(_NAMES[parts], parts, str(value), each.span)
