"""Findings as JSON, as `grammar/check.schema.json` says."""

import json
from typing import Any

from segql.diagnostics import Diagnostic
from segql.findings.found import Found, place_of, shown_path, title_of

VERSION = 1


def as_json(found: Found) -> str:
    """Lines and columns count from 1, columns in code points; ends lie behind the last
    character."""
    return _text(
        {
            "version": VERSION,
            "summary": _summary(found),
            "findings": [
                _finding(each, file.path)
                for file in found.looked
                for each in file.diagnostics
            ],
        }
    )


def statistics_as_json(found: Found) -> str:
    """How often each code was found instead."""
    counted = [
        {"code": code, "count": count, "title": title_of(code)}
        for code, count in found.counts
    ]
    return _text(
        {"version": VERSION, "summary": _summary(found), "statistics": counted}
    )


def _summary(found: Found) -> dict[str, int]:
    return {"files": found.files, "errors": found.errors, "warnings": found.warnings}


def _finding(each: Diagnostic, path: str) -> dict[str, Any]:
    place = place_of(each)
    return {
        "code": each.code,
        "severity": each.severity,
        "message": each.message,
        "help": each.help,
        "path": shown_path(each.source.name if each.source else path) or None,
        "start": place and {"line": place.line, "column": place.column},
        "end": place and {"line": place.end_line, "column": place.end_column},
        "fix": _fix(each),
    }


def _fix(each: Diagnostic) -> dict[str, Any] | None:
    if each.fix is None or (place := place_of(each, each.fix.span)) is None:
        return None
    return {
        "replacement": each.fix.text,
        "start": {"line": place.line, "column": place.column},
        "end": {"line": place.end_line, "column": place.end_column},
    }


def _text(data: object) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
