"""Texts of a file in, what a message can show of them out."""

from collections.abc import Sequence

_LONGEST = 60
_MANY = 2_000
_FEW = 8


def closest(name: str, known: Sequence[str]) -> str | None:
    """The known name that was probably meant."""
    from difflib import get_close_matches

    if len(name) > _LONGEST:
        return None
    near = get_close_matches(name, known[:_MANY], n=1, cutoff=0.7)
    return near[0] if near else None


def listed(names: Sequence[str], most: int = _FEW) -> str:
    """Names as a list; only the first ones, if there are many."""
    some = ", ".join(f"`{shown(name)}`" for name in names[:most])
    return f"{some}, …" if len(names) > most else some


def shown(text: str) -> str:
    """A text of the file, short and without characters that a terminal obeys."""
    cut = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cut)


def sentence_tail(sentence: str) -> str:
    """A description as the tail of a sentence."""
    sentence = sentence.rstrip(".")
    return sentence[:1].lower() + sentence[1:]
