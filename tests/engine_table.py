"""What the tests know of each engine in, the tables of the manual's page of it out.

    python tests/engine_table.py

writes them anew. Their source is `servers/refused.json`, which the tests of each
engine and dialect hold to what they find, rule by rule.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from markdown import SPEC, Case, cases, pages  # noqa: E402
from servers import NAMES, holds, proven  # noqa: E402

from segql.sql import dialects, portable  # noqa: E402

PAGE = SPEC / "38_engines.md"
REFUSED = Path(__file__).parent / "servers/refused.json"
EMULATED: Mapping[str, str] = {"databricks": "spark"}
"""Dialects that another engine understands, and which one."""

Refused: TypeAlias = Mapping[str, Counter[str]]
"""By page, what of its rules was refused, and how often."""


def refused(name: str) -> Refused:
    """What an engine, or a dialect, is known to refuse; by page or other place."""
    found = json.loads(REFUSED.read_text(encoding="utf-8")).get(name, {})
    return {place: Counter(reasons) for place, reasons in found.items()}


def compiled() -> list[str]:
    """The dialects that no engine here executes."""
    taken = {dialect for _, dialect in NAMES.values()}
    return [dialect for dialect in dialects.DIALECTS if dialect not in taken]


def is_run(case: Case) -> bool:
    return case.members is not None or bool(case.faults) or bool(case.parts)


def tables() -> dict[str, str]:
    """The text of each table by the name that the page calls it."""
    names = [*proven(), *compiled()]
    heads = [NAMES[name][0] if name in NAMES else name for name in names]
    return {
        "pages": table(["page", *heads], _pages(names)),
        "constructs": table(["construct", *heads], _constructs(names)),
        "differences": "\n\n".join(_differences(names)),
        "holds": table(["engine", *_HELD], _holds()),
    }


def state(name: str) -> str:
    if name in NAMES:
        return "executed"
    return "emulated" if name in EMULATED else "compiled"


def _pages(names: Sequence[str]) -> Iterator[list[str]]:
    for page in pages():
        number = sum(map(is_run, cases(page)))
        if number:
            title = page.read_text(encoding="utf-8").splitlines()[0].strip("# ")
            link = f"[{page.name[:2]} {title}]({page.name})"
            known = [refused(name).get(page.stem, Counter()) for name in names]
            yield [
                link,
                *(
                    _cell(state(name), reasons.total(), number)
                    for name, reasons in zip(names, known, strict=True)
                ),
            ]


def _constructs(names: Sequence[str]) -> Iterator[list[str]]:
    every = {
        each.construct
        for each in vars(portable).values()
        if isinstance(each, type) and issubclass(each, portable.Portable)
    }
    stems = {page.stem for page in pages()}
    for construct in sorted(every - {""}, key=str.casefold):
        yield [
            construct,
            *(
                _cell(
                    state(name),
                    sum(
                        reasons[f"E405 {construct}"]
                        for place, reasons in refused(name).items()
                        if place in stems
                    ),
                )
                for name in names
            ),
        ]


def _cell(state: str, refused: int, of: int | None = None) -> str:
    if refused == 0:
        return state
    if refused == of:
        return "refused"
    return f"{state}, {refused} refused"


def _differences(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        title, dialect = NAMES.get(name, (name, name))
        lines = dialects.speech(dialect).differences
        yield "\n".join([f"### {title}", "", *(f"- {line}" for line in lines)])


_HELD = ("lists", "structs", "instants", "NaN", "infinity", "dates", "timestamps")
_LISTS = {"all": "yes", "known": "yes, a missing one is empty", "none": "no"}


def _holds() -> Iterator[list[str]]:
    for name in proven():
        held = holds(name)
        flags = (held.structs, held.instants, held.nan, held.infinity)
        years = (held.days, held.times)
        yield [
            NAMES[name][0],
            _LISTS[held.lists],
            *("yes" if flag else "no" for flag in flags),
            *(f"{first} to {last}" for first, last in years),
        ]


def table(head: Sequence[str], rows: Iterator[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def filled(text: str) -> str:
    """The page with its tables as they are now."""
    for name, content in tables().items():
        start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        inside = re.compile(f"(?<={start}\n\n).*?(?=\n\n{end})", re.DOTALL)
        text, times = inside.subn(lambda _, content=content: content, text)
        assert times == 1, name
    return text


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
