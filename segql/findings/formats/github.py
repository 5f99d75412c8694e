"""Findings as commands of GitHub Actions, which show them beside the changed lines.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from segql.diagnostics import Diagnostic
from segql.findings.found import Found, place_of, shown_path


def as_github(found: Found) -> str:
    lines = [
        _command(each, file.path) for file in found.looked for each in file.diagnostics
    ]
    return "".join(f"{line}\n" for line in lines)


def _command(each: Diagnostic, path: str) -> str:
    told = {"title": f"segql {each.code}"}
    if shown := shown_path(each.source.name if each.source else path):
        told["file"] = shown
    if (place := place_of(each)) is not None:
        told["line"], told["endLine"] = str(place.line), str(place.end_line)
        if place.line == place.end_line:
            told["col"], told["endColumn"] = str(place.column), str(place.end_column)
    properties = ",".join(f"{key}={_escaped(value)}" for key, value in told.items())
    text = each.message if each.help is None else f"{each.message}\n{each.help}"
    return f"::{each.severity} {properties}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
