"""What others write reaches SQL as a literal or a quoted name, and nothing else.

Texts of rules and parameters, and names of catalogs, with all that SQL dialects take
for quotes, escapes, comments and ends of statements; then any text at all, which may
be wrong, but never breaks the compiler, nor makes it slow.
"""

import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlglot
from hypothesis import example, given, settings
from hypothesis import strategies as st
from random_worlds import world as random_world
from sqlglot import exp
from warehouse_of import warehouse_of

from segql.catalog.read import read_catalog
from segql.diagnostics import Report, SegqlError, render
from segql.model import regex
from segql.model.bind import bind
from segql.model.check_file import check
from segql.model.world import World
from segql.plan.build import build
from segql.reference import evaluate
from segql.source import Source
from segql.sql.compile import DIALECTS, members
from segql.sql.dialects import speech
from segql.syntax import nodes as syn
from segql.syntax.parse import parse
from segql.syntax.print import print_expr

logging.getLogger("sqlglot").setLevel(logging.ERROR)

AS_OF = datetime(2025, 6, 1, tzinfo=UTC)
FEW = settings(max_examples=10, deadline=None, derandomize=True, database=None)

PIECES = (
    "'", "''", '"', '""', "\\", "\\'", '\\"', "\\\\", "`", "``", "[", "]", "]]", "{",
    "}",
    "--", "-- ", "/*", "*/", "#", ";", "; DROP TABLE customers; --", "$$", "$a$",
    "$1", "?",
    ":x", "@x", "%s", "%", "_", "{{x}}", "{% x %}", "${x}", "E'", "N'", "r'", "X'",
    "||",
    "\n", "\r\n", "\t", "\x0b", "\x0c", "\x1a", "\x01", "\b", "\x7f", "\x85", "\u2028",
    "\u00a0", "\ufeff", "\u200d", "\u202e", "\u200f", "\u2066", "🙂", "é", "e\u0301",
    "ß", "ʼ", "＇", "﹨", "＼", "\\n", "\\u0027", "\\x27", "\\047", "\\0", "&apos;",
    "a", "b ",
    " or 1=1", "NULL", "select", "🏳️‍🌈", "\ufffe", "\U0010ffff",
)  # fmt: skip
nasty = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join)
texts = nasty | st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8
)
columns = texts.filter(lambda text: text.strip() != "")
tables = columns.map(lambda text: text.replace(".", "·")).filter(
    lambda text: text.strip() != ""
)


def world(catalog: dict[str, Any]) -> World:
    source = Source(_yaml(catalog), "catalog.yaml")
    report = Report(source)
    read = read_catalog(source, report)
    bound = read and bind(read, report)
    assert bound is not None, "\n".join(map(render, report.diagnostics))
    return bound


def _yaml(node: Any) -> str:
    """JSON with what YAML wants escaped, astral characters as one escape."""
    match node:
        case dict():
            parts = (f"{_yaml(key)}: {_yaml(value)}" for key, value in node.items())
            return "{" + ", ".join(parts) + "}"
        case list():
            return "[" + ", ".join(map(_yaml, node)) + "]"
        case bool():
            return str(node).lower()
        case _:
            shown = "".join(
                c if " " <= c <= "~" and c not in '"\\' else f"\\U{ord(c):08x}"
                for c in str(node)
            )
            return f'"{shown}"'


def sql(
    bound: World,
    rule: str,
    dialect: str,
    attributes: tuple[str, ...] = (),
    **params: object,
) -> str:
    """The SQL of a rule; nothing where the dialect refuses it."""
    source = Source(rule)
    report = Report(source)
    tree = parse(source, report)
    meaning = tree and check(tree, bound, report, params=params)
    assert meaning is not None, "\n".join(map(render, report.diagnostics))
    plan = build({"rule": meaning}, bound, AS_OF)
    try:
        return members(plan, plan.segments[0], dialect, attributes=attributes)
    except SegqlError as error:
        assert {each.code for each in error.diagnostics} == {"E405"}
        return ""


def read_back(text: str, dialect: str) -> tuple[set[str], set[str]]:
    """The string literals and the quoted names of what must be one query."""
    statements = sqlglot.parse(text, dialect=speech(dialect).sqlglot)
    assert len(statements) == 1, text
    [tree] = statements
    assert isinstance(tree, exp.Query), text
    assert not any(node.comments for node in tree.walk()), text
    literals = {each.this for each in tree.find_all(exp.Literal) if each.is_string}
    names = {each.this for each in tree.find_all(exp.Identifier) if each.quoted}
    return literals, names


PLAIN = {
    "entity": {"table": "customers", "key": "id", "zone": "Europe/Berlin"},
    "attributes": {"city": "text", "tags": "list of text"},
    "events": {
        "bought": {
            "table": "orders",
            "customer": "customer",
            "time": {"column": "bought_at", "type": "timestamp", "zone": "UTC"},
            "properties": {"kind": "text"},
            "argument": "kind",
        }
    },
}


@pytest.mark.parametrize("dialect", DIALECTS)
@FEW
@given(text=texts)
@example("'")
@example("\\")
@example("\\'")
@example("'; DROP TABLE customers; --")
@example("")
def test_a_text_of_a_rule_is_one_literal(dialect: str, text: str) -> None:
    bound = world(PLAIN)
    shown = print_expr(syn.Text(text))
    # Every known text starts with the empty one: nothing is left to compare.
    parts = (
        f"city starts with {shown} or city ends with {shown} or city contains {shown}"
    )
    for rule in (
        *([parts] if text else []),
        f"city = {shown}",
        f"city != {shown}",
        f'city in ({shown}, "a")',
        f"tags has {shown}",
        f'tags has any of ({shown}, "a")',
        f"bought({shown}) >= 2",
        f"bought(kind != {shown})",
        f"max(bought.kind) = {shown}",
    ):
        if shown_sql := sql(bound, rule, dialect):
            literals, _ = read_back(shown_sql, dialect)
            assert dialect in ENCODED or text in literals, rule
    rule = 'param p: text = "x"\nwhere city = p and bought(p)'
    if shown_sql := sql(bound, rule, dialect, p=text):
        literals, _ = read_back(shown_sql, dialect)
        assert dialect in ENCODED or text in literals


ENCODED = (
    *("databricks", "mariadb", "mysql", "spark", "sqlite"),
    *("fabric", "teradata", "tsql"),
)
"""Dialects that write some texts in pieces, with a mark at the end, or as bytes."""
AS_IT_IS = ("athena", "bigquery", "duckdb", "presto", "snowflake", "trino")
"""Dialects whose engines read patterns as we write them."""


@pytest.mark.parametrize("dialect", DIALECTS)
@FEW
@given(text=texts)
def test_a_pattern_is_one_literal(dialect: str, text: str) -> None:
    pattern = "".join(f"\\{c}" if c in ".^$*+?()[]{}|\\" else c for c in text)
    if not pattern or regex.problem(pattern):
        return
    rule = f"city matches {print_expr(syn.Text(pattern))}"
    if shown := sql(world(PLAIN), rule, dialect):
        literals, _ = read_back(shown, dialect)
        if dialect in AS_IT_IS:
            assert any(regex.portable(pattern) in each for each in literals)


def named(table: str, column: str, field: str) -> dict[str, Any]:
    """A catalog with these names in every place that takes one."""
    return {
        "entity": {
            "table": table,
            "key": [column],
            "zone": "UTC",
            "since": {"column": [f"{column}0"], "type": "timestamp"},
        },
        "attributes": {
            "plain": {"type": "integer", "column": [f"{column}1"]},
            "inside": {"type": "text", "column": [f"{column}2", field]},
            "path": {
                "type": "text",
                "column": [f"{column}3", field],
                "stored": "json",
            },
            "other": {
                "type": "integer",
                "column": [f"{column}4"],
                "table": f"{table}1",
                "key": [column, field],
            },
        },
        "events": {
            "bought": {
                "table": f"{table}2",
                "joins": {
                    "order": {"table": f"{table}3", "on": {column: [column, field]}}
                },
                "customer": ["order", f"{column}5"],
                "time": {"column": [f"{column}6"], "type": "timestamp"},
                "properties": {"kind": {"type": "text", "column": [f"{column}7"]}},
                "tie_break": [f"{column}8"],
            },
            "seen": {
                "table": f"{table}4",
                "customer": [column],
                "time": {"column": [f"{column}6"], "type": "date"},
                "unique": [field],
            },
        },
    }


RULES: dict[str, Callable[[str, str, str], set[str]]] = {
    "plain = 1": lambda t, c, f: {t, c, f"{c}0", f"{c}1"},
    'inside = "a"': lambda t, c, f: {f"{c}2", f},
    'path = "a"': lambda t, c, f: {f"{c}3"},
    "other > 1": lambda t, c, f: {f"{t}1", f"{c}4", c, f},
    'bought(kind = "a")': lambda t, c, f: {f"{t}2", f"{t}3", f"{c}5", f"{c}6", f"{c}7"},
    'max(bought.kind) = "a"': lambda t, c, f: {f"{c}7"},
    'last(bought).kind = "a"': lambda t, c, f: {f"{c}8"},
    "seen >= 2": lambda t, c, f: {f"{t}4", c, f},
}

TOKENS_ONLY = frozenset(["fabric", "oracle", "presto", "sqlite", "teradata", "tsql"])
"""Dialects without structs, as which sqlglot cannot read back what it wrote."""


@pytest.mark.parametrize("dialect", DIALECTS)
@FEW
@given(table=tables, column=columns, field=columns)
@example('a"; drop table x; --', 'a"; drop table x; --', 'a"; drop table x; --')
@example("a`; --", "a`; --", "a`; --")
@example("a]; --", "a]; --", "a]; --")
@example("a\\", "a\\", "a\\")
def test_names_of_a_catalog_are_quoted_names(
    dialect: str, table: str, column: str, field: str
) -> None:
    bound = world(named(table, column, field))
    for rule, wanted in RULES.items():
        if not (text := sql(bound, rule, dialect)):
            continue
        if rule.startswith("last") and dialect in TOKENS_ONLY:
            names = token_texts(text, dialect)
        else:
            literals, names = read_back(text, dialect)
            if dialect == "doris":  # whose STRUCT_ELEMENT takes a field's name as text
                names |= literals
        wished = {name for name in wanted(table, column, field) if not _plain(name)}
        assert wished <= names, f"{rule}\n{text}"


def _plain(name: str) -> bool:
    return name.isascii() and name.isidentifier()


def token_texts(text: str, dialect: str) -> set[str]:
    tokens = sqlglot.tokenize(text, dialect=speech(dialect).sqlglot)
    kinds = {token.token_type.name for token in tokens}
    assert not kinds & {"SEMICOLON", "COMMENT"}, text
    assert not any(token.comments for token in tokens), text
    return {token.text for token in tokens if token.token_type.name == "IDENTIFIER"}


# ---- the same on the engine itself


@settings(FEW, max_examples=150)
@given(table=tables, column=columns, field=columns, text=texts)
@example('a"; drop table x; --', 'a"', "b'", "c\\")
@example("a\\", "a\\", 'a\\"', 'a\\"')
@example("*", "*", "*", "*")
@example("a", "a", "[0]", "$")
def test_duckdb_finds_names_and_texts(
    table: str, column: str, field: str, text: str
) -> None:
    bound = world(named(table, column, field))
    rows: dict[str, list[dict[str, Any]]] = {
        table: [
            {
                column: number,
                f"{column}0": None,
                f"{column}1": number,
                f"{column}2": {field: cell},
                f"{column}3": json.dumps({field: cell}),
            }
            for number, cell in enumerate((text, "other", None), 1)
        ],
        f"{table}1": [{column: {field: 2}, f"{column}4": 5}],
        f"{table}2": [
            {
                column: {field: 7},
                f"{column}6": datetime(2025, 1, day, tzinfo=UTC),
                f"{column}7": kind,
                f"{column}8": day,
            }
            for day, kind in ((1, "a"), (2, text))
        ],
        f"{table}3": [{column: 7, f"{column}5": 3}],
        f"{table}4": [],
    }
    if len({name.casefold() for name in (*rows, "x")}) < 6 or _same_to_duckdb(rows):
        return
    connection = warehouse_of(bound.catalog, rows)
    shown = print_expr(syn.Text(text))
    for rule in (
        f"inside = {shown}",
        f"path = {shown}",
        f"path contains {shown}",
        f"not path in ({shown})",
        "other = 5",
        f"last(bought).kind = {shown}",
        f"bought(kind = {shown})",
    ):
        source = Source(rule)
        report = Report(source)
        tree = parse(source, report)
        meaning = tree and check(tree, bound, report)
        assert meaning is not None
        found = connection.execute(sql(bound, rule, "duckdb")).fetchall()
        wanted = evaluate(meaning, bound, rows, AS_OF)
        assert {key for (key,) in found} == wanted, rule


@pytest.mark.parametrize("distinct", [False, True])
def test_keys_inside_structs(distinct: bool) -> None:
    bound = world(
        {
            "entity": {
                "table": "orders",
                "key": ["who", "id"],
                "zone": "UTC",
                "distinct": distinct,
            },
            "attributes": {"tier": {"type": "text", "table": "tiers", "key": "id"}},
            "events": {
                "bought": {
                    "table": "orders",
                    "customer": ["who", "id"],
                    "time": {"column": "day", "type": "date"},
                }
            },
        }
    )
    keys = ["a", "b"] + ["a", None] * distinct
    rows: dict[str, list[dict[str, Any]]] = {
        "orders": [{"who": {"id": key}, "day": date(2025, 1, 1)} for key in keys],
        "tiers": [{"id": "a", "tier": "gold"}, {"id": None, "tier": "gold"}],
    }
    connection = warehouse_of(bound.catalog, rows)
    for rule, wanted in (
        ("everyone", {"a", "b"}),
        ('tier = "gold"', {"a"}),
        ("tier is missing", {"b"}),
        ('bought(customer.tier = "gold")', {"a"}),
        ('tier = "gold" and bought >= 1', {"a"}),
        ("bought >= 2", {"a"} if distinct else set()),
    ):
        found = connection.execute(sql(bound, rule, "duckdb")).fetchall()
        assert sorted(key for (key,) in found) == sorted(wanted), rule


def _same_to_duckdb(rows: dict[str, list[dict[str, Any]]]) -> bool:
    """Whether two columns of a table differ for us but not for DuckDB."""
    return any(
        len({column.casefold() for column in row}) < len(row)
        for rows_ in rows.values()
        for row in rows_[:1]
    )


# ---- what is refused


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "\udfff"])
def test_texts_that_no_engine_holds_are_refused(text: str) -> None:
    bound = world(PLAIN)
    rule = 'param p: text = "x"\nwhere city = p'
    report = Report(Source(rule))
    tree = parse(Source(rule), report)
    assert tree is not None
    check(tree, bound, report, params={"p": text})
    assert not report.ok
    for written in (f'city = "{text}"', f"`{text}` = 1", f"# {text}\ncity = 1"):
        report = Report(Source(written))
        tree = parse(Source(written), report)
        if tree is not None and not written.startswith("#"):
            check(tree, bound, report)
            assert not report.ok


def test_a_list_given_for_a_parameter_has_its_limit() -> None:
    rule = "param p: list of text\nwhere city in p"
    tree = parse(Source(rule), Report(Source(rule)))
    assert tree is not None
    for many, codes in ((10_000, []), (10_001, ["E403"])):
        report = Report(Source(rule))
        check(tree, world(PLAIN), report, params={"p": map(str, range(many))})
        assert [each.code for each in report.diagnostics] == codes


@pytest.mark.parametrize("part", ['"a\\0b"', '"a\\ud800b"'])
@pytest.mark.parametrize(
    "entry",
    [
        "entity: {{table: {0}, key: id, zone: UTC}}",
        "entity: {{table: t, key: {0}, zone: UTC}}",
        "entity: {{table: t, key: id, zone: UTC}}\n"
        "attributes: {{a: {{type: text, column: {0}}}}}",
    ],
)
def test_names_that_no_engine_holds_are_refused(part: str, entry: str) -> None:
    source = Source(entry.format(part), "catalog.yaml")
    report = Report(source)
    assert read_catalog(source, report) is None
    assert not report.ok


# ---- any text at all

_WORDS = (
    "age", "bought", "city", "last", "first", "sum", "(", ")", ",", ".", "..", "=",
    "!=",
    "<", ">=", "+", "-", "*", "/", "in", "not", "and", "or", "is", "missing", "known",
    "has", "any of", "all of", "30", "1.5", "2025", "2025-03", "2025-03-01",
    "2025-03-01T10:00Z", '"a"', "days", "day", "month", "ago", "ahead", "next", "this",
    "full", "fiscal", "more than", "exactly", "today", "before", "since",
    "ignoring case",
    "contains", "starts with", "matches", "true", "everyone", "let", "param", "where",
    ":", "integer", "list of", "text", "segment", "owner", "tags", "as of", "size",
    "newsletter", "interests", "signup", "n1", "`x`", "#", "\n", "count", "avg",
    "viewed",
    "amount", "page", "time", "customer", "then", "if", "else", "within", "\\", "'",
    "==",
)  # fmt: skip


def broken(text: str) -> str:
    """What is said of a text; that nothing is raised is the point."""
    source = Source(text)
    report = Report(source)
    tree = parse(source, report)
    if tree is None:
        assert not report.ok
    else:
        check(tree, random_world(0), report)
    return "\n".join(map(render, report.diagnostics))


@settings(FEW, max_examples=1000)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    broken(text)


@settings(FEW, max_examples=3000)
@given(st.lists(st.sampled_from(_WORDS), max_size=14).map(" ".join))
def test_any_words_are_read_or_refused(text: str) -> None:
    broken(text)


GROWING: dict[str, Callable[[int], str]] = {
    "and": lambda n: " and ".join(["age = 1"] * n),
    "or": lambda n: " or ".join([f'city = "{i}"' for i in range(n)]),
    "not": lambda n: "not " * n + "newsletter",
    "sums": lambda n: " + ".join(["age"] * n) + " > 1",
    "parentheses": lambda n: "(" * n + "age = 1" + ")" * n,
    "open parentheses": lambda n: "(" * n,
    "minus": lambda n: "-" * n + "age > 1",
    "list": lambda n: f"age in ({', '.join(map(str, range(n)))})",
    "arguments": lambda n: f"bought({', '.join(['amount > 1'] * n)})",
    "lets": lambda n: "let a = age\n" * n + "where age = 1",
    "doubled lets": lambda n: (
        "let n0 = newsletter\n"
        + "".join(f"let n{i} = n{i - 1} and n{i - 1}\n" for i in range(1, n))
        + f"where n{n - 1}"
    ),
    "a long text": lambda n: f'city = "{"a" * n}"',
    "a long name": lambda n: f"{'a' * n} = 1",
    "a long number": lambda n: f"age = {'1' * n}",
    "dots": lambda n: "age" + ".age" * n,
    "windows": lambda n: "bought" + " in last 3 days" * n,
    "comments": lambda n: "# x\n" * n + "age = 1",
    "blanks": lambda n: " " * n + "age = 1",
    "quotes": lambda n: '"' * n,
    "backslashes": lambda n: 'city = "' + "\\" * n,
    "backticks": lambda n: "`" * n,
    "unknown names": lambda n: " and ".join(f"agee{i} = 1" for i in range(n)),
    "a pattern": lambda n: f'city matches "{"(a|b)*" * n}"',
    "a nested pattern": lambda n: f'city matches "{"(" * n + "a" + ")*" * n}"',
}


@pytest.mark.parametrize("name", GROWING)
def test_time_grows_with_the_text_and_no_faster(name: str) -> None:
    make = GROWING[name]
    broken(make(4))

    def seconds(size: int) -> float:
        begun = time.process_time()
        broken(make(size))
        return time.process_time() - begun

    small, large = 300, 3000
    short = min(seconds(small) for _ in range(3))
    long = min(seconds(large) for _ in range(2))
    assert long < 0.5 or long < 40 * short, f"{short:.3f} s, then {long:.3f} s"
    assert long < 10
