"""What is common to portable nodes."""

from typing import ClassVar

from sqlglot import exp


class Portable(exp.Expression, exp.Condition):
    """A node that no dialect of sqlglot knows."""

    construct: ClassVar[str] = ""
    """What it is for, in the words of the language."""


def sql(*names: str) -> dict[str, bool]:
    return dict.fromkeys(names, True)
