"""The house rules that a machine can keep."""

import ast
import logging
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import manual_site
import pytest
from lark import Lark

from segql.catalog.words import RESERVED
from segql.model.check_names import BUILT_INS
from segql.syntax import print_leaves as printer
from segql.syntax.parse import load_grammar

ROOT = Path(__file__).parents[1]
CODE = sorted((ROOT / "segql").rglob("*.py"))
MESSAGES = sorted((ROOT / "segql/messages").glob("*.py"))
PAGES = sorted((ROOT / "tests/spec").glob("*.md"))
EXPLAINED = sorted((ROOT / "segql/explain").glob("*.md"))


def text_of(*paths: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def functions_of_messages() -> Iterator[tuple[str, str, str]]:
    """The module, the function and the code of every diagnostic that is made."""
    for path in MESSAGES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                for code in set(re.findall(r'"([EW]\d{3})"', ast.unparse(node))):
                    yield path.stem, node.name, code


FUNCTIONS = sorted(functions_of_messages())
CODES = sorted({code for _, _, code in FUNCTIONS})


def test_each_code_belongs_to_one_module() -> None:
    modules: dict[str, set[str]] = {}
    for module, _, code in FUNCTIONS:
        modules.setdefault(code, set()).add(module)
    assert {code: m for code, m in modules.items() if len(m) > 1} == {}


@pytest.mark.parametrize(
    "module", ["reading", "names", "types", "plan", "lints", "engine", "server"]
)
def test_each_code_has_one_function(module: str) -> None:
    """In the catalog's messages one code may have variants of one mistake."""
    codes = [code for where, _, code in FUNCTIONS if where == module]
    assert [code for code in codes if codes.count(code) > 1] == []


def test_each_code_has_its_page() -> None:
    known = text_of(*PAGES) + " ".join(path.stem for path in EXPLAINED)
    assert [code for code in CODES if code not in known] == []


def test_each_function_of_a_message_is_used() -> None:
    used = set(re.findall(r"\.(\w+)", text_of(*CODE)))
    assert [
        f"{module}.{name}"
        for module, name, _ in FUNCTIONS
        if not name.startswith("_") and name not in used
    ] == []


def test_each_built_in_has_its_page() -> None:
    pages = text_of(*PAGES)
    assert [name for name in BUILT_INS if f"{name}(" not in pages] == []


def test_pages_are_numbered_and_listed() -> None:
    numbered = [page for page in PAGES if page.stem[0].isdigit()]
    numbers = [int(page.stem[:2]) for page in numbered]
    assert numbers == list(range(1, len(numbered) + 1))
    index = (ROOT / "tests/spec/README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[(\d\d) .*?\]\((.*?)\) \|", index, re.MULTILINE)
    assert listed == [(page.name[:2], page.name) for page in numbered]


def test_the_site_has_every_page_in_order() -> None:
    config = manual_site.on_config({"docs_dir": str(ROOT / "tests/spec")})
    parts = [part for entry in config["nav"] for part in entry.values()]
    paths = [
        path
        for part in parts
        if isinstance(part, list)
        for entry in part
        for path in entry.values()
    ]
    assert paths == [page.name for page in PAGES if page.stem[0].isdigit()]
    shown = manual_site.on_page_markdown(
        "```segql vip.seg\nbought\n```\n| `a \\| b` |\n"
    )
    assert shown == "**vip.seg**\n\n```segql\nbought\n```\n| `a | b` |\n"


def prose(page: Path) -> str:
    """A page without its fenced blocks and code."""
    text = page.read_text(encoding="utf-8")
    text = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", lambda code: code[0].strip("`"), text)


def anchors(page: Path) -> set[str]:
    """Where a link into a page can lead: its headings, as code hosts name them."""
    heads = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    names = [re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads]
    return {
        f"{name}-{names[:i].count(name)}".removesuffix("-0")
        for i, name in enumerate(names)
    }


def test_links_lead_somewhere() -> None:
    dead = []
    for page in tracked():
        if page.suffix != ".md" or not page.is_file():
            continue
        for link in re.findall(r"\]\(([^)\s]+)", prose(page)):
            target, _, anchor = link.partition("#")
            there = page.parent / target if target else page
            known = "://" in target or there.exists()
            if not known or (anchor and anchor not in anchors(there)):
                dead.append(f"{page.relative_to(ROOT)}: {link}")
    assert dead == []


def test_tables_are_even() -> None:
    """Rows as long as their head, a blank line above: so every host shows them."""
    odd = []
    for page in PAGES:
        text = re.sub(r"(?ms)^```.*?^```$", "", page.read_text(encoding="utf-8"))
        for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
            rows = table.splitlines()
            bars = {len(re.findall(r"(?<!\\)\|", row)) for row in rows}
            if len(bars) > 1 or text[text.index(table) - 2 :][:2] != "\n\n":
                odd.append(f"{page.name}: {rows[0]}")
    assert odd == []


def test_the_grammar_reserves_the_words_that_no_name_can_be() -> None:
    found = re.search(r"^NAME: /\(\?!\(\?:(.*?)\)", load_grammar(), re.MULTILINE)
    assert found
    assert set(found[1].split("|")) == RESERVED == printer.RESERVED


def test_the_manual_names_the_reserved_words() -> None:
    page = (ROOT / "tests/spec/33_names_and_words.md").read_text(encoding="utf-8")
    sentence = re.search(r"Only these words are reserved.*?: (.*?)\. ", page, re.DOTALL)
    assert sentence
    assert set(re.findall(r"`(\w+)`", sentence[1])) == RESERVED


def test_the_grammar_has_no_conflicts() -> None:
    logging.getLogger("lark").setLevel(logging.CRITICAL)
    Lark(load_grammar(), parser="lalr", strict=True)


def test_no_file_is_long() -> None:
    """Lists of messages and of nodes, which nobody reads through, may be longer."""
    long = {}
    for path in CODE:
        length = len(path.read_text(encoding="utf-8").splitlines())
        listed = path in MESSAGES or path.name == "nodes.py"
        if length > (600 if listed else 460):
            long[path.name] = length
    assert long == {}


def test_each_module_says_what_it_is() -> None:
    silent = []
    for path in CODE:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if tree.body and not ast.get_docstring(tree):
            silent.append(path.name)
    assert silent == []


def tracked() -> list[Path]:
    """The files of the project; those of git, or all where there is no git."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return [path for path in ROOT.rglob("*") if path.is_file()]
    return [ROOT / name for name in listed.stdout.splitlines()]


TEXTS = {".py", ".md", ".lark", ".toml", ".yaml", ".yml", ".json", ".seg", ".sql"}


def test_no_text_names_a_machine() -> None:
    paths = re.compile(rf"/(?:home|Users|root)/\w|{re.escape(ROOT.as_posix())}/")
    found = [
        path.relative_to(ROOT).as_posix()
        for path in tracked()
        if path.suffix in TEXTS
        and path.is_file()
        and path != Path(__file__)
        and paths.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
