"""Every engine that is here finds whom the reference finds.

The spec pages, what was once answered in two ways, random rules, and an example run
on each, through segql's own connection. What a dialect refuses to compile must stand
in `servers/refused.json`, and never counts as answered.

`SEGQL_ENGINES=postgres,spark` asks these alone. Where each query costs much, a share
of the cases is asked; `SEGQL_PROFILE=engines` asks all, on all.
"""

import os
from collections import Counter
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import servers
from adapted import Adapted
from deep import case_of
from differential import Case, reduced
from engine_lab import EngineLab, Tally, refusal
from engine_table import EMULATED, refused
from markdown import cases, pages
from pyarrow import parquet
from servers.running import Running
from spec_lab import SpecLab
from test_differential import FROZEN, LARGE, large
from test_examples import EXAMPLES, expected, project

from segql.catalog.nodes import Catalog
from segql.diagnostics import SegqlError
from segql.library import Library
from segql.model.world import World
from segql.project import Project

ROOT = Path(__file__).parents[1]
ALL = os.environ.get("SEGQL_PROFILE", "shallow") != "shallow"
SHARE = {"spark": 8}
"""Of so many cases, one is asked of an engine whose every query costs much."""
SEEDS = range(40)
"""Random worlds, each with some ten rules."""

Ask: TypeAlias = Callable[[str], Running]
Record: TypeAlias = Callable[[str, Any], None]


def some(engine: str, items: list[Any], salt: int = 0) -> list[Any]:
    share = 1 if ALL else SHARE.get(engine, 1)
    return items[salt % share :: share]


def on_each(items: list[Any], sampled: bool = False) -> Any:
    """Every present engine with each of the items, or with some of them."""
    return pytest.mark.parametrize(
        ("engine", "item"),
        [
            pytest.param(engine, item, id=f"{engine}-{item}")
            for engine in servers.present()
            for item in (some(engine, items) if sampled else items)
        ],
    )


def told(record: Record, engine: Running, tally: Tally, place: str) -> None:
    """For the line at the end; a refusal that nobody knows of fails the test."""
    record("engine", engine.name)
    record("version", engine.connection.engine)
    record("agreed", tally.agreed)
    record("refused", {place: dict(tally.refused)})
    as_known(engine.name, tally, place, exact=ALL or engine.name not in SHARE)


def as_known(name: str, tally: Tally, place: str, exact: bool) -> None:
    if os.environ.get("SEGQL_REFUSED") == "write":
        return
    if place == "random":
        known = {why for reasons in refused(name).values() for why in reasons}
        assert set(tally.refused) <= known
        return
    counts = refused(name).get(place, Counter())
    assert tally.refused <= counts
    assert tally.refused == counts or not exact


@on_each([page.stem for page in pages()])
def test_spec(
    engine: str, item: str, running: Ask, tmp_path: Path, record_property: Record
) -> None:
    [page] = [page for page in pages() if page.stem == item]
    lab = SpecLab(running(engine), tmp_path)
    lab.ask(some(engine, cases(page), int(item[:2])))
    told(record_property, lab.engine, lab.tally, item)
    assert not lab.wrong, "\n\n".join(lab.wrong)


@on_each([*FROZEN, *LARGE], sampled=True)
def test_frozen(engine: str, item: str, running: Ask, record_property: Record) -> None:
    lab = EngineLab(running(engine))
    case = FROZEN[item] if item in FROZEN else large(item)
    wrong = [found for _, found in lab.differences(case)]
    told(record_property, lab.engine, lab.tally, item)
    assert not wrong, "\n\n".join(wrong)


@on_each(list(SEEDS), sampled=True)
def test_random(engine: str, item: int, running: Ask, record_property: Record) -> None:
    lab = EngineLab(running(engine))
    case = case_of(item)
    wrong = list(lab.differences(case))
    told(record_property, lab.engine, lab.tally, "random")
    for number, _ in wrong:
        alone = Case(case.world, case.as_of, (case.rules[number],), case.tables)
        small = reduced(alone, lab.disagrees, tries=300)
        raise AssertionError(f"{small}\n{list(lab.differences(small))}")


EMULATED_SHARE = 1 if ALL else 12


@pytest.mark.parametrize(
    ("dialect", "engine", "item"),
    [
        pytest.param(dialect, engine, page.stem)
        for dialect, engine in EMULATED.items()
        for page in pages()
        if engine in servers.present()
    ],
)
def test_emulated(
    dialect: str,
    engine: str,
    item: str,
    running: Ask,
    tmp_path: Path,
    record_property: Record,
) -> None:
    """A dialect on an engine that understands it, without being its own."""
    [page] = [page for page in pages() if page.stem == item]
    here = copy(running(engine))
    here.dialect = dialect
    lab = SpecLab(here, tmp_path)
    lab.ask(cases(page)[int(item[:2]) % EMULATED_SHARE :: EMULATED_SHARE])
    record_property("dialect", dialect)
    record_property("refused", {item: dict(lab.tally.refused)})
    as_known(dialect, lab.tally, item, exact=ALL)
    assert not lab.wrong, "\n\n".join(lab.wrong)


# ---- an example


def whole(engine: Running, catalog: Catalog) -> Adapted:
    """No cell is lost: where no list can be missing, all lists are JSON."""
    holds = engine.holds
    if holds.lists == "known":
        holds = replace(holds, lists="none")
    return Adapted(catalog, holds)


@pytest.fixture(scope="module")
def shop(running: Ask) -> Callable[[str], Project]:
    """The example shop on an engine, by hand-written SQL's members."""
    loaded: dict[str, Project] = {}

    def on(engine: str) -> Project:
        here = running(engine)
        if engine in loaded and here.holder is on:
            return loaded[engine]
        source, _ = project("shop")
        adapted = whole(here, source.catalog)
        tables = {
            path.stem: parquet.read_table(path).to_pylist()
            for path in sorted((ROOT / "examples/shop/data").glob("*.parquet"))
        }
        here.load(adapted.catalog, adapted.tables(tables), {})
        assert not adapted.lost
        here.holder = on
        world = World(adapted.catalog, source.world.filters)
        library = Library.of(world, source.folder / source.file.segments)
        loaded[engine] = Project(source.folder, source.file, library)
        return loaded[engine]

    return on


@on_each(list(expected("shop")), sampled=True)
def test_example(
    engine: str,
    item: str,
    running: Ask,
    shop: Callable[[str], Project],
    record_property: Record,
) -> None:
    _, by_hand = project("shop")
    wanted = {key for (key,) in by_hand.rows(expected("shop")[item]["sql"])}
    segment = shop(engine).segment(item, as_of=EXAMPLES["shop"])
    here, tally = running(engine), Tally()
    try:
        found = list(segment.members(here.connection))
        assert len(found) == len(set(found)), "a member came twice"
        assert set(found) == wanted
        assert segment.members(here.connection).count() == len(wanted)
        tally.agreed += 1
    except SegqlError as error:
        why = refusal(error)
        if why is None:
            raise
        tally.refused[why] += 1
    told(record_property, here, tally, f"shop/{item}")
