"""What a rule reads of a few customers, as queries in a dialect.

Here keys are Python values, as an engine returned them.
"""

from collections.abc import Sequence
from decimal import Decimal

from sqlglot import exp

from segql.model import nodes as mdl
from segql.plan.nodes import Plan
from segql.sql import literals
from segql.sql.compile import text
from segql.sql.dialects import facts
from segql.sql.lower import beside, occurrences

Key = str | int | Decimal


def values_of_customers(
    plan: Plan, values: Sequence[mdl.Value], keys: Sequence[Key], dialect: str
) -> str:
    """A row for each of the customers who is there: the key, then the values."""
    found = beside(plan, values, [*map(_literal, keys)], facts(dialect))
    return text(found, dialect, False)


def events_of_customers(
    plan: Plan,
    event: str,
    properties: Sequence[mdl.Property],
    keys: Sequence[Key],
    dialect: str,
) -> str:
    """A row for each event: its customer's key, its time if it has any, properties.

    Repeated deliveries are all there.
    """
    made = occurrences(plan, event, properties, [*map(_literal, keys)], facts(dialect))
    return text(made, dialect, False)


def _literal(key: Key) -> exp.Expr:
    return literals.text(key) if isinstance(key, str) else literals.number(key)
