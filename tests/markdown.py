"""Reads a spec page: worlds (a catalog, tables, definition files) and cases on them.

How a page is written stands in spec/README.md.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

SPEC = Path(__file__).with_name("spec")
SHARED = SPEC / "catalog.yaml"
AS_OF = "2025-06-15T12:00"

_CODE = re.compile(r"\b[EW][0-9]{3}\b")
_MARK = re.compile(r"(as of|param|members|error|warning|fault):(?: +(.*))?")


@dataclass(frozen=True)
class Table:
    """A table as a page shows it; the first column bears the table's name."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class World:
    """What the rules of a page see; `project` is a project file that settles levels."""

    catalog: str
    tables: tuple[Table, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    project: str = ""

    def with_table(self, table: Table) -> "World":
        others = tuple(each for each in self.tables if each.name != table.name)
        return replace(self, tables=(*others, table))

    def with_file(self, name: str, text: str) -> "World":
        others = tuple(each for each in self.files if each[0] != name)
        return replace(self, files=(*others, (name, text)))


@dataclass
class Case:
    """A rule, a definition file or a catalog, and what is said of it.

    A project file is a kind of catalog here: `project` is true as well.

    `members` is None where there are errors; `parts` has those of each part of a
    partition. `shown` is the text of all diagnostics and
    `printed` the rule in its one form, None where the page does not show them. `tried`
    has what `segql test` says of the file, and with which flag, `diffed` what
    `segql diff` says of which files.
    """

    page: str
    line: int
    text: str
    world: World
    as_of: str
    file: str | None = None
    catalog: bool = False
    project: bool = False
    params: Mapping[str, str] = field(default_factory=dict)
    members: str | None = None
    codes: tuple[str, ...] = ()
    shown: str | None = None
    printed: str | None = None
    repeated: bool = False
    tried: tuple[tuple[str, str], ...] = ()
    diffed: tuple[tuple[tuple[str, ...], str], ...] = ()
    parts: tuple[tuple[str, str], ...] = ()

    @property
    def told(self) -> bool:
        """Whether the page says what comes of it."""
        refused = any(code.startswith("E") for code in self.codes)
        shown = self.shown is not None or bool(self.parts or self.tried or self.diffed)
        return self.members is not None or refused or shown

    @property
    def faults(self) -> tuple[str, ...]:
        """The codes of what is wrong with the data, and found only by a run."""
        return tuple(code for code in self.codes if code.startswith("E5"))

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """The pages in reading order."""
    return sorted(SPEC.glob("[0-9]*.md"))


def cases(path: Path) -> list[Case]:
    reader = _Reader(path)
    for number, block in _blocks(path.read_text(encoding="utf-8")):
        reader.block(number, block)
    assert reader.case is None or reader.case.told, f"{path.name}: a rule without end"
    return reader.cases


def layouts(path: Path) -> list[tuple[int, str, str]]:
    """The texts of a page that are shown as they are written and in the one form."""
    found: list[tuple[int, str, str]] = []
    written = None
    for number, block in _blocks(path.read_text(encoding="utf-8")):
        text = "\n".join(block[1:-1]) + "\n"
        if block[0] == "```segql written":
            assert written is None, f"{path.name}:{number}: what becomes of it?"
            written = number, text
        elif block[0] == "```segql formatted":
            assert written is not None, f"{path.name}:{number}: of what?"
            found.append((*written, text))
            written = None
    assert written is None, f"{path.name}: what becomes of the last one?"
    return found


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Fenced blocks, tables, and every other line alone, with their line numbers."""
    lines = text.splitlines()
    index = 0
    while index < len(lines):
        start, line = index, lines[index]
        index += 1
        if line.startswith("```"):
            while not lines[index].startswith("```"):
                index += 1
            index += 1
        elif line.startswith("|"):
            while index < len(lines) and lines[index].startswith("|"):
                index += 1
        yield start + 1, lines[start:index]


class _Reader:
    """Goes through a page once: what stands further up holds further down."""

    def __init__(self, path: Path) -> None:
        self.page = path.stem
        self.world = self.before = World(SHARED.read_text(encoding="utf-8"))
        self.as_of = AS_OF
        self.case: Case | None = None
        self.cases: list[Case] = []

    def block(self, line: int, block: list[str]) -> None:
        head = block[0]
        if head.startswith("```"):
            self.fence(line, head.removeprefix("```").split(), "\n".join(block[1:-1]))
        elif head.startswith("|"):
            self.table(line, [_cells(row) for row in block if not _is_rule(row)])
        elif found := _MARK.fullmatch(head):
            self.mark(found[1], (found[2] or "").strip())

    def fence(self, line: int, words: list[str], text: str) -> None:
        match words:
            case ["segql", "written" | "formatted"]:
                self.close()
            case ["segql"]:
                self.open(Case(self.page, line, text, self.world, self.as_of))
            case ["segql", "printed"]:
                assert self.case, f"{self.page}:{line}: no rule above"
                self.case.printed = text
            case ["segql", name]:
                self.close()
                self.world = self.world.with_file(name, text + "\n")
                case = Case(self.page, line, text, self.world, self.as_of, file=name)
                self.open(case)
            case ["python"]:
                rule = eval(text, {})
                self.open(Case(self.page, line, rule, self.world, self.as_of))
            case ["yaml", "catalog"]:
                self.close()
                self.before = self.world
                self.world = World(text + "\n")
                case = Case(self.page, line, text, self.world, self.as_of, catalog=True)
                self.open(case)
            case ["diff", *words]:
                assert self.case, f"{self.page}:{line}: no file above"
                assert self.case.file, f"{self.page}:{line}: no file above"
                self.case.diffed += ((tuple(words), text),)
                self.keep()
            case ["test", *flags]:
                assert self.case, f"{self.page}:{line}: no file above"
                assert self.case.file, f"{self.page}:{line}: no file above"
                self.case.tried += (("".join(flags), text),)
                self.keep()
            case ["yaml", "project"]:
                self.close()
                self.before = self.world
                self.world = replace(self.world, project=text + "\n")
                case = Case(self.page, line, text, self.world, self.as_of, catalog=True)
                case.project = True
                self.open(case)
            case ["diagnostics"]:
                assert self.case, f"{self.page}:{line}: no rule above"
                self.case.shown = text
                self.keep()
            case _:
                self.close()

    def table(self, line: int, rows: list[list[str]]) -> None:
        head, *body = rows
        if head[0] == "rule":
            self.close()
            for number, (rule, outcome, *_) in enumerate(body, line + 2):
                case = Case(self.page, number, _code(rule), self.world, self.as_of)
                self.open(case)
                self.outcome(outcome)
        elif head[0] == "part":
            assert self.case is not None
            assert self.case.file, f"{self.page}:{line}: no partition"
            self.case.parts = tuple((part.strip("`"), who) for part, who in body)
            self.keep()
        elif head[0] in ("claim", "asked"):
            self.close()
        elif head[0] == "as of":
            before = self.as_of
            for as_of, outcome, *_ in body:
                self.mark("as of", as_of)
                self.outcome(outcome)
            self.as_of = before
        else:
            self.close()
            columns = tuple(head)
            table = Table(columns[0], columns, tuple(map(tuple, body)))
            self.world = self.world.with_table(table)

    def mark(self, kind: str, said: str) -> None:
        if kind == "as of":
            self.as_of = said
            if self.case and self.case.told:
                self.again()
            elif self.case:
                self.case.as_of = said
            return
        assert self.case, f"{self.page}: `{kind}: {said}` without a rule above"
        match kind:
            case "param":
                name, _, value = said.partition("=")
                if self.case.told:
                    self.again()
                self.case.params = {**self.case.params, name.strip(): value.strip()}
            case "members":
                self.outcome(said)
            case "error" | "warning" | "fault":
                self.case.codes = (*self.case.codes, *_CODE.findall(said))
        self.keep()

    def outcome(self, said: str) -> None:
        assert self.case
        if self.case.members is not None:
            self.again()
        codes = tuple(_CODE.findall(said))
        self.case.codes = (*self.case.codes, *codes)
        if not any(code.startswith("E") for code in codes):
            self.case.members = _CODE.sub("", said).strip(" ·")
        self.keep()

    def again(self) -> None:
        """The same rule once more, under other circumstances."""
        assert self.case
        self.case = replace(
            self.case,
            members=None,
            codes=tuple(code for code in self.case.codes if code.startswith("W")),
            as_of=self.as_of,
            repeated=True,
        )

    def keep(self) -> None:
        if self.case and self.case.told and self.case not in self.cases:
            self.cases.append(self.case)

    def open(self, case: Case) -> None:
        self.close()
        self.case = case

    def close(self) -> None:
        """Ends the case above. A rule has an outcome; files and catalogs may."""
        case, self.case = self.case, None
        if case is None:
            return
        said = case.told or case.file or case.catalog or case.repeated
        assert said, f"{case}: nothing is said of it"
        if case.catalog and any(code.startswith("E") for code in _codes(case)):
            self.world = self.before


def _codes(case: Case) -> tuple[str, ...]:
    return case.codes or tuple(_CODE.findall(case.shown or ""))


def _cells(row: str) -> list[str]:
    parts = re.split(r"(?<!\\)\|", row.strip())[1:-1]
    return [part.strip().replace("\\|", "|") for part in parts]


def _is_rule(row: str) -> bool:
    return not row.strip("|-: ")


def _code(cell: str) -> str:
    """The text between backticks."""
    found = re.fullmatch(r"(`+) ?(.*?) ?\1", cell)
    assert found, f"a rule stands in backticks: {cell}"
    return found[2]
