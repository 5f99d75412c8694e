"""A column in a query in, what it stands for out."""

from typing import Any

from sqlglot import exp

from segql.sql import portable


class Origins:
    """What the columns of a query's tables are, where these are queries themselves."""

    def __init__(self, query: exp.Expr) -> None:
        self.shared = {each.alias: each.this for each in query.find_all(exp.CTE)}

    def behind(self, column: exp.Column) -> exp.Expr | None:
        """What a column of a query in FROM, or of a shared one, stands for."""
        source = source_of(column)
        columns: list[str] = []
        query: Any = None
        if isinstance(source, exp.Subquery):
            alias: Any = source.args.get("alias")
            columns = [each.name for each in alias.args.get("columns") or ()]
            query = source.this
        elif isinstance(source, exp.Table):
            query = self.shared.get(source.name)
        while isinstance(query, exp.SetOperation | exp.Subquery):
            query = query.this
        if not isinstance(query, exp.Select):
            return None
        names = columns or [each.alias_or_name for each in query.expressions]
        if column.name not in names:
            return None
        found: exp.Expr = query.expressions[names.index(column.name)]
        return found.unalias()


def source_of(node: exp.Column) -> exp.Expr | None:
    """The table or query that a column is of."""
    select = node.find_ancestor(exp.Select)
    while select is not None:
        from_ = select.args.get("from_") or select.args.get("from")
        parts = [from_, *(select.args.get("joins") or ())]
        sources = [each.this for each in parts if each]
        for each in sources:
            if each.alias_or_name == node.table or (
                not node.table and len(sources) == 1
            ):
                return each if isinstance(each, exp.Expr) else None
        select = select.find_ancestor(exp.Select)
    return None


def branches(node: exp.Expr) -> list[exp.Expr] | None:
    """What a value is one of, unchanged; None where it is made anew, or a column."""
    match node:
        case exp.Coalesce():
            return [node.this, *node.expressions]
        case exp.Case():
            found = [each.args["true"] for each in node.args["ifs"]]
            other = node.args.get("default")
            return found if other is None else [*found, other]
        case (
            exp.Alias()
            | exp.Paren()
            | exp.Filter()
            | exp.Window()
            | exp.Min()
            | exp.Max()
            | exp.Nullif()
            | portable.Single()
            | portable.Middle()
            | portable.AtEnd()
            | portable.Commonest()
            | portable.Shown()
        ):
            return [node.this]
        case _:
            return None


class Texts:
    """Which nodes are texts; `more` are kinds of such that a dialect has."""

    def __init__(self, query: exp.Expr, more: tuple[type[exp.Expr], ...] = ()) -> None:
        self.origins = Origins(query)
        self.found: dict[int, bool] = {}
        self.kinds = (
            *more,
            *(portable.TextOf, portable.Folded, portable.JsonText),
        )

    def compared(self, node: exp.Expr) -> bool:
        sides = (node.this, node.expression)
        return any(
            self.has(each) and not isinstance(each, exp.Literal) for each in sides
        )

    def has(self, node: exp.Expr) -> bool:
        if id(node) not in self.found:
            self.found[id(node)] = False
            self.found[id(node)] = self._has(node)
        return self.found[id(node)]

    def _has(self, node: exp.Expr) -> bool:
        match node:
            case _ if isinstance(node, self.kinds):
                return True
            case exp.Literal():
                return bool(node.is_string)
            case exp.Column():
                source = self.origins.behind(node)
                return source is not None and self.has(source)
            case _:
                return any(map(self.has, branches(node) or ()))
