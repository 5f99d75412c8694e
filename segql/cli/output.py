"""Texts in, the standard streams out: plain, or in colour on a terminal."""

import os
import re
import sys
from collections.abc import Iterable
from dataclasses import replace
from typing import TextIO

from segql.diagnostics import Diagnostic, SegqlError, render
from segql.messages import usage

_STYLES = {
    "bold": "1",
    "dim": "2",
    "red": "1;31",
    "green": "32",
    "yellow": "1;33",
    "blue": "34",
    "cyan": "36",
}
_PLAIN = str.maketrans(
    {
        "─": "-",
        "–": "-",
        "·": "-",
        "…": "...",
        "→": "->",
        "█": "#",
        "░": ".",
        "✗": "x",
        "✓": "+",
        "\N{REPLACEMENT CHARACTER}": "?",
    }
)
_OF_FLAGS = ("E211", "E212")
_OF_FILES = ("E711", "E712", "E713")
_OF_CALLS = ("E205", "E218", "E219", "E404")
_OF_THE_WORLD = ("E5", "E705", "E706")


def prepare() -> None:
    """What a stream's encoding has no sign for is shown in another way."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None and stream.errors in ("strict", "surrogateescape"):
            reconfigure(errors="backslashreplace")


def fail(diagnostics: Iterable[Diagnostic]) -> None:
    """Shows what is wrong, with an empty line between two."""
    found = [
        replace(each, source=None) if each.code in _OF_FLAGS else each
        for each in diagnostics
    ]
    shown = "\n\n".join(pretty(each, sys.stderr) for each in found)
    if shown:
        note(shown)


def exit_code(diagnostics: Iterable[Diagnostic]) -> int:
    """1 for a rule or a catalog, 2 for a call, 3 for the data and the machine."""
    errors = [each for each in diagnostics if each.severity == "error"]
    if any(each.code.startswith(_OF_THE_WORLD) for each in errors):
        return 3
    if any(
        (each.code.startswith("E7") and each.code not in _OF_FILES)
        or each.code in _OF_FLAGS
        or (each.code in _OF_CALLS and not each.source)
        for each in errors
    ):
        return 2
    return 1 if errors else 0


def say(text: str = "") -> None:
    """A line of the answer."""
    _write(sys.stdout, text + "\n")


def note(text: str) -> None:
    """A line beside the answer."""
    if sys.stderr is not None:
        _write(sys.stderr, text + "\n")


def data(content: bytes) -> None:
    """A piece of the answer for machines: UTF-8, whatever the locale says.

    A terminal gets it as text, without what it would obey rather than show.
    """
    stream = sys.stdout
    if stream is None:
        raise SegqlError([usage.cannot_print("it is closed")])
    try:
        if terminal(stream):
            lines = content.decode("utf-8", "replace").split("\n")
            stream.write("\n".join(map(harmless, lines)))
            return
        stream.flush()
        stream.buffer.write(content)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise SegqlError([usage.cannot_print(reason(error))]) from None


def flush() -> None:
    """Hands over what was written; raises if it does not arrive."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            if stream is sys.stdout:
                _drop(stream)
                raise SegqlError([usage.cannot_print(reason(error))]) from None


def _drop(stream: TextIO) -> None:
    """What can't be written is not tried again."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, stream.fileno())
    os.close(nothing)


def reason(error: OSError) -> str:
    """What the system says, in small letters."""
    return (error.strerror or "it failed").lower()


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:
        raise SegqlError([usage.cannot_print("it is closed")])
    if not (stream.encoding or "").lower().startswith("utf"):
        text = text.translate(_PLAIN)
    try:
        stream.write(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise SegqlError([usage.cannot_print(reason(error))]) from None


def terminal(stream: TextIO | None) -> bool:
    """Whether a person looks at it."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def styled(stream: TextIO | None) -> bool:
    """Whether it shows colours, and nobody asked for none."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return terminal(stream) and not plain


def paint(text: str, style: str, stream: TextIO | None = None) -> str:
    """The text in a style, where the stream shows one (the standard output)."""
    if not text or not styled(stream or sys.stdout):
        return text
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def unpainted(content: bytes, styled: bool) -> bytes:
    """A piece for a file, without the terminal's styles."""
    return re.sub(rb"\x1b\[[0-9;]*m", b"", content) if styled else content


def harmless(text: str) -> str:
    """The text without what a terminal would obey rather than show."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


_HEAD = re.compile(r"(error|warning)(\[\w+\]): (.*)")
_PLACE = re.compile(r"( *--> )(.*)")
_LINE = re.compile(r"( *[0-9]* \|)(.*)")
_HELP = re.compile(r"( *= )(help:)(.*)")


def pretty(diagnostic: Diagnostic, stream: TextIO | None) -> str:
    """A diagnostic as `render` writes it, in colour where the stream shows any."""
    lines = [
        "\t".join(map(harmless, line.split("\t")))
        for line in render(diagnostic).split("\n")
    ]
    if not styled(stream):
        return "\n".join(lines)
    tone = "red" if diagnostic.severity == "error" else "yellow"
    return "\n".join(_coloured(line, tone, stream) for line in lines)


def _coloured(line: str, tone: str, stream: TextIO | None) -> str:
    def put(text: str, style: str) -> str:
        return paint(text, style, stream)

    if found := _HEAD.fullmatch(line):
        return f"{put(found[1] + found[2], tone)}: {put(found[3], 'bold')}"
    if found := _PLACE.fullmatch(line):
        return put(found[1], "dim") + put(found[2], "blue")
    if found := _HELP.fullmatch(line):
        return put(found[1], "dim") + put(found[2], "cyan") + found[3]
    if found := _LINE.fullmatch(line):
        marks = found[2].strip() and not found[2].strip(" \t^")
        return put(found[1], "dim") + (put(found[2], tone) if marks else found[2])
    return line
