"""The formatter: what is printed reads as the tree that it was printed from."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_moments import as_of_of
from random_rules import scripts
from random_worlds import world

from segql.diagnostics import Report, render
from segql.source import Source
from segql.syntax import definitions as defs
from segql.syntax import nodes as syn
from segql.syntax.layout import WIDTH
from segql.syntax.parse import parse
from segql.syntax.print import print_expr
from segql.syntax.print_file import print_definition


def read(text: str) -> defs.Definition:
    source = Source(text)
    report = Report(source)
    tree = parse(source, report)
    assert tree is not None, "\n".join(map(render, report.diagnostics))
    return tree


# ---- any tree that the grammar can read

_WORDS = (
    "a", "größe", "last", "next", "this", "day", "days", "fiscal", "full", "segment",
    "owner", "ago", "contains", "starts", "any", "missing", "size", "of", "known",
    "and", "in", "where", "has space", "a.b", "1st", "two  blanks", "-", '"', "\u200f",
)  # fmt: skip
names = st.sampled_from(_WORDS) | st.text(
    st.characters(exclude_characters="`\n\r", exclude_categories=("Cc", "Cs")),
    min_size=1,
    max_size=6,
).map(lambda text: __import__("unicodedata").normalize("NFC", text)).filter(
    lambda name: "`" not in name
)
texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))
units = st.sampled_from(
    ["second", "minute", "hour", "day", "week", "month", "quarter", "year"]
)
whole = st.integers(0, 10**40)
decimals = st.builds(
    lambda digits, scale: Decimal(digits).scaleb(-scale, None),
    st.integers(0, 10**27),
    st.integers(1, 20),
)
offsets = st.none() | st.builds(
    lambda minutes: timezone(timedelta(minutes=minutes)), st.integers(-1439, 1439)
)
moments = st.builds(
    lambda wall, zone: wall.replace(tzinfo=zone),
    st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)),
    offsets,
)
plain = st.one_of(
    st.builds(syn.Number, whole | decimals),
    st.builds(syn.Date, st.dates()),
    st.builds(syn.Month, st.integers(1, 9999), st.integers(1, 12)),
    st.builds(syn.Instant, moments),
)
name_nodes = st.builds(syn.Name, names)
references = name_nodes | st.builds(syn.Member, name_nodes, names)
negative = st.one_of(
    st.builds(lambda n: syn.Number(-n), st.integers(1, 10**30)),
    st.builds(
        lambda n: syn.Number(n.copy_negate()), decimals.filter(lambda each: each != 0)
    ),
    st.builds(syn.Minus, st.builds(syn.Date, st.dates())),
)
leaves = st.one_of(
    plain,
    negative,
    name_nodes,
    st.builds(syn.Text, texts),
    st.builds(syn.Boolean, st.booleans()),
    st.builds(syn.Population, st.booleans()),
    st.builds(syn.InSegment, st.sampled_from(["vip", "life.new", "and", "x.in"])),
)
counts = st.builds(syn.Number, st.integers(0, 10**6)) | name_nodes
bounds = st.one_of(plain, negative, references, st.builds(syn.Text, texts))


def _in(value: st.SearchStrategy, items: st.SearchStrategy) -> st.SearchStrategy:
    target = st.one_of(
        items,
        bounds,
        st.builds(syn.Between, bounds, st.none() | bounds),
        st.builds(syn.Between, st.none(), bounds),
        st.builds(
            syn.Relative, st.sampled_from(["last", "this", "next"]), st.none(), units,
            st.just(False), st.booleans(),
        ),
        st.builds(
            syn.Relative, st.sampled_from(["last", "next"]), counts, units,
            st.booleans(), st.booleans(),
        ),
    )  # fmt: skip
    return st.builds(syn.In, value, target, st.booleans())


def _grown(inner: st.SearchStrategy) -> st.SearchStrategy:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    items = st.builds(syn.Several, st.lists(inner, max_size=3).map(tuple))
    places = st.one_of(
        st.builds(syn.Stretch, plain, plain, units, st.booleans()),
        st.builds(syn.Beyond, counts, units, st.booleans()),
        st.builds(syn.Exactly, counts, units, st.booleans()),
        st.builds(syn.NamedDay, st.sampled_from(["today", "yesterday", "tomorrow"])),
        st.builds(
            syn.Side, st.sampled_from(["before", "since", "after", "until"]), inner
        ),
    )
    return st.one_of(
        st.builds(syn.Member, inner, names),
        st.builds(syn.Call, name_nodes, st.lists(inner, max_size=3).map(tuple)),
        st.builds(syn.Minus, inner),
        st.builds(syn.Binary, st.sampled_from("+-*/"), inner, inner),
        st.builds(syn.Compare, st.sampled_from(_COMPARISONS), inner, inner),
        st.builds(syn.Range, inner, plain, st.none() | plain),
        st.builds(syn.Range, inner, st.none(), plain),
        _in(inner, items),
        st.builds(syn.Lies, inner, places),
        st.builds(
            syn.TextTest, st.sampled_from(["starts", "ends", "contains", "matches"]),
            inner, inner, st.booleans(),
        ),
        st.builds(syn.Has, inner, st.just("one"), inner),
        st.builds(
            syn.Has, inner, st.sampled_from(["any", "all"]), items | references
        ),
        st.builds(syn.Presence, inner, st.booleans()),
        st.builds(syn.IgnoringCase, inner),
        st.builds(syn.Not, inner),
        st.builds(syn.And, several),
        st.builds(syn.Or, several),
    )  # fmt: skip


_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
expressions = st.recursive(leaves, _grown, max_leaves=12)
types = st.sampled_from(
    ["text", "integer", "decimal(10, 2)", "list of text", "list of decimal(5, 1)"]
)
values = expressions | st.builds(
    syn.Several, st.lists(expressions, max_size=3).map(tuple)
)
declarations = st.one_of(
    st.builds(defs.Let, name_nodes, values),
    st.builds(defs.Param, name_nodes, types, st.none() | values),
)
headers = st.builds(
    defs.Header,
    name_nodes,
    st.none() | texts,
    st.none() | texts,
    st.lists(names, max_size=3).map(tuple),
    st.none() | st.builds(syn.Instant, moments),
)
definitions = st.one_of(
    st.builds(defs.Definition, st.none(), st.just(()), expressions),
    st.builds(
        defs.Definition,
        st.none() | headers,
        st.lists(declarations, min_size=1, max_size=3).map(tuple),
        st.none() | expressions,
    ),
)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(definitions)
def test_what_is_printed_is_read_as_the_same(tree: defs.Definition) -> None:
    again = read(print_definition(tree))
    assert canonical(again) == canonical(tree)
    text = print_definition(again)
    assert print_definition(read(text)) == text


def canonical(node: object) -> object:
    """A tree with the choices made that the formatter makes."""
    from dataclasses import fields, is_dataclass, replace

    if isinstance(node, tuple):
        return tuple(map(canonical, node))
    if not is_dataclass(node):
        return node
    made = {each.name: canonical(getattr(node, each.name)) for each in fields(node)}
    made.pop("span", None)
    new = replace(node, **made)  # type: ignore[type-var]
    match new:
        case syn.Minus(syn.Number(int() as number)):
            return syn.Number(-number)
        case syn.Minus(syn.Number(Decimal() as number)):
            return syn.Number(number.copy_negate())
        case syn.And(terms) | syn.Or(terms):
            flat: list[object] = []
            for term in terms:
                flat += term.terms if type(term) is type(new) else [term]
            return type(new)(tuple(flat))  # type: ignore[arg-type]
        case syn.Range(value, low, high):
            return syn.In(value, syn.Between(low, high))
        case _:
            return new


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data())
def test_rules_that_mean_something_are_read_as_the_same(data: st.DataObject) -> None:
    catalog = world(0).catalog
    script = data.draw(scripts(catalog, as_of_of(Random(0))))
    text = print_definition(script.definition)
    assert canonical(read(text)) == canonical(script.definition)
    assert print_definition(read(text)) == text


# ---- the layout


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("age   25..34", "age 25..34"),
        ("age in 25..34", "age 25..34"),
        ("age in ..17", "age ..17"),
        ("balance in -5..5", "balance in -5..5"),
        ("age in lo..hi", "age in lo..hi"),
        ("signup 2025-01-01..2025-03-31", "signup in 2025-01-01..2025-03-31"),
        ("bought in 2024..2025", "bought in 2024..2025"),
        ("bought 2024..2025", "bought 2024..2025"),
        ("age not in 1..3", "age not in 1..3"),
        ("(bought in last 3 days) 1..3", "bought in last 3 days 1..3"),
        ("(bought in 2025) 1..3", "(bought in 2025) 1..3"),
        ("a and b or c", "(a and b) or c"),
        ("a or b and c", "a or (b and c)"),
        ("(a or b) and c", "(a or b) and c"),
        ("((a)) and ((b and c))", "a and b and c"),
        ("not (a)", "not a"),
        ("not (a or b)", "not (a or b)"),
        ("(not a) and b", "not a and b"),
        ("a - (b - c) - (d * e)", "a - (b - c) - d * e"),
        ("(a + b) * -(c)", "(a + b) * -c"),
        ("- -3", "3"),
        ("-(a + 1)", "-(a + 1)"),
        ("bought in last 1 days", "bought in last 1 day"),
        ("bought in last 2 day", "bought in last 2 days"),
        ("bought in last n day", "bought in last n days"),
        ("bought in last months", "bought in last month"),
        ("bought in last `day` days", "bought in last `day` days"),
        ("x in `last`", "x in `last`"),
        ("`last` = 3", "last = 3"),
        ("`and` = 3", "`and` = 3"),
        ("`a b`.`in`", "`a b`.in"),
        ("bought( \"a\" , b=1, )", 'bought("a", b = 1)'),
        ("1_000.50 = x", "1000.50 = x"),
        ("x = 2025-03-01T08:30:00.500+00:00", "x = 2025-03-01T08:30:00.5Z"),
        ("x = 2025-03-01T08:30:00-05:30", "x = 2025-03-01T08:30-05:30"),
        ('x = "\\u0041\\u{202e}\\t\\""', 'x = "A\\u{202e}\\t\\""'),
        ("in segment `a`.b", "in segment a.b"),
        ('x = "a" ignoring   case', 'x = "a" ignoring case'),
        ("(bought in last 30 days).amount", "(bought in last 30 days).amount"),
    ],
)  # fmt: skip
def test_the_one_way_to_write_it(written: str, wanted: str) -> None:
    rule = read(written).rule
    assert rule is not None
    assert print_expr(rule) == wanted
    assert print_expr(read(wanted).rule or rule) == wanted


def test_a_whole_file() -> None:
    text = """\
segment sporty_berliners "Sportliche Berliner, 25 bis 34"
  owner "crm@shop.example"
  tags sport, berlin
  as of 2025-06-01T00:00

param n: integer = 3
param cities: list of text = ("Berlin",)
let sporty = bought("sport") in last 365 days

where age 25..34
  and city in cities
  and sporty >= n
  and (signup in this fiscal year or newsletter)
  and not in segment vip
"""
    assert print_definition(read(text)) == text


def test_long_lines_are_broken_between_terms_arguments_and_items() -> None:
    cities = ", ".join(f'"a city of a long name {number}"' for number in range(5))
    text = print_definition(read(f"age 1..2 and city in ({cities}) and bought(x = 1)"))
    assert text == (
        "age 1..2\n"
        "and city in (\n"
        + "".join(f'  "a city of a long name {number}",\n' for number in range(5))
        + ")\n"
        "and bought(x = 1)\n"
    )
    assert max(map(len, text.splitlines())) <= WIDTH


def test_numbers_of_many_digits_keep_them_all() -> None:
    digits = "-" + "1" * 30 + "." + "2" * 20
    rule = read(f"a > {digits}").rule
    assert rule is not None
    assert print_expr(rule) == f"a > {digits}"


def test_the_last_day_of_the_calendar_prints() -> None:
    assert print_expr(syn.Date(date.max)) == "9999-12-31"
    assert print_expr(syn.Instant(datetime(1, 1, 1, tzinfo=UTC))) == "0001-01-01T00:00Z"
