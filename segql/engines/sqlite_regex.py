"""A pattern of `segql.model.regex` in, a function that matches whole texts out.

A rule is untrusted, so nothing here backtracks: what can come next is worked out once
for each state and character, and then looked up.
"""

from collections.abc import Callable
from functools import lru_cache

from segql.model import regex

_MOST = 10_000
"""So many look-ups are kept of a pattern, then they are forgotten."""


@lru_cache(maxsize=64)
def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a text is one of a pattern's."""
    made = regex.compile(pattern)
    start, end = made.start, made.end
    after: dict[tuple[frozenset[int], str], frozenset[int]] = {}

    def matches(text: str) -> bool:
        state = start
        for character in text:
            step = state, character
            found = after.get(step)
            if found is None:
                found = made.after(state, character)
                if len(after) > _MOST:
                    after.clear()
                after[step] = found
            if not found:
                return False
            state = found
        return end in state

    return matches
