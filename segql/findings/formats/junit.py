"""Findings as JUnit XML: a suite per file, a case per finding, or one that passes.

An error is a failure; a warning is a case that passes and says it.
"""

import re
from xml.sax.saxutils import escape, quoteattr

from segql.diagnostics import Diagnostic, render
from segql.findings.found import Found, Looked, place_of, shown_path

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML can't hold."""


def as_junit(found: Found) -> str:
    suites = [_suite(file) for file in found.looked]
    tests = sum(max(1, len(file.diagnostics)) for file in found.looked)
    head = f'<testsuites name="segql check" tests="{tests}" failures="{found.errors}">'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', head, *suites, "</testsuites>"]
    return "\n".join(lines) + "\n"


def _suite(file: Looked) -> str:
    name = _attribute(shown_path(file.path) or "segql.yaml")
    cases = [_case(each, name) for each in file.diagnostics]
    cases = cases or [f"    <testcase name={name} classname={name} />"]
    failures = sum(each.severity == "error" for each in file.diagnostics)
    head = f'  <testsuite name={name} tests="{len(cases)}" failures="{failures}"'
    return "\n".join([f'{head} errors="0">', *cases, "  </testsuite>"])


def _case(each: Diagnostic, file: str) -> str:
    place = place_of(each)
    where = f":{place.line}:{place.column}" if place else ""
    name = _attribute(f"{each.code}{where}")
    line = f' line="{place.line}"' if place else ""
    head = f"    <testcase name={name} classname={file} file={file}{line}>"
    text = _clean(render(each))
    if each.severity == "error":
        inside = (
            f"      <failure type={_attribute(each.code)} "
            f"message={_attribute(each.message)}>{text}</failure>"
        )
    else:
        inside = f"      <system-out>{text}</system-out>"
    return "\n".join([head, inside, "    </testcase>"])


def _clean(text: str) -> str:
    return escape(_UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text))


def _attribute(text: str) -> str:
    return quoteattr(_UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text))
