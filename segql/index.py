"""The texts of a project's files in, what they define by name out; nothing is checked.

A file is one segment, or the parts of a partition, or `let`s that all files can use.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Kind = Literal["segment", "partition", "shared"]

_NAME = r"([^\W\d](?:\w|[^\x00-\x7f\s])*|`[^`\n]+`)"
_SKIPPED = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"|#[^\n]*|(`[^`\n]*`)')
_FIRST = re.compile(r"(?:\s|#[^\n]*(?:\n|\Z))*([^\W\d]\w*)(?:\s+(?=[^\W\d]|`))?")
_WHERE = re.compile(r"(?<![\w.])where(?!\w)")
_LET = re.compile(rf"(?<![\w.])let\s+{_NAME}\s*=")
_STAGE = re.compile(rf"(?<![\w.])segment\s+{_NAME}\s+where(?!\w)")
_REST = re.compile(rf"(?<![\w.])else\s+{_NAME}\s*(?=\Z|example(?!\w))")


@dataclass(frozen=True, slots=True)
class Index:
    """What there is by which name.

    `segments` has the file of each name, and the part of it that is meant; `shared`
    the file of each shared `let`.
    """

    segments: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    partitions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shared: Mapping[str, str] = field(default_factory=dict)


def index(
    texts: Mapping[str, str], taken: Callable[[str], object] = lambda _: None
) -> Index:
    """The names that files define; `texts` has each file's by its name.

    Args:
        taken: whether a name is the catalog's: then no `let` is shared by it.
    """
    return index_of({name: defined_in(text) for name, text in texts.items()}, taken)


Defined: TypeAlias = tuple[Kind, tuple[str, ...]]
"""What one file defines: of a partition its parts, of shared `let`s their names."""


def defined_in(text: str) -> Defined:
    kind = kind_of(text)
    if kind == "shared":
        return kind, tuple(_names(_LET, _plain(text, r"\1")))
    return kind, parts_of(text) if kind == "partition" else ()


def index_of(
    files: Mapping[str, Defined], taken: Callable[[str], object] = lambda _: None
) -> Index:
    """The same of what each file is known to define."""
    segments: dict[str, tuple[str, str | None]] = {}
    partitions: dict[str, tuple[str, ...]] = {}
    shared: dict[str, str] = {}
    for name, (kind, inside) in files.items():
        if kind == "shared":
            for let in inside:
                if not taken(let):
                    shared.setdefault(let, name)
        elif kind == "partition":
            partitions[name] = inside
            for part in inside:
                segments.setdefault(f"{name}.{part}", (name, part))
        else:
            segments[name] = (name, None)
    return Index(segments, partitions, shared)


def kind_of(text: str) -> Kind:
    """What a file defines, as its first words say, even if it has mistakes."""
    first = _FIRST.match(text)
    if first is None or first[1] not in ("partition", "let", "param", "segment"):
        return "segment"
    ruled = _WHERE.search(_plain(text, " ")) is not None
    if first[1] == "partition":
        return "partition" if first[0][-1].isspace() and ruled else "segment"
    shares = not ruled and first[0][-1].isspace() and first[1] != "segment"
    return "shared" if shares else "segment"


def parts_of(text: str) -> tuple[str, ...]:
    """The names of a partition's parts, in order."""
    plain = _plain(text, r"\1")
    return (*_names(_STAGE, plain), *_names(_REST, plain))


def _plain(text: str, quoted: str) -> str:
    """The text without comments and texts, and with names in backticks as said."""
    return _SKIPPED.sub(quoted if quoted == " " else rf" {quoted}", text)


def _names(pattern: re.Pattern[str], text: str) -> list[str]:
    found = (unicodedata.normalize("NFC", each[1]) for each in pattern.finditer(text))
    return list(dict.fromkeys(name.strip("`") for name in found))
