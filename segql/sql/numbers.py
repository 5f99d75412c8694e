"""Exact and inexact numbers in SQL: how arithmetic and comparison stay exact."""

from decimal import ROUND_FLOOR, Decimal

from sqlglot import exp

from segql.model import nodes as mdl
from segql.sql import literals, names
from segql.sql.read import any_number, known_number
from segql.types import MAX_DIGITS, Double, Exact, Type


def to_double(node: exp.Expr, type_: Type) -> exp.Expr:
    """The double nearest to an exact number."""
    return node if isinstance(type_, Double) else names.cast(node, "DOUBLE")


def quotient(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """A double through a double that is never zero, or NULL."""
    return exp.Div(this=_group(left), expression=_group(right), typed=False, safe=False)


def arithmetic(
    operator: mdl.Operator,
    left: exp.Expr,
    left_type: Type,
    right: exp.Expr,
    right_type: Type,
    result: Type,
) -> exp.Expr:
    """One operation; NULL where an operand is, or where the divisor is zero."""
    left, right = any_number(left), any_number(right)
    if operator == "/":
        divisor = exp.Nullif(
            this=to_double(right, right_type),
            expression=names.cast(literals.number(0), "DOUBLE"),
        )
        made = quotient(to_double(left, left_type), divisor)
        exact = isinstance(left_type, Exact) and isinstance(right_type, Exact)
        return made if exact else known_number(made)
    node = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}[operator]
    if isinstance(result, Double):
        return known_number(
            node(
                this=_group(to_double(left, left_type)),
                expression=_group(to_double(right, right_type)),
            )
        )
    assert isinstance(left_type, Exact)
    assert isinstance(right_type, Exact)
    assert isinstance(result, Exact)
    narrow = max(left_type.digits, right_type.digits) <= _SHORT
    if narrow and result.digits > _SHORT:
        left_type = Exact(_SHORT + 1, left_type.scale)
    return node(
        this=_widened(left, left_type, result),
        expression=_widened(right, right_type, result),
    )


def shifted(node: exp.Expr, type_: Exact) -> exp.Expr:
    """An exact number as the whole number that its digits are."""
    if type_.scale == 0:
        return node
    power = Exact(type_.scale + 1)
    factor = names.cast(literals.number(10**type_.scale), literals.data_type(power))
    return exp.Mul(this=_group(node), expression=factor)


def negative(operand: exp.Expr) -> exp.Expr:
    inner = any_number(operand)
    made = exp.Neg(this=exp.Paren(this=inner))
    return made if inner is operand else known_number(made)


_SHORT = 18
"""DuckDB gives the result of two decimals no more digits if neither has more."""


def _widened(node: exp.Expr, type_: Exact, result: Exact) -> exp.Expr:
    """An operand in a type in which the result cannot overflow."""
    if result.scale == 0 and result.digits <= _SHORT:
        return names.cast(node, "BIGINT")
    return names.cast(node, literals.data_type(type_))


def _group(node: exp.Expr) -> exp.Expr:
    return exp.Paren(this=node) if isinstance(node, exp.Binary) else node


def compared(
    operator: mdl.Comparison,
    left: exp.Expr,
    left_type: Type,
    right: mdl.Value,
    right_sql: exp.Expr,
) -> exp.Expr:
    """A comparison of two numbers; TRUE only where it holds."""
    right_type = right.type
    if isinstance(left_type, Exact) and isinstance(right, mdl.Constant):
        value = right.value
        if isinstance(value, int | Decimal):
            return against(operator, left, left_type, value)
    if isinstance(left_type, Exact) and isinstance(right_type, Exact):
        if left_type.scale or right_type.scale:
            scale = max(left_type.scale, right_type.scale)
            whole = max(left_type.whole, right_type.whole)
            wide = literals.data_type(Exact(min(whole + scale, MAX_DIGITS), scale))
            left, right_sql = names.cast(left, wide), names.cast(right_sql, wide)
    elif isinstance(left_type, Exact) or isinstance(right_type, Exact):
        left, right_sql = to_double(left, left_type), to_double(right_sql, right_type)
    return OPERATORS[operator](this=_group(left), expression=_group(right_sql))


def against(
    operator: mdl.Comparison, left: exp.Expr, type_: Exact, value: int | Decimal
) -> exp.Expr:
    """An exact number against a literal, which is brought to the number's scale.

    Between two neighbours of that scale nothing is equal, and `<` and `<=` are one.
    """
    exact = Decimal(value)
    step = Decimal(1).scaleb(-type_.scale)
    if exact.copy_abs() >= Decimal(10) ** (MAX_DIGITS - type_.scale):
        below = exact > 0
        holds = {"<": below, "<=": below, ">": not below, ">=": not below}
        if holds.get(operator, operator == "!="):
            return names.known(left)
        return exp.false()
    floor = quantized(exact, step)
    if floor != exact:
        match operator:
            case "=":
                return exp.false()
            case "!=":
                return names.known(left)
            case "<" | "<=":
                operator = "<="
            case ">" | ">=":
                operator = ">"
    shown = int(floor) if type_.scale == 0 else floor
    return OPERATORS[operator](this=_group(left), expression=literals.number(shown))


def holds(type_: Type, value: mdl.Scalar) -> bool:
    """Whether a type has a value that is equal to one; else nothing is."""
    if not isinstance(type_, Exact) or not isinstance(value, int | Decimal):
        return True
    exact = Decimal(value)
    if exact.copy_abs() >= Decimal(10) ** type_.whole:
        return False
    return quantized(exact, Decimal(1).scaleb(-type_.scale)) == exact


def quantized(value: Decimal, step: Decimal) -> Decimal:
    """The multiple of a power of ten at or below a number."""
    from decimal import Context

    return value.quantize(step, rounding=ROUND_FLOOR, context=Context(prec=120))


OPERATORS: dict[mdl.Comparison, type[exp.Binary]] = {
    "=": exp.EQ,
    "!=": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}
