"""Lists in PostgreSQL: arrays."""

from sqlglot import exp

from segql.sql import portable
from segql.sql.dialects import standard
from segql.sql.dialects.postgres_text import collated
from segql.sql.dialects.standard import call, case, cast, number, text
from segql.sql.names import conjunction, known


def _unnested(items: exp.Expr) -> exp.Expr:
    return exp.Table(
        this=call("UNNEST", items),
        alias=exp.TableAlias(
            this=exp.to_identifier("i"), columns=[portable.ITEM.this.copy()]
        ),
    )


def each(node: portable.Each) -> exp.Expr:
    made = exp.select(node.expression).from_(_unnested(node.this))
    return case(known(node.this.copy()), call("ARRAY", made))


def has_some(node: portable.HasSome) -> exp.Expr:
    items = _texts(node.this) if _speaks_of_text(node.expression) else node.this
    found = exp.select(number(1)).from_(_unnested(items)).where(node.expression)
    return exp.Exists(this=found)


_OF_TEXTS = (
    portable.Folded,
    portable.FullMatch,
    exp.StartsWith,
    exp.EndsWith,
    exp.Contains,
)


def _speaks_of_text(test: exp.Expr) -> bool:
    """Whether the elements that a test is about are texts."""
    inner = (portable.HasSome, portable.HasOne, portable.Each)
    for each in test.walk(prune=lambda node: isinstance(node, inner)):
        if each != portable.ITEM or isinstance(each.parent, inner):
            continue
        around = each.parent
        if isinstance(around, _OF_TEXTS):
            return True
        if isinstance(around, exp.Predicate):
            others = [around.args.get("expression"), *around.expressions]
            if any(other is not None and other.is_string for other in others):
                return True
    return False


def _texts(items: exp.Expr) -> exp.Expr:
    return collated(cast(items, "TEXT[]"))


def has_one(node: portable.HasOne) -> exp.Expr:
    """A number keeps its own type, which is compared with every other."""
    plain = [
        each.this
        if isinstance(each, portable.ToExact) and isinstance(each.this, portable.Number)
        else each
        for each in node.expressions
    ]
    items = _texts(node.this) if plain[0].is_string else node.this
    tests = [exp.EQ(this=each, expression=call("ANY", items.copy())) for each in plain]
    return conjunction(tests) if node.every else standard.disjunction(tests)


def size(node: portable.Size) -> exp.Expr:
    return call("CARDINALITY", call("ARRAY_REMOVE", node.this, exp.null()))


def size_of_known(node: portable.SizeOfKnown) -> exp.Expr:
    nan = cast(text("NaN"), "DOUBLE")
    known_ = call("ARRAY_REMOVE", call("ARRAY_REMOVE", node.this, exp.null()), nan)
    return call("CARDINALITY", known_)
