"""Findings and what a project file says of warnings in; each at its level out."""

import os
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

from segql.catalog.project_nodes import Levels
from segql.diagnostics import Diagnostic


def levelled(
    found: Iterable[Diagnostic], levels: Levels, path: str
) -> tuple[Diagnostic, ...]:
    """The findings in a file without those that are off; `path` is the file's, as seen
    from the project file's folder."""
    settled = dict(levels.everywhere)
    for pattern, inside in levels.within:
        if fits(path, pattern):
            settled.update(inside)
    if not settled:
        return tuple(found)
    kept = []
    for each in found:
        match settled.get(each.code):
            case "off":
                continue
            case "error":
                kept.append(replace(each, level="error"))
            case _:
                kept.append(each)
    return tuple(kept)


def seen_from(folder: Path, path: Path) -> str:
    """A path as seen from a folder, with forward slashes."""
    return os.path.relpath(path, folder).replace(os.sep, "/")


def fits(path: str, pattern: str) -> bool:
    """Whether a path is one that a pattern means, or lies in such a folder.

    A pattern without a slash inside is a name, wherever it stands.
    """
    return _pattern(pattern).match(path) is not None


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    parts = pattern.removeprefix("./").strip("/").split("/")
    if len(parts) == 1 and not pattern.startswith(("/", "./")):
        parts = ["**", *parts]
    made = ""
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if part == "**":
            made += ".*" if last else "(?:[^/]+/)*"
            continue
        for sign in re.split(r"([*?])", part):
            made += {"*": "[^/]*", "?": "[^/]"}.get(sign, re.escape(sign))
        made += "" if last else "/"
    return re.compile(rf"{made}(?:/.*)?\Z", re.DOTALL)
