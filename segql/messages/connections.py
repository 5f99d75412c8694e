"""What can be wrong with the connections of a project file, none being open yet.

None of these shows a password, or a URL in which one may stand.
"""

import re
from collections.abc import Sequence

from segql.diagnostics import Diagnostic
from segql.messages.words import closest, listed, shown
from segql.source import Span

# In the project file.


def password_in_file(variable: str | None, span: Span) -> Diagnostic:
    """E650. `variable` is the one that a shell would put there."""
    name = variable or "SHOP_PASSWORD"
    return Diagnostic(
        "E650",
        "variables are not filled in inside a text"
        if variable
        else "the password stands in the project file itself",
        span,
        f"write `password: {{env: {shown(name)}}}`, or name a file that holds it:"
        " `password: {file: /run/secrets/shop}`",
    )


def password_in_url(span: Span) -> Diagnostic:
    """E650"""
    return Diagnostic(
        "E650",
        "the `url` holds a password",
        span,
        "take it out, and write `user: …` and `password: {env: SHOP_PASSWORD}` beside;"
        " or keep the whole URL outside: `url: {env: SHOP_URL}`",
    )


def secret_in_options(name: str, span: Span) -> Diagnostic:
    """E650"""
    return Diagnostic(
        "E650",
        f"the option `{shown(name)}` looks like a secret in the file itself",
        span,
        "what proves who asks goes by `password: {env: SHOP_PASSWORD}`, a token too",
    )


def variable_in_text(name: str, variable: str, span: Span) -> Diagnostic:
    """E651"""
    return Diagnostic(
        "E651",
        "variables are not filled in inside a text",
        span,
        f"let a variable hold the whole of it: `{name}: {{env: {shown(variable)}}}`",
    )


def env_or_file(name: str, both: bool, span: Span) -> Diagnostic:
    """E652"""
    return Diagnostic(
        "E652",
        f"`{name}` has both `env` and `file`"
        if both
        else f"`{name}` does not say where it is kept",
        span,
        "keep one of them"
        if both
        else f"write `{name}: {{env: NAME}}` or `{name}: {{file: PATH}}`",
    )


def not_of_engine(
    name: str, engine: str, possible: Sequence[str], span: Span
) -> Diagnostic:
    """E653. `possible` are the entries that say where the engine's data is."""
    return Diagnostic(
        "E653",
        f"`{name}` says nothing to the engine `{engine}`",
        span,
        f"where its data is, says {listed(possible)}",
    )


def only_with_url(name: str, place: str, span: Span) -> Diagnostic:
    """E653"""
    return Diagnostic(
        "E653",
        f"`{name}` goes with the `url` of a server, not with `{place}`",
        span,
        "remove it",
    )


def only_with_files(name: str, place: str, span: Span) -> Diagnostic:
    """E653"""
    return Diagnostic(
        "E653",
        f"`{name}` goes with a folder of `files`, not with `{place}`",
        span,
        "remove it",
    )


def other_scheme(
    engine: str, other: str | None, example: str, span: Span
) -> Diagnostic:
    """E654. `other` is the engine whose URL it is."""
    more = f"`engine: {other}` goes with it, or " if other and other != engine else ""
    return Diagnostic(
        "E654",
        f"this is not the URL of a server of the engine `{engine}`",
        span,
        f"{more}write it like `{example}`",
    )


def two_ways(span: Span) -> Diagnostic:
    """E655"""
    return Diagnostic(
        "E655",
        "there are both `connection` and `connections`",
        span,
        "give the one a name and move it among the others",
    )


def no_connection(example: str, span: Span) -> Diagnostic:
    """E656"""
    return Diagnostic(
        "E656",
        "the project file names no connection",
        span,
        f"say where the data is: add `{example}`",
    )


def empty_connections(span: Span) -> Diagnostic:
    """E656"""
    return Diagnostic(
        "E656",
        "`connections` is empty",
        span,
        "say where the data is: `connections: {local: {engine: duckdb, files: data}}`",
    )


def unknown_default(name: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E657"""
    near = closest(name, known)
    return Diagnostic(
        "E657",
        f"there is no connection `{shown(name)}`",
        span,
        f"did you mean `{near}`?"
        if near
        else f"there are {listed(known)}"
        if known
        else "name one of `connections`",
    )


def bad_connection_name(name: str, span: Span) -> Diagnostic:
    """E658"""
    return Diagnostic(
        "E658",
        f"`{shown(name)}` can't be the name of a connection",
        span,
        "use letters, digits, `_` and `-`, so that `--on` can name it",
    )


# On connecting.


def unknown_warning(code: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E660"""
    near = closest(code.upper(), known)
    help = f"did you mean `{near}`?" if near else "a warning shows its own code"
    if re.fullmatch("[Ee][0-9]+", code):
        help = "errors can't be turned off, only warnings"
    elif re.fullmatch("W5[0-9]+", code):
        help = "this one is about data: `segql doctor` tells it, and has no levels"
    message = f"`segql check` has no warning `{shown(code)}`"
    return Diagnostic("E660", message, span, help)


def no_path(span: Span) -> Diagnostic:
    """E661"""
    return Diagnostic(
        "E661",
        "this is no path to a file or a folder",
        span,
        "write it as seen from this file's folder, such as `segments/drafts`; for all"
        " files there is `warnings`",
    )


def unknown_engine(name: str, known: Sequence[str]) -> Diagnostic:
    """E570"""
    near = closest(name.lower(), known)
    return Diagnostic(
        "E570",
        f"there is no engine `{shown(name)}`",
        help=f"did you mean `{near}`?" if near else f"there are {listed(known, 12)}",
    )


def variable_missing(name: str, what: str) -> Diagnostic:
    """E571. `what` is the entry that asks for the variable, such as `password`."""
    return Diagnostic(
        "E571",
        f"the environment variable `{shown(name)}`, which holds the {what}, is not set",
        help=f"set it where segql runs, such as `export {shown(name)}=…`",
    )


def secret_unreadable(path: str, what: str, reason: str) -> Diagnostic:
    """E572. `reason` says what is wrong with the file."""
    return Diagnostic(
        "E572",
        f"the file `{shown(path)}`, which holds the {what}, {reason}",
        help="it is seen from the project file's folder, and holds the text alone",
    )


def url_unreadable(engine: str, example: str) -> Diagnostic:
    """E573. The URL itself is not shown: it may hold a password."""
    return Diagnostic(
        "E573",
        f"the `url` of the {engine} connection can't be read",
        help=f"write it like `{example}`",
    )
