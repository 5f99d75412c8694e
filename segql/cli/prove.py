"""`segql prove`: a claim about rules in, proved, refuted or unknown out."""

from argparse import Namespace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from segql.cli import output
from segql.cli.what import (
    find_project,
    instant,
    named,
    parameters,
    several_in,
    shown_instant,
)
from segql.diagnostics import SegqlError
from segql.insight.given import example_text
from segql.messages import claims as messages
from segql.messages import usage
from segql.model import nodes as mdl
from segql.project import Project
from segql.reason.claims import Proved, Refuted, Unknown, Verdict, prove

if TYPE_CHECKING:
    from segql.reason.witness import Witness

REFUTED, UNKNOWN = 4, 5
_WANTED = {"empty": 1, "everyone": 1, "equal": 2, "implies": 2, "disjoint": 2}
_WORDS = {1: "one rule", 2: "two rules"}


def run(asked: Namespace) -> int:
    project = Project.load(find_project(asked.project))
    as_of = None if asked.as_of is None else instant(asked.as_of)
    names, rules = _rules(project, asked, as_of)
    wanted = _WANTED.get(asked.claim)
    if (wanted is None and len(rules) < 2) or (wanted and len(rules) != wanted):
        many = _WORDS[wanted] if wanted else "two rules or more"
        raise SegqlError([messages.wrong_number(asked.claim, many, len(rules))])
    moment = None
    if as_of is not None:
        from segql.project import as_instant

        moment = as_instant(as_of, project.catalog.entity.zone)
    found = prove(asked.claim, rules, project.world, moment)
    if asked.format == "json":
        import json

        output.say(json.dumps(described(found, names, project), ensure_ascii=False))
    else:
        for line in _lines(found, names, project):
            output.say(line)
    return code(found)


def code(found: Verdict) -> int:
    match found:
        case Proved():
            return 0
        case Refuted():
            return REFUTED
        case Unknown():
            return UNKNOWN


def _rules(
    project: Project, asked: Namespace, as_of: datetime | None
) -> tuple[list[str], list[mdl.Rule]]:
    """The rules that a claim is about; of a partition those of its parts as written."""
    params = parameters(asked.param)
    at = as_of or instant(None)
    names, rules = [], []
    for what in asked.what:
        several = several_in(project, what)
        if several is not None and (several.is_dir() or asked.claim != "partition"):
            kind = "folder" if several.is_dir() else "partition"
            message = f"`{what}` is a {kind}: `{asked.claim}` is a claim about rules"
            raise SegqlError([usage.misused(message, "name segments or parts of it")])
        if several is not None:
            parts = project.compile_all(several, as_of=at, params=params)
            checked = parts[0].checked
            names += [each.name for each in parts[:-1]]
            rules += list(checked.meaning.written)
            names.append(parts[-1].name)
            rules.append(parts[-1].rule)
            continue
        segment = named(project, what, at, params)
        names.append(what if segment.name == "rule" else segment.name)
        rules.append(segment.rule)
    return names, rules


def _lines(found: Verdict, names: list[str], project: Project) -> list[str]:
    match found:
        case Proved(assumed):
            lines = ["proved"]
            if assumed:
                some = ", ".join(f"`{name}`" for name in assumed)
                lines += ["", f"if the data holds what the catalog lists for {some}"]
            return lines
        case Unknown(why):
            return ["unknown", "", *(f"because {each}" for each in why)]
        case Refuted(witness, members):
            return ["refuted", "", *_example(witness, members, names, project)]


def _example(
    witness: "Witness", members: tuple[bool, ...], names: list[str], project: Project
) -> list[str]:
    from dataclasses import replace

    zone = project.catalog.entity.zone
    text = example_text(replace(witness.customer, inside=True), project.catalog)
    shown = text.removeprefix("example in ")
    lines = ["by a customer with", *(f"  {line}" for line in shown.split("\n"))]
    if shown == "()":
        lines = ["by a customer of whom nothing is known"]
    lines.append(f"as of {shown_instant(witness.as_of, zone)} ({zone})")
    if witness.before or witness.after:
        same = witness.customer in (*witness.before, *witness.after)
        who = "just like them" if same else "of whom nothing is known"
        count = len(witness.before) + len(witness.after)
        lines.append(f"with the key {witness.key}, beside {count} others {who}")
    lines.append("")
    for name, inside in zip(names, members, strict=True):
        shown_name = " ".join(name.split())
        lines.append(f"{'in      ' if inside else 'not in  '}{shown_name}")
    return lines


def described(found: Verdict, names: list[str], project: Project) -> dict[str, Any]:
    """A verdict for machines."""
    match found:
        case Proved(assumed):
            return {"verdict": "proved", "assumed": list(assumed)}
        case Unknown(why):
            return {"verdict": "unknown", "why": list(why)}
        case Refuted(witness, members):
            zone = project.catalog.entity.zone
            return {
                "verdict": "refuted",
                "example": example_text(witness.customer, project.catalog),
                "as_of": shown_instant(witness.as_of, zone),
                "key": witness.key,
                "others": len(witness.before) + len(witness.after),
                "members": [
                    {"rule": name, "member": inside}
                    for name, inside in zip(names, members, strict=True)
                ],
            }
