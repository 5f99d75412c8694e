"""What other systems can express: every rule of the table, checked and run.

How an entry is written stands in peers/README.md.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml
from markdown import Table, World
from worlds import Ground

from segql import reference
from segql.catalog.nodes import Catalog, Event
from segql.diagnostics import render
from segql.library import Checked
from segql.model import nodes as mdl
from segql.plan.build import build
from segql.project import Segment, as_instant
from segql.source import Source
from segql.sql.compile import members
from segql.syntax.print_file import print_definition

PEERS = Path(__file__).with_name("peers")
TABLES = ("languages", "commerce", "members", "refused", "more")
AS_OF = "2025-06-15T12:00:00Z"
KEYS = {
    *("id", "system", "theirs", "means", "catalog", "files", "rule", "error", "says"),
    *("why", "note", "now", "people", "facts", "events", "tables", "members"),
    "differs",
}

Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """A condition of another system, and what we make of it."""

    table: str
    said: dict[str, Any]

    def __str__(self) -> str:
        return str(self.said["id"])

    @property
    def sayable(self) -> bool:
        return self.said.get("says") != "no"

    @cached_property
    def world(self) -> World:
        catalog = PEERS / "catalogs" / f"{self.said['catalog']}.yaml"
        files = self.said.get("files", {}).items()
        return World(
            catalog.read_text(encoding="utf-8"),
            files=tuple((f"{name}.seg", f"{rule}\n") for name, rule in files),
        )


def entries() -> Iterator[Entry]:
    for table in TABLES:
        text = (PEERS / f"{table}.yaml").read_text(encoding="utf-8")
        for said in yaml.load(text, yaml.BaseLoader):
            yield Entry(table, said)


ENTRIES = tuple(entries())
RULES = [each for each in ENTRIES if each.sayable]


@pytest.fixture(scope="module")
def grounds() -> dict[World, Ground]:
    """One ground per catalog and files, as reading them takes a moment."""
    return {}


@pytest.mark.parametrize("entry", RULES, ids=str)
def test_the_rule_is_right_and_in_its_one_form(
    entry: Entry, grounds: dict[World, Ground], tmp_path: Path
) -> None:
    ground = grounds.setdefault(entry.world, Ground(entry.world, tmp_path))
    checked = check(entry, ground)
    if wanted := entry.said.get("error"):
        assert {each.code for each in checked.report.errors} == {wanted}
        return
    assert checked.report.ok, shown(checked)
    assert checked.definition is not None
    assert print_definition(checked.definition).strip() == entry.said["rule"].strip()
    for rule in rules(checked).values():
        assert compiled(rule, checked, ground).sql("duckdb")


@pytest.mark.parametrize(
    "entry", [each for each in RULES if "members" in each.said], ids=str
)
def test_the_members_are_those(entry: Entry, tmp_path: Path) -> None:
    bare = Ground(entry.world, tmp_path)
    filled = replace(entry.world, tables=tuple(tables(entry, bare.catalog)))
    ground = Ground(filled, tmp_path)
    checked = check(entry, ground)
    assert checked.report.ok, shown(checked)
    wanted = entry.said["members"]
    parts = wanted if isinstance(wanted, dict) else {"rule": wanted}
    assert set(rules(checked)) == set(parts)
    at = entry.said.get("now", AS_OF)
    everyone = found(mdl.TRUE, checked, ground, at)
    for part, rule in rules(checked).items():
        assert found(rule, checked, ground, at) == set(parts[part])
        others = found(mdl.Not(rule), checked, ground, at)
        assert others == everyone - set(parts[part])
    ground.close()


def found(rule: mdl.Rule, checked: Checked, ground: Ground, at: str) -> set[str]:
    """The members, on which the reference and DuckDB agree."""
    segment = compiled(rule, checked, ground, at)
    world = ground.project.world
    meant = reference.evaluate(rule, world, ground.rows, segment.as_of)
    rows = ground.connection.rows(members(segment.plan, segment.plan.segments[0]))
    keys = [key for (key,) in rows]
    assert len(keys) == len(set(keys)), "a member twice"
    assert set(keys) == set(meant), segment.sql()
    return {str(key) for key in keys}


def check(entry: Entry, ground: Ground) -> Checked:
    library = ground.project._library
    return library.check(Source(entry.said["rule"]), "rule")


def rules(checked: Checked) -> dict[str, mdl.Rule]:
    """The rule, or those of a partition by their names."""
    parts = {part.part or "": part.rule for part in checked.parts}
    parts = parts or {"rule": checked.rule}
    return {name: rule for name, rule in parts.items() if rule is not None}


def compiled(
    rule: mdl.Rule, checked: Checked, ground: Ground, at: str = AS_OF
) -> Segment:
    project = ground.project
    as_of = as_instant(datetime.fromisoformat(at), project.catalog.entity.zone)
    plan = build({"rule": rule}, project.world, as_of)
    return Segment(project, checked, as_of, plan)


def shown(checked: Checked) -> str:
    return "\n\n".join(render(each) for each in checked.report.diagnostics)


def tables(entry: Entry, catalog: Catalog) -> Iterator[Table]:
    """The data of an entry, as a page of the manual would show it."""
    said = entry.said
    entity = catalog.entity.table
    yield table(
        entity,
        [{entity: key, **who(row, catalog)} for key, row in said["people"].items()],
    )
    done: dict[str, list[Row]] = {}
    for row in (*said.get("facts", ()), *said.get("events", ())):
        event = catalog.events[next(iter(row))]
        done.setdefault(event.table, []).append(what(row, event))
    for name, rows in (*done.items(), *said.get("tables", {}).items()):
        yield table(name, rows)


def who(row: Row, catalog: Catalog) -> Row:
    """The cells of a customer by column; a point has two."""
    cells: Row = {}
    for name, value in row.items():
        column = catalog.attributes[name].column
        path = ".".join(column.path)
        if column.longitude:
            cells[path], cells[".".join(column.longitude)] = value
        else:
            cells[path] = value
    return cells


def what(row: Row, event: Event) -> Row:
    """The cells of an event by column."""
    (_, customer), *rest = row.items()
    cells: Row = {".".join(event.customer.path): customer}
    for name, value in rest:
        column = event.time if name == "at" else event.properties[name].column
        assert column is not None
        cells[".".join(column.path)] = value
    return cells


def table(name: str, rows: Sequence[Row]) -> Table:
    """The first column bears the table's name; rows are numbered in it if need be."""
    numbered = [{name: str(n), **row} for n, row in enumerate(rows, 1)]
    columns = tuple(dict.fromkeys(column for row in numbered for column in row))
    return Table(
        name,
        columns,
        tuple(tuple(cell(row.get(each)) for each in columns) for row in numbered),
    )


def cell(said: str | list[str] | None) -> str:
    """A cell as a page shows it: nothing is missing, quotes are empty text."""
    if isinstance(said, list):
        return json.dumps(said)
    return '""' if said == "" else said or ""


def test_every_entry_is_complete() -> None:
    ids = Counter(str(each) for each in ENTRIES)
    assert [name for name, count in ids.items() if count > 1] == []
    for entry in ENTRIES:
        said = entry.said
        assert set(said) <= KEYS, entry
        assert {"id", "system", "means"} <= set(said), entry
        needed = {"rule", "catalog"} if entry.sayable else {"why"}
        assert needed <= set(said), entry
        assert entry.table != "members" or "members" in said, entry
        assert ("people" in said) == ("members" in said), entry


def test_nearly_all_is_sayable() -> None:
    taken = [each for each in ENTRIES if each.table != "more"]
    assert sum(each.sayable for each in taken) >= 0.97 * len(taken)


def test_the_readme_shows_the_score() -> None:
    readme = (PEERS / "README.md").read_text(encoding="utf-8")
    for line in (*score(), *unsayable()):
        assert line in readme, line


def score() -> Iterator[str]:
    """How much of each system can be said, as rows of the README."""
    asked = Counter(each.said["system"] for each in ENTRIES)
    told = Counter(each.said["system"] for each in RULES)
    for system, count in sorted(asked.items(), key=lambda each: each[0].casefold()):
        yield f"| {system} | {count} | {told[system]} |"
    yield f"| **all** | **{len(ENTRIES)}** | **{len(RULES)}** |"
    taken = [each.sayable for each in ENTRIES if each.table != "more"]
    beside = [each.sayable for each in ENTRIES if each.table == "more"]
    yield f"| taken over from others | {len(taken)} | {sum(taken)} |"
    yield f"| thought of beside | {len(beside)} | {sum(beside)} |"


def unsayable() -> Iterator[str]:
    for entry in ENTRIES:
        if not entry.sayable:
            yield f"| {entry} | {entry.said['means']} | {entry.said['why']} |"
