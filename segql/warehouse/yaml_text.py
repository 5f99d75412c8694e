"""Names, paths and mappings in, YAML as a person would write it out."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

WIDTH = 88
_PLAIN = re.compile(r"[^\W\d_][\w/-]*( [^\W\d_][\w-]*)*|[^\W\d][\w-]*")
_OTHER = frozenset(["true", "false", "null", "yes", "no", "on", "off", "y", "n"])


def scalar(text: str) -> str:
    """A text, in quotes where it could be read as something else."""
    if _PLAIN.fullmatch(text) and text.lower() not in _OTHER:
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())


def path(parts: Sequence[str]) -> str:
    """A path with dots, or as a list where a name has a dot itself."""
    if any("." in part or not part.strip() for part in parts):
        return listed(parts)
    plain = all(scalar(part) == part for part in parts)
    return ".".join(parts) if plain else json.dumps(".".join(parts), ensure_ascii=False)


def listed(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(scalar, texts))}]"


def flow(parts: Mapping[str, str]) -> str:
    return f"{{{', '.join(f'{key}: {value}' for key, value in parts.items())}}}"


def entry(
    name: str, parts: Mapping[str, str], indent: int, comment: str | None = None
) -> Iterator[str]:
    """One entry: its type alone, one line, or a line for each part."""
    space = " " * indent
    note = f"  # {comment}" if comment else ""
    short = f"{space}{scalar(name)}: "
    if list(parts) == ["type"]:
        yield f"{short}{parts['type'].strip(chr(34))}{note}"
    elif len(line := short + flow(parts)) <= WIDTH:
        yield line + note
    else:
        yield f"{space}{scalar(name)}:{note}"
        for key, value in parts.items():
            yield from _wrapped(f"{space}  {key}: {value}", indent + 4)


def _wrapped(line: str, indent: int) -> Iterator[str]:
    """A long list on several lines."""
    while len(line) > WIDTH and (cut := line.rfind(", ", indent + 20, WIDTH)) > 0:
        yield line[: cut + 1]
        line = " " * indent + line[cut + 2 :]
    yield line
