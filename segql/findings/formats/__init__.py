"""What was found, in the formats that machines read: one module each, and one function
with the whole text."""

from collections.abc import Callable, Mapping

from segql.findings.formats.github import as_github
from segql.findings.formats.gitlab import as_gitlab
from segql.findings.formats.json_text import as_json, statistics_as_json
from segql.findings.formats.junit import as_junit
from segql.findings.formats.sarif import as_sarif
from segql.findings.found import Found

FORMATS: Mapping[str, Callable[[Found], str]] = {
    "json": as_json,
    "sarif": as_sarif,
    "github": as_github,
    "gitlab": as_gitlab,
    "junit": as_junit,
}

__all__ = ["FORMATS", "statistics_as_json"]
