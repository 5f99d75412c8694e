"""A text in, the same with other blanks, line ends and comments in it out."""

from random import Random

from segql.diagnostics import Report
from segql.syntax import parse as parsing

# Behind these the grammar looks for blanks and the next word: no comment stands there.
_CLOSE = {
    "LAST", "NEXT", "THIS", "SEGMENT", "PARTITION", "SEGMENT_WORD", "EXACTLY_OF",
    "TOP", "BOTTOM", "SAMPLE", "NO", "SAME",
}  # fmt: skip
_LINES = ("\n", "\n", "\r\n", "\n\n", "\n  \n\n\n", "\n\t", "\n    ")
_BLANKS = (" ", " ", " ", "  ", "\t", "\f", "   ")
_SAID = (
    "#", "# why", "#hashtag", '# "quoted', "# `tick", "# a # b", "# (", "# ü\u2028x",
    "# and age > 3,", "# where", "# tail  ", "# \t",
)  # fmt: skip


def words(text: str) -> list[tuple[str, str]]:
    """The tokens of a text, each with its kind."""
    with parsing._LOCK:
        lark, builder = parsing._parser()
        builder.report = Report()
        parser = lark.parse_interactive(text)
        return [(token.type, str(token)) for token in parser.iter_parse()]


def scattered(
    chance: Random, text: str, share: float, allows: tuple[str, ...] = ()
) -> str:
    """The text with comments in so many of the places where one can stand."""
    found: list[str] = []
    if chance.random() < share:
        for _ in range(chance.randrange(1, 3)):
            found.append(_comment(chance, allows) + chance.choice(_LINES))
    tokens = words(text)
    place = 0
    for index, (_, word) in enumerate(tokens):
        at = text.index(word, place)
        between = text[place:at]
        if index:
            found.append(_between(chance, between, tokens[index - 1][0], share, allows))
        place = at + len(word)
        found.append(word)
    if chance.random() < share:
        found.append(chance.choice((" ", "\n")) + _comment(chance, allows))
        found.append(chance.choice(("", "\n", "\n\n")))
    return "".join(found)


def _between(
    chance: Random, was: str, kind: str, share: float, allows: tuple[str, ...]
) -> str:
    if chance.random() < share and kind not in _CLOSE:
        parts = [chance.choice(("", " ", *_LINES))]
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            parts.append(_comment(chance, allows) + chance.choice(_LINES))
        return "".join(parts)
    if not was and chance.random() < 0.8:
        return was
    if was and chance.random() < 0.5:
        return was
    return chance.choice((*_LINES, *_BLANKS))


def _comment(chance: Random, allows: tuple[str, ...]) -> str:
    if allows and chance.random() < 0.7:
        code = chance.choice(allows)
        return chance.choice((f"# allow {code}: so", f"#allow {code}", "# why"))
    return chance.choice(_SAID)
