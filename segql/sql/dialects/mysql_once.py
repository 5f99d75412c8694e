"""An expression in, a table of its value out, which gives it a name.

In MariaDB and MySQL only the table of a document sees the row beside it.
"""

from sqlglot import exp

from segql.sql.dialects.standard import text


def lateral(
    document: exp.Expr, path: str, alias: str, column: str, kind: str
) -> exp.Expr:
    """A table of what a path leads to in a document.

    It may not be one of an aggregate: in HAVING there would be none, and no error.
    """
    columns = f"COLUMNS({column} {kind} PATH '$')"
    query: exp.Expr = exp.maybe_parse(
        f"SELECT 1 FROM JSON_TABLE(d, 'p' {columns}) AS {alias}",
        dialect="mysql",
    )
    table: exp.Expr = query.args["from_"].this
    table.this.set("this", document)
    table.this.set("path", text(path))
    return table
