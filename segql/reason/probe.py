"""Values in, what a test says of them out: the reference is asked, with no rows."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from segql.model import nodes as mdl
from segql.model.windows import Clock, local_day
from segql.model.world import World
from segql.reference import Evaluation
from segql.reference.rows import Key, Occurrence

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING: Mapping[mdl.Value, Any] = {}


class Probe(Evaluation):
    """The reference, as of an instant, for values that are given one by one."""

    def __init__(
        self,
        world: World,
        as_of: datetime,
        given: Mapping[mdl.Value, Any] = _NOTHING,
    ) -> None:
        super().__init__(world, {world.catalog.entity.table: []}, as_of)
        self._always = given
        self._given = given

    def truth_of(self, rule: mdl.Rule, given: Mapping[mdl.Value, Any]) -> bool:
        """Whether a rule is true where some values are given, and no others needed."""
        self._given = {**self._always, **given} if self._always else given
        try:
            return self.truth(rule, None)
        finally:
            self._given = self._always

    def value_of(self, node: mdl.Value, given: Mapping[mdl.Value, Any]) -> Any:
        """A value, made of some that are given."""
        self._given = {**self._always, **given} if self._always else given
        try:
            return self.value(node, None)
        finally:
            self._given = self._always

    def value(
        self,
        node: mdl.Value,
        key: Key,
        occurrence: Occurrence | None = None,
        element: Any = None,
    ) -> Any:
        if self._given and node in self._given:
            return self._given[node]
        return super().value(node, key, occurrence, element)


def with_day(subject: mdl.Value, value: Any, clock: Clock) -> dict[mdl.Value, Any]:
    """What is given with a value: beside the time of an event its local day."""
    if isinstance(subject, mdl.EventTime):
        day = local_day(value, clock.zone)
        return {subject: value, mdl.EventDay(): day}
    return {subject: value}


def on_axis(value: Any) -> Fraction | None:
    """A number, a date in days, an instant in microseconds; None of all else."""
    match value:
        case bool():
            return None
        case int() | Decimal():
            return Fraction(value)
        case datetime():
            return Fraction((value - EPOCH) // timedelta(microseconds=1))
        case date():
            return Fraction(value.toordinal())
        case _:
            return None
