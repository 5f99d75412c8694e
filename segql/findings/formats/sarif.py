"""Findings as SARIF 2.1.0, which code hosts and editors show beside the text.

The format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import hashlib
import json
import os
from collections import Counter
from typing import Any
from urllib.parse import quote

from segql.diagnostics import Diagnostic
from segql.findings.found import Found, Place, place_of, title_of

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
    "sarif-schema-2.1.0.json"
)


def as_sarif(found: Found) -> str:
    codes = sorted({each.code for each in found.diagnostics})
    seen: Counter[str] = Counter()
    run = {
        "tool": {
            "driver": {
                "name": "segql",
                "version": found.version,
                "rules": [_rule(code) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(each, file.path, codes, seen)
            for file in found.looked
            for each in file.diagnostics
        ],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(code: str) -> dict[str, Any]:
    level = "warning" if code.startswith("W") else "error"
    return {
        "id": code,
        "shortDescription": {"text": title_of(code)},
        "help": {"text": f"`segql explain {code}` tells more about it."},
        "defaultConfiguration": {"level": level},
    }


def _result(
    each: Diagnostic, path: str, codes: list[str], seen: Counter[str]
) -> dict[str, Any]:
    text = each.message if each.help is None else f"{each.message}\n{each.help}"
    made: dict[str, Any] = {
        "ruleId": each.code,
        "ruleIndex": codes.index(each.code),
        "level": each.severity,
        "message": {"text": text},
    }
    artifact = {"uri": _uri(each.source.name if each.source else path)}
    place = place_of(each)
    if not artifact["uri"]:
        return made
    location: dict[str, Any] = {"artifactLocation": artifact}
    if place is not None:
        location["region"] = _region(place)
    made["locations"] = [{"physicalLocation": location}]
    made["partialFingerprints"] = {"segql/v1": _fingerprint(each, artifact, seen)}
    if each.fix is not None and (where := place_of(each, each.fix.span)) is not None:
        change = {
            "deletedRegion": _region(where),
            "insertedContent": {"text": each.fix.text},
        }
        made["fixes"] = [
            {
                "description": {"text": each.help or "a replacement that is sure"},
                "artifactChanges": [
                    {"artifactLocation": artifact, "replacements": [change]}
                ],
            }
        ]
    return made


def _region(place: Place) -> dict[str, int]:
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }


def _fingerprint(each: Diagnostic, artifact: dict[str, str], seen: Counter[str]) -> str:
    """The same as long as the line is, wherever it moves to; the second such finding
    has another."""
    line = ""
    if each.source is not None:
        row, _ = each.source.position(min(each.span.start, len(each.source.text)))
        line = each.source.line(row).strip()
    parts = (each.code, artifact["uri"], each.message, line)
    made = hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:20]
    seen[made] += 1
    return f"{made}:{seen[made]}"


def _uri(path: str) -> str:
    """A path as a relative reference, or of an absolute one a URI."""
    if os.path.isabs(path):
        near = os.path.relpath(path)
        if near.startswith(".."):
            return "file://" + quote(os.fsencode(path.replace(os.sep, "/")))
        path = near
    return quote(os.fsencode(path.replace(os.sep, "/")))
