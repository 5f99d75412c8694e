"""A spec page in, what a running engine answers otherwise than the reference out.

All cases of a world are asked on one load, with their negations and parts. A page's
own members are wanted too, wherever the engine's tables hold all that the page shows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from pathlib import Path

from adapted import Adapted
from engine_lab import Question, Tally, refusal, watched
from engine_table import is_run
from markdown import Case, World
from servers.running import Running
from test_spec import check, compiled, keys, on_reference
from worlds import Ground, Row

from segql.diagnostics import SegqlError, render
from segql.engines import Connection
from segql.library import Checked, Library
from segql.members import prepare
from segql.model import nodes as mdl
from segql.model import world as model
from segql.plan.build import build
from segql.project import Project, Segment
from segql.sql.compile import members


@dataclass
class EngineGround:
    """A page's world on a running engine; what the engine can't hold is changed."""

    source: Ground
    engine: Running

    @cached_property
    def project(self) -> Project:
        project = self.source.project
        bound = model.World(self.adapted.catalog, project.world.filters)
        library = Library.of(bound, self.folder / "segments")
        return Project(self.folder, project.file, library)

    @cached_property
    def rows(self) -> dict[str, list[Row]]:
        return self.adapted.tables(self.source.rows)

    @cached_property
    def adapted(self) -> Adapted:
        return self.engine.adapted(self.source.catalog)

    @property
    def folder(self) -> Path:
        return self.source.folder

    @property
    def connection(self) -> Connection:
        return self.engine.connection

    def load(self) -> None:
        types = self.adapted.types(self.source.types)
        self.engine.holder = self
        self.engine.load(self.adapted.catalog, self.rows, types)


@dataclass
class SpecLab:
    """Asks the cases of spec pages; `wrong` has the case, and what is wrong with it."""

    engine: Running
    folder: Path
    tally: Tally = field(default_factory=Tally)
    wrong: list[str] = field(default_factory=list)

    def ask(self, cases: Sequence[Case]) -> None:
        runs = [case for case in cases if not case.catalog and is_run(case)]
        for number, (world, same) in enumerate(groupby(runs, lambda case: case.world)):
            folder = self.folder / str(number)
            folder.mkdir()
            self._ask(world, list(same), folder)

    def _ask(self, world: World, cases: list[Case], folder: Path) -> None:
        source = Ground(world, folder)
        ground = EngineGround(source, self.engine)
        ground.load()
        questions: list[tuple[Case, Question]] = []
        for case in cases:
            for segment, rule, wanted in self._rules(case, ground):
                try:
                    sql, seen = self._sql(rule, segment, ground)
                except SegqlError as error:
                    self._refused(case, error)
                    break
                rows = [(key,) for key in wanted]
                question = Question(0, sql, rows, constructs=seen)
                questions.append((case, question))
        answers = self.engine.ask([each.sql for _, each in questions])
        for (case, question), answer in zip(questions, answers, strict=True):
            if why := question.refused(answer):
                self.tally.refused[why] += 1
            elif wrong := question.wrong(answer):
                self.wrong.append(f"{case}: {case.text}\n{wrong}")
            else:
                self.tally.agree(question)

    def _sql(
        self, rule: mdl.Rule, segment: Segment, ground: EngineGround
    ) -> tuple[str, set[str]]:
        plan = build({"rule": rule}, ground.project.world, segment.as_of)
        with watched() as seen:
            sql = members(plan, plan.segments[0], self.engine.dialect)
        prepare(segment, ground.connection)
        return sql, seen

    def _rules(
        self, case: Case, ground: EngineGround
    ) -> Iterator[tuple[Segment, mdl.Rule, set[object]]]:
        """The rules of a case that have an answer, each with its members."""
        checked = check(case, ground)
        for part in checked.parts if case.parts else ():
            segment = compiled(part, case, ground)
            said = dict(case.parts)[part.part or ""]
            yield segment, segment.rule, self._members(said, case, segment, ground)
        if case.faults:
            self._fault(case, checked, ground)
        elif case.members is not None:
            segment = compiled(checked, case, ground)
            wanted = self._members(case.members, case, segment, ground)
            yield segment, segment.rule, wanted
            others = mdl.Not(segment.rule)
            yield segment, others, on_reference(others, segment, ground)

    def _members(
        self, said: str, case: Case, segment: Segment, ground: EngineGround
    ) -> set[object]:
        wanted = on_reference(segment.rule, segment, ground)
        everyone = on_reference(mdl.TRUE, segment, ground)
        if not ground.adapted.lost:
            assert wanted == keys(said, everyone), case
        return wanted

    def _fault(self, case: Case, checked: Checked, ground: EngineGround) -> None:
        segment = compiled(checked, case, ground)
        try:
            found = sorted(segment.members(ground.connection))
        except SegqlError as error:
            codes = tuple(each.code for each in error.diagnostics)
            if codes == case.faults:
                self.tally.agreed += 1
            else:
                self._refused(case, error)
            return
        self.wrong.append(f"{case}: {case.text}\nno fault, but {found}")

    def _refused(self, case: Case, error: SegqlError) -> None:
        why = refusal(error)
        if why is not None:
            self.tally.refused[why] += 1
        else:
            said = "\n".join(map(render, error.diagnostics))
            self.wrong.append(f"{case}: {case.text}\n{said}")
