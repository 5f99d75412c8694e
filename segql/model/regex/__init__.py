"""Regular expressions for `matches`: the subset that every engine reads alike.

A pattern always speaks of the whole value. It is made of characters, `.` (any
character but a newline), classes, groups, `|`, and the quantifiers `? * + {m} {m,}
{m,n}`; a backslash takes the meaning from punctuation and names `\\n \\r \\t`. All
else is a `Problem`. What is accepted also fits RE2's and PostgreSQL's limits, and is
matched here in time proportional to pattern times text, whatever the two are.
"""

from functools import lru_cache

from segql.model.regex.match import Matcher, matcher
from segql.model.regex.nodes import Expression, Problem
from segql.model.regex.read import read
from segql.model.regex.write import folded_tree, written

__all__ = ["Matcher", "Problem", "compile", "folded", "parse", "portable", "problem"]


def problem(pattern: str) -> Problem | None:
    """What is wrong with a pattern, or None."""
    result = read(pattern)
    return result if isinstance(result, Problem) else None


def parse(pattern: str) -> Expression:
    """The tree of a pattern; ValueError where it has a problem."""
    result = read(pattern)
    if isinstance(result, Problem):
        raise ValueError(result.message)
    return result


def portable(pattern: str) -> str:
    """The same pattern in the one spelling that every engine reads alike.

    It is not anchored: the engine's whole-value match, or `^(…)$` around it, is the
    dialect's matter.
    """
    return written(parse(pattern))


def folded(pattern: str) -> str:
    """The pattern that folded values match where the value matches ignoring case."""
    return written(folded_tree(parse(pattern)))


@lru_cache(maxsize=64)
def compile(pattern: str) -> Matcher:
    """A matcher for a pattern; ValueError where it has a problem."""
    return matcher(parse(pattern))
