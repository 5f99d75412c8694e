"""What a name of the catalog says of itself in, the same as values out."""

from collections.abc import Mapping
from typing import TypedDict

from segql.catalog.columns import Columns
from segql.catalog.nodes import Path
from segql.catalog.value_forms import DescribedForm
from segql.messages import catalog as messages


class Described(TypedDict):
    """What every name of the catalog can say about itself."""

    name: str
    description: str
    synonyms: tuple[str, ...]
    labels: tuple[str, ...]
    deprecated: str | None
    purposes: tuple[str, ...]


def described(name: str, form: DescribedForm) -> Described:
    return {
        "name": name,
        "description": (form.description or "").strip(),
        "synonyms": tuple(form.synonyms),
        "labels": tuple(form.labels),
        "deprecated": form.deprecated,
        "purposes": tuple(form.purposes),
    }


def successors(
    columns: Columns, forms: Mapping[str, DescribedForm], at: Path, kind: str
) -> None:
    """Each deprecated name has a successor of its kind that is to stay."""
    document, report = columns.document, columns.report
    written: Mapping[str, object] = document.at(at) or {}
    for name, form in forms.items():
        if (successor := form.deprecated) is None:
            continue
        span = document.span((*at, name, "deprecated"))
        if successor == name:
            report.add(messages.own_successor(name, span))
        elif successor not in written:
            others = [each for each in written if each != name]
            report.add(messages.unknown_successor(successor, kind, others, span))
        elif successor in forms and forms[successor].deprecated is not None:
            better = _last_successor(successor, forms)
            report.add(messages.successor_deprecated(successor, better, span))


def _last_successor(name: str, forms: Mapping[str, DescribedForm]) -> str | None:
    """The name at the end of a chain of successors; None if there is no end."""
    seen: set[str] = set()
    while name not in seen:
        seen.add(name)
        if name not in forms or (successor := forms[name].deprecated) is None:
            return name if name in forms else None
        name = successor
    return None
