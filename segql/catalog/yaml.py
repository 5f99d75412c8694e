"""YAML text in, plain data with the place of every entry out.

Only what a configuration needs of YAML 1.2's core schema: mappings with text keys,
lists, text, numbers, `true`, `false`, `null`. So `NO`, `on`, `yes` and dates are
text. No tags, no merge keys; an alias repeats what its anchor named, within the
limits below. The tree is built from the parser's events, without recursion.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from math import inf, nan
from typing import Any, TypeAlias

import yaml

from segql.diagnostics import Diagnostic, Report
from segql.messages import yaml as messages
from segql.source import Source, Span

Path: TypeAlias = tuple[str, ...]

MAX_CHARACTERS = 8_000_000
MAX_NODES = 250_000
MAX_DEPTH = 40
_MAX_NUMBER = 60
"""A number with more characters than this is no number of the language: text."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNREADABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""What YAML takes for no text, and a byte order mark that is not in front."""
_INTEGER = re.compile(r"[-+]?[0-9]+", re.ASCII)
_RADIX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,4})?")
_WORDS: Mapping[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), nan),
}


@dataclass(frozen=True, slots=True)
class Document:
    """What a YAML text says.

    Numbers with a point or an exponent are `Decimal`s, exactly as written. `spans`
    holds the smallest place that shows an entry: a scalar itself, the key of
    anything longer. `keys` holds the places of the keys. A list's items are named
    by their index.
    """

    data: Any
    spans: Mapping[Path, Span]
    keys: Mapping[Path, Span]

    def span(self, path: Path) -> Span:
        """Where an entry stands, or the nearest entry around it."""
        while path and path not in self.spans:
            path = path[:-1]
        return self.spans.get(path, Span(0, 0))

    def key(self, path: Path) -> Span:
        """Where an entry's key stands, or the nearest entry around it."""
        return self.keys[path] if path in self.keys else self.span(path)

    def at(self, path: Path) -> Any:
        """The data at a path; None where there is none."""
        here = self.data
        for part in path:
            if isinstance(here, dict):
                here = here.get(part)
            elif isinstance(here, list) and part.isdecimal() and int(part) < len(here):
                here = here[int(part)]
            else:
                return None
        return here


def read_yaml(source: Source, report: Report) -> Document | None:
    """Reads one document; None if what it says can't be known.

    An empty text is a document whose data is None.
    """
    text = source.text
    if len(text) > MAX_CHARACTERS:
        report.add(messages.file_too_long(len(text), MAX_CHARACTERS))
        return None
    shift = 1 if text.startswith("\ufeff") else 0
    if found := _UNREADABLE.search(text, shift):
        at = Span(found.start(), found.end())
        report.add(messages.unreadable_character(ord(found.group()), at))
        return None
    builder = _Builder(source, report, shift)
    try:
        for event in yaml.parse(text[shift:], Loader=_LOADER):
            builder.take(event)
    except yaml.YAMLError as error:
        report.add(_syntax_error(error, len(text), shift))
        return None
    except _Unreadable:
        return None
    if builder.unsure:
        return None
    return Document(builder.data, builder.spans, builder.keys)


class _Unreadable(Exception):
    """Reading can't go on; the reason is in the report."""


@dataclass(slots=True)
class _Frame:
    """A mapping or list whose end has not come yet."""

    path: Path
    value: dict[str, Any] | list[Any]
    anchor: str | None
    key: str | None = None
    size: int = 1
    height: int = 1


@dataclass(frozen=True, slots=True)
class _Node:
    """A value with the count of its nodes and of its levels."""

    value: Any
    size: int = 1
    height: int = 0


@dataclass(slots=True)
class _Builder:
    source: Source
    report: Report
    shift: int
    data: Any = None
    spans: dict[Path, Span] = field(default_factory=dict)
    keys: dict[Path, Span] = field(default_factory=dict)
    frames: list[_Frame] = field(default_factory=list)
    anchors: dict[str, _Node] = field(default_factory=dict)
    documents: int = 0
    nodes: int = 0
    unsure: bool = False

    def take(self, event: Any) -> None:
        match event:
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    self.stop(messages.second_document(self.span(event)))
            case yaml.ScalarEvent():
                self.scalar(event)
            case yaml.AliasEvent():
                self.alias(event)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self.start(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.end()

    def scalar(self, event: Any) -> None:
        span = self.span(event)
        self.tag(event, span)
        frame = self.frames[-1] if self.frames else None
        if frame and isinstance(frame.value, dict) and frame.key is None:
            self.key(frame, event, span)
            return
        plain = event.style in (None, "") and event.tag is None
        value = _resolve(event.value) if plain else event.value
        self.place(_Node(value), span)
        if event.anchor:
            self.anchors[event.anchor] = _Node(value)

    def key(self, frame: _Frame, event: Any, span: Span) -> None:
        """Takes a mapping's key: always its text, whatever it looks like."""
        text = event.value
        if text == "<<" and event.style in (None, ""):
            self.doubt(messages.merge_key(span))
        if text in frame.value:
            first = self.keys[(*frame.path, text)]
            row, _ = self.source.position(first.start)
            self.report.add(messages.duplicate_key(text, row, span))
        frame.key = text
        self.keys.setdefault((*frame.path, text), span)
        self.count(1, span)

    def alias(self, event: Any) -> None:
        span = self.span(event)
        if self.expects_key():
            self.stop(messages.key_not_text(span))
        if (node := self.anchors.get(event.anchor)) is None:
            self.doubt(messages.unknown_alias(event.anchor, span))
            node = _Node(None)
        if len(self.frames) + node.height > MAX_DEPTH:
            self.stop(messages.nested_too_deep(MAX_DEPTH, span))
        self.place(node, span)

    def start(self, event: Any) -> None:
        span = self.span(event)
        self.tag(event, span)
        if self.expects_key():
            self.stop(messages.key_not_text(span))
        if len(self.frames) >= MAX_DEPTH:
            self.stop(messages.nested_too_deep(MAX_DEPTH, span))
        path = self.next_path()
        self.spans.setdefault(path, self.keys.get(path) or self.first_line(span))
        value: dict[str, Any] | list[Any]
        value = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.frames.append(_Frame(path, value, event.anchor))

    def end(self) -> None:
        frame = self.frames.pop()
        node = _Node(frame.value, frame.size, frame.height)
        if frame.anchor:
            self.anchors[frame.anchor] = node
        self.attach(node)
        self.count(1, self.spans[frame.path])

    def place(self, node: _Node, span: Span) -> None:
        """Puts a finished value where the next one goes."""
        path = self.next_path()
        shown = span if span.end > span.start else self.keys.get(path, span)
        self.spans.setdefault(path, shown)
        self.count(node.size, shown)
        self.attach(node)

    def attach(self, node: _Node) -> None:
        if not self.frames:
            self.data = node.value
            return
        frame = self.frames[-1]
        frame.size += node.size
        frame.height = max(frame.height, node.height + 1)
        if isinstance(frame.value, list):
            frame.value.append(node.value)
        elif frame.key is not None:
            frame.value.setdefault(frame.key, node.value)
            frame.key = None

    def expects_key(self) -> bool:
        if not self.frames:
            return False
        return isinstance(self.frames[-1].value, dict) and self.frames[-1].key is None

    def next_path(self) -> Path:
        if not self.frames:
            return ()
        frame = self.frames[-1]
        if isinstance(frame.value, list):
            return (*frame.path, str(len(frame.value)))
        return (*frame.path, frame.key or "")

    def tag(self, event: Any, span: Span) -> None:
        if event.tag is not None:
            self.doubt(messages.yaml_tag(self.first_line(span)))

    def count(self, nodes: int, span: Span) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            self.stop(messages.too_many_entries(MAX_NODES, span))

    def doubt(self, diagnostic: Diagnostic) -> None:
        """Goes on reading, though the data will not be what was meant."""
        self.report.add(diagnostic)
        self.unsure = True

    def stop(self, diagnostic: Diagnostic) -> None:
        self.report.add(diagnostic)
        raise _Unreadable

    def span(self, event: Any) -> Span:
        start = event.start_mark.index + self.shift
        return Span(start, event.end_mark.index + self.shift)

    def first_line(self, span: Span) -> Span:
        end = self.source.text.find("\n", span.start)
        return Span(span.start, span.end if end < 0 else min(span.end, end))


def _resolve(text: str) -> object:
    """What a plain scalar means in YAML 1.2's core schema."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= _MAX_NUMBER:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _RADIX.fullmatch(text):
            return int(text, 0)
        if _NUMBER.fullmatch(text):
            return Decimal(text)
    return text


def _syntax_error(error: yaml.YAMLError, length: int, shift: int) -> Diagnostic:
    """A parser's error with our words, at the place that shows it best."""
    problem = getattr(error, "problem", None) or "it can't be read"
    mark = getattr(error, "problem_mark", None)
    opened = getattr(error, "context_mark", None)
    place = mark.index + shift if mark else 0
    if opened and (place >= length or "',' or" in problem):
        place = opened.index + shift
    return messages.yaml_syntax(problem, Span(place, min(place + 1, length)))
