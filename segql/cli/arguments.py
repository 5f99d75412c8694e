"""The command line in, its parts as plain values out: commands, options, help."""

import argparse
import re
from collections.abc import Sequence
from typing import NoReturn

from segql import __version__
from segql.cli import help
from segql.diagnostics import Diagnostic, SegqlError
from segql.messages import usage

_INSTANT = (
    "the instant to look from, such as 2026-06-01T00:00 (in the business's time zone)"
    " or 2026-06-01T00:00+02:00; now by default"
)


class Parser(argparse.ArgumentParser):
    """Tells of mistakes as every other part does."""

    def error(self, message: str) -> NoReturn:
        if found := re.search(r"invalid choice: '(.*?)' \(choose from (.*)\)", message):
            raise SegqlError([_no_choice(found[1], found[2], self.prog)])
        raise SegqlError([usage.misused(message, f"see `{self.prog} --help`")])


def _no_choice(found: str, choices: str, program: str) -> Diagnostic:
    from difflib import get_close_matches

    from segql.messages.words import listed

    names = re.findall(r"[\w-]+", choices)
    near = get_close_matches(found[:60], names, n=1, cutoff=0.5)
    help = f"did you mean {listed(near)}?" if near else f"there are {listed(names, 12)}"
    kind = "such command" if program == "segql" else "such choice"
    return usage.misused(f"`{found}`: no {kind}", help)


def read(arguments: Sequence[str]) -> argparse.Namespace:
    """What was asked for; raises `SegqlError`, or `SystemExit` after `--help`."""
    return _parser().parse_args(arguments)


def _parser() -> Parser:
    parser = Parser(
        prog="segql",
        description=help.ABOUT,
        epilog=help.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"segql {__version__}")
    _project(parser, None)
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, parser_class=Parser
    )

    def command(name: str, summary: str, epilog: str) -> Parser:
        made = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        _project(made, argparse.SUPPRESS)
        return made

    _run(command("run", "run a rule, a segment or a folder of them", help.RUN))
    _compile(command("compile", "turn a rule or a segment into SQL", help.COMPILE))
    _check(command("check", "find every mistake in rules and catalog", help.CHECK))
    _test(command("test", "run the example customers of definition files", help.TEST))
    fmt = command("fmt", "write definition files in their one form", help.FMT)
    fmt.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="definition files, or folders of them; `-` is the standard input",
    )
    fmt.add_argument(
        "--check",
        action="store_true",
        help="write nothing; name the files that would change, and exit with 1",
    )
    fmt.add_argument(
        "--diff",
        action="store_true",
        help="write nothing; show what would change, and exit with 1",
    )
    init = command("init", "draft a project from live data", help.INIT)
    init.add_argument(
        "source", nargs="?", metavar="SOURCE", help="a file, a folder of files or a URL"
    )
    init.add_argument("--user", metavar="NAME", help="of a server: who asks")
    init.add_argument(
        "--password-env",
        metavar="VARIABLE",
        help="of a server: what holds the password",
    )
    init.add_argument(
        "--password-file", metavar="FILE", help="of a server: what holds the password"
    )
    init.add_argument("--schema", metavar="NAME", help="of a server: where tables are")
    init.add_argument(
        "--zone",
        metavar="ZONE",
        default="UTC",
        help="the business's time zone, such as Europe/Berlin; UTC by default",
    )
    doctor = command("doctor", "compare the catalog with the live data", help.DOCTOR)
    doctor.add_argument("--as-of", metavar="INSTANT", help=_INSTANT)
    _on(doctor)
    _diff(command("diff", "tell what changed, and what that does", help.DIFF))
    _verify(command("verify", "compare two connections' members", help.VERIFY))
    prove = command("prove", "prove what a rule means, or refute it", help.PROVE)
    prove.add_argument(
        "claim",
        metavar="CLAIM",
        choices=("empty", "everyone", "equal", "implies", "disjoint", "partition"),
        help="what is said of the rules; see below",
    )
    prove.add_argument("what", nargs="+", metavar="RULE", help="what it is said of")
    prove.add_argument(
        "--as-of",
        metavar="INSTANT",
        help="only as seen from this instant; by default from any",
    )
    _param(prove)
    prove.add_argument("--format", choices=("text", "json"), default="text")
    explain = command("explain", "tell what a code means", help.EXPLAIN)
    explain.add_argument("code", metavar="CODE", help="such as E201 or W203")
    return parser


def _diff(parser: Parser) -> None:
    parser.add_argument(
        "what", nargs="*", metavar="WHAT", help="two rules, or revisions; see below"
    )
    parser.add_argument(
        "--rev",
        action="store_true",
        help="WHAT are revisions, whatever else bears that name",
    )
    parser.add_argument(
        "--only",
        metavar="WHAT",
        action="append",
        default=[],
        help="of revisions, only these segments, files or folders; may be repeated",
    )
    parser.add_argument(
        "--as-of",
        metavar="INSTANT",
        help="only as seen from this instant; by default from any, members from now",
    )
    _param(parser)
    parser.add_argument(
        "--members",
        action="store_true",
        help="count who enters and who leaves, on the project's connection",
    )
    _on(parser)
    parser.add_argument(
        "--show-keys", action="store_true", help="show the keys of some of them, too"
    )
    parser.add_argument(
        "--limit", metavar="N", type=_number, help="so many keys; 10 by default"
    )
    parser.add_argument(
        "--keys", metavar="FILE", help="write the keys of all of them to a CSV file"
    )
    parser.add_argument(
        "--format", choices=("text", "markdown", "json"), default="text"
    )
    _output(parser)


def _test(parser: Parser) -> None:
    _paths(parser)
    parser.add_argument(
        "--format",
        choices=("text", "json", "junit"),
        default="text",
        help="`json` and `junit` are for machines, and go to the standard output",
    )
    parser.add_argument(
        "--suggest", action="store_true", help="propose examples that are lacking"
    )
    parser.add_argument(
        "--coverage", action="store_true", help="tell what no example decides"
    )
    parser.add_argument(
        "--warehouse",
        action="store_true",
        help="run them on the engine of a connection, too; no table of it is read",
    )
    _on(parser)
    parser.add_argument(
        "--limit",
        metavar="N",
        type=_number,
        default=10,
        help="propose so many of each file at most; 10 by default",
    )


def _paths(parser: Parser) -> None:
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="definition files, or folders of them"
    )


def _project(parser: Parser, default: str | None) -> None:
    parser.add_argument(
        "-p",
        "--project",
        metavar="DIR",
        default=default,
        help="the project's folder; by default here, or the nearest above",
    )


def _check(parser: Parser) -> None:
    _paths(parser)
    parser.add_argument(
        "--strict", action="store_true", help="exit with 1 for warnings, too"
    )
    parser.add_argument(
        "--fix", action="store_true", help="put right what has only one right form"
    )
    parser.add_argument(
        "--diff", action="store_true", help="change nothing; show what --fix would do"
    )
    parser.add_argument(
        "--compare",
        action="store_true",
        help="compare all segments with each other, too, which takes its time",
    )
    parser.add_argument(
        "--statistics", action="store_true", help="only how often each code was found"
    )
    parser.add_argument(
        "--format",
        choices=("text", "json", "sarif", "github", "gitlab", "junit"),
        default="text",
        help="how findings are told; `text` by default",
    )
    _output(parser)
    parser.add_argument(
        "--no-cache",
        action="store_true",
        help="check every file anew, and keep nothing of it",
    )


def _rule(parser: Parser) -> None:
    parser.add_argument(
        "what", metavar="WHAT", help="a rule, a file, a name; see below"
    )
    parser.add_argument("--as-of", metavar="INSTANT", help=_INSTANT)
    _param(parser)


def _param(parser: Parser) -> None:
    parser.add_argument(
        "--param",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a value for one of the rule's parameters; may be repeated",
    )


def _run(parser: Parser) -> None:
    _rule(parser)
    parser.add_argument(
        "--format",
        choices=("table", "csv", "json", "parquet", "arrow", "keys"),
        help="by default from the name of -o, else `table` on a terminal, else `keys`",
    )
    _output(parser)
    _on(parser)
    parser.add_argument(
        "--with",
        dest="attributes",
        metavar="NAME,…",
        action="append",
        default=[],
        help="attributes of the catalog to show beside the key",
    )
    parser.add_argument(
        "--limit",
        metavar="N",
        type=_number,
        help="only so many members, the first in the order of their keys",
    )
    parser.add_argument(
        "--into",
        metavar="TABLE",
        help="on Spark: write the members as this new table of the warehouse",
    )
    parser.add_argument(
        "--count", action="store_true", help="only how many there are, as a number"
    )
    parser.add_argument(
        "--plan",
        action="store_true",
        help="run nothing; only what the engine says that it would do, in its words;"
        " of a folder, what its segments share (-o FILE.svg draws it)",
    )
    parser.add_argument(
        "--shape",
        choices=("long", "wide", "keys", "bitmaps"),
        help="how the members of a folder are written: a row per membership; a column"
        " per segment; a folder per segment, the default of -o FOLDER/; or Roaring"
        " bitmaps",
    )
    parser.add_argument(
        "--timings",
        action="store_true",
        help="after a folder has run: the rows and the time of each step",
    )


def _on(parser: Parser) -> None:
    parser.add_argument(
        "--on", metavar="NAME", help="one of the project's connections, by its name"
    )


def _verify(parser: Parser) -> None:
    parser.add_argument(
        "what", nargs="*", metavar="WHAT", help="rules, files, names, or folders"
    )
    parser.add_argument(
        "--on",
        metavar="NAME",
        action="append",
        default=[],
        help="a connection, by its name; given twice",
    )
    parser.add_argument("--as-of", metavar="INSTANT", help=_INSTANT)
    _param(parser)
    parser.add_argument(
        "--limit",
        metavar="N",
        type=_number,
        default=5,
        help="of so many customers it is told why they differ; 5 by default",
    )
    parser.add_argument(
        "--show-values",
        action="store_true",
        help="show values of these customers, too",
    )
    parser.add_argument("--format", choices=("table", "json"), default="table")
    _output(parser)


def _output(parser: Parser) -> None:
    """A file; None means the standard output."""
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=lambda name: None if name == "-" else name,
        help="write to a file",
    )


def _compile(parser: Parser) -> None:
    _rule(parser)
    parser.add_argument(
        "--dialect", metavar="NAME", help="by default that of the connection"
    )
    _on(parser)
    _output(parser)


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise argparse.ArgumentTypeError(f"`{text}` is not a whole number from 0 on")
    return int(text)
