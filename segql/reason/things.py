"""A customer, an event or an element that was thought of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from segql.reason.levels import Key
from segql.reason.nodes import Subject


@dataclass(frozen=True)
class Thing:
    """What is said of it; what is not is missing, or does not matter."""

    values: Mapping[Subject, Any] = field(default_factory=dict)
    bags: Mapping[Key, tuple["Thing", ...]] = field(default_factory=dict)
