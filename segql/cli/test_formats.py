"""Tried files in, what is said of them for machines out: JSON, or JUnit's XML."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as xml

from segql.catalog.nodes import Catalog
from segql.cli.what import shown_instant
from segql.cli.why import lines
from segql.diagnostics import Diagnostic, render
from segql.insight.coverage import Coverage, percent
from segql.insight.given import example_text, written
from segql.insight.nodes import Chosen, Seen, Stretch, Value, Why
from segql.insight.suggest import Lacking
from segql.insight.trial import Trial, Tried, diagnostic

if TYPE_CHECKING:
    from segql.insight.on_engine import OnEngine

VERSION = 1
"""Of the JSON's form; `grammar/test.schema.json` has it."""
_UNFIT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML has no way to hold."""


@dataclass(frozen=True, slots=True)
class Said:
    """A file, and all that was asked of it."""

    tried: Tried
    coverage: Coverage | None = None
    lacking: Lacking | None = None
    on_engine: "OnEngine | None" = None


def as_json(found: Sequence[Said], catalog: Catalog) -> bytes:
    """One document about all files."""
    shown = _Shown(catalog)
    document = {
        "version": VERSION,
        "summary": _summary(found),
        "files": [shown.file(each) for each in found],
    }
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _summary(found: Sequence[Said]) -> dict[str, Any]:
    trials = sum(len(each.tried.trials) for each in found)
    failed = sum(len(each.tried.failures) for each in found)
    covered = [each.coverage for each in found if each.coverage is not None]
    return {
        "files": len(found),
        "examples": trials,
        "as_they_say": trials - failed,
        "otherwise": failed,
        "files_with_mistakes": sum(bool(each.tried.errors) for each in found),
        "conditions_decided_percent": percent(covered) if covered else None,
    }


@dataclass(frozen=True, slots=True)
class _Shown:
    catalog: Catalog

    @property
    def zone(self) -> str:
        return self.catalog.entity.zone

    def file(self, said: Said) -> dict[str, Any]:
        tried = said.tried
        found: dict[str, Any] = {
            "name": tried.name,
            "path": tried.source.name,
            "as_of": None if tried.errors else shown_instant(tried.as_of, self.zone),
            "mistakes": [_fault(each) for each in tried.errors],
            "examples": [self.trial(each, tried) for each in tried.trials],
        }
        if said.coverage is not None:
            found["conditions"] = [
                {
                    "text": each.text,
                    "name": each.name,
                    "line": each.line,
                    "decided_true": each.true,
                    "decided_false": each.false,
                }
                for each in said.coverage.conditions
            ]
        if said.lacking is not None:
            when = said.lacking.as_of
            found["needs_as_of"] = None if when is None else written(when, self.zone)
            found["suggestions"] = [
                {
                    "title": each.example.title,
                    "found": each.example.part
                    or ("in" if each.example.inside else "out"),
                    "text": example_text(each.example, self.catalog),
                }
                for each in said.lacking.suggestions
            ]
        if said.on_engine is not None:
            there = said.on_engine
            found["engine"] = {
                "name": there.engine,
                "found": list(there.found),
                "not_run": [_fault(each) for each in there.refused],
            }
        return found

    def trial(self, trial: Trial, tried: Tried) -> dict[str, Any]:
        return {
            "title": trial.title,
            "line": tried.source.position(trial.example.span.start)[0],
            "wanted": trial.wanted,
            "found": trial.found,
            "fits": trial.fits,
            "not_there_yet": trial.unborn,
            "left_out": trial.filtered,
            "why": [self.why(each) for each in trial.why],
        }

    def why(self, why: Why) -> dict[str, Any]:
        return {
            "text": why.text,
            "name": why.name,
            "true": why.true,
            "decides": why.decides,
            "values": [self.seen(each) for each in why.seen],
            "windows": [self.window(each) for each in why.windows],
            "terms": [self.why(each) for each in why.terms],
        }

    def seen(self, seen: Seen) -> dict[str, Any]:
        return {
            "text": seen.text,
            "value": self.value(seen.value),
            "values": [self.seen(each) for each in seen.parts],
            "events": None if seen.chosen is None else self.chosen(seen.chosen),
        }

    def chosen(self, chosen: Chosen) -> dict[str, Any]:
        return {
            "text": chosen.text,
            "event": chosen.event,
            "count": chosen.count,
            "of": chosen.of,
            "shown": [
                {
                    "time": self.value(each.time),
                    "counts": each.counts,
                    "values": {name: self.value(v) for name, v in each.values},
                    "outside": [self.window(window) for window in each.outside],
                    "test": None if each.test is None else self.why(each.test),
                }
                for each in chosen.events
            ],
        }

    def window(self, window: Stretch) -> dict[str, Any]:
        return {
            "text": window.text,
            "start": self.value(window.start),
            "before": self.value(window.end),
        }

    def value(self, value: Value) -> str | None:
        """A value as the language writes it; None is missing."""
        return None if value is None else written(value, self.zone)


def _fault(fault: Diagnostic) -> dict[str, Any]:
    place = None
    if fault.source is not None:
        place = fault.source.position(min(fault.span.start, len(fault.source.text)))
    return {
        "code": fault.code,
        "message": fault.message,
        "help": fault.help,
        "line": place and place[0],
        "column": place and place[1],
    }


# ---- JUnit


def as_junit(found: Sequence[Said], catalog: Catalog) -> bytes:
    """The XML that readers of CI know: a suite per file, a case per example."""
    root = xml.Element("testsuites", name="segql test")
    for each in found:
        if each.tried.trials or each.tried.errors:
            _suite(root, each, catalog.entity.zone)
    for key in ("tests", "failures", "errors", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    xml.indent(root)
    head = b'<?xml version="1.0" encoding="UTF-8"?>\n'
    return head + xml.tostring(root, encoding="unicode").encode() + b"\n"


def _suite(root: xml.Element, said: Said, zone: str) -> None:
    tried = said.tried
    suite = xml.SubElement(root, "testsuite", name=_fit(tried.source.name))
    if tried.errors:
        case = _case(suite, tried, "the file is right", 1)
        _told(case, "error", tried.errors, "")
    differing = {}
    if said.on_engine is not None:
        differing = {each.span: each for each in said.on_engine.differences}
    for number, each in enumerate(tried.trials, 1):
        line = tried.source.position(each.example.span.start)[0]
        case = _case(suite, tried, each.title or f"example {number}", line)
        if not each.fits:
            fault = diagnostic(each, tried.source, partition=tried.partition)
            tree = "\n".join(lines(each.why, zone))
            _told(case, "failure", [fault], tree)
        elif each.example.span in differing:
            _told(case, "failure", [differing[each.example.span]], "")
    if said.on_engine is not None and said.on_engine.refused:
        case = _case(suite, tried, f"on {said.on_engine.engine}", 1)
        _told(case, "skipped", said.on_engine.refused, "")
    cases = list(suite)
    suite.set("tests", str(len(cases)))
    for key, tag in (("failures", "failure"), ("errors", "error")):
        suite.set(key, str(sum(case.find(tag) is not None for case in cases)))
    skipped = sum(case.find("skipped") is not None for case in cases)
    suite.set("skipped", str(skipped))


def _case(suite: xml.Element, tried: Tried, name: str, line: int) -> xml.Element:
    return xml.SubElement(
        suite,
        "testcase",
        classname=_fit(tried.name),
        name=_fit(name),
        file=_fit(tried.source.name),
        line=str(line),
    )


def _told(case: xml.Element, tag: str, faults: Iterable[Diagnostic], more: str) -> None:
    some = list(faults)
    told = xml.SubElement(case, tag, message=_fit(some[0].message), type=some[0].code)
    text = "\n\n".join(map(render, some))
    told.text = _fit(f"{text}\n{more}" if more else text)


def _fit(text: str) -> str:
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", text)
