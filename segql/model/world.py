"""The world of a rule: the catalog, with its own small rules checked."""

from collections.abc import Mapping
from dataclasses import dataclass

from segql.catalog.nodes import Catalog
from segql.model.nodes import Rule


@dataclass(frozen=True, slots=True)
class World:
    """`filters` holds the fixed filter of each event that has one.

    A filter is a rule about one event: `Property`, `EventTime` and `EventDay` in it
    are that event's.
    """

    catalog: Catalog
    filters: Mapping[str, Rule]
