"""The command line in, its parts as plain values out: commands, options, help."""

import argparse
import re
from collections.abc import Sequence
from typing import NoReturn

from segql import __version__
from segql.diagnostics import Diagnostic, SegqlError
from segql.messages import usage

_ABOUT = """\
Customer segments as code: rules that read aloud, checked and run on your data.

Commands work on a project: the folder with `segql.yaml`, here or further up.
"""

_EXAMPLES = """\
examples:
  segql init shop.duckdb                     draft a project from live data
  segql check                                find every mistake in it
  segql fmt                                  write its rules in the one form
  segql run 'age 25..34 and city = "Berlin"' see who a rule finds
  segql run vip -o vip.csv                   write a segment's members to a file
  segql compile vip --dialect snowflake      the segment as SQL
  segql test                                 run its example customers
  segql doctor                               compare the catalog with the data
  segql verify --on local --on live          compare the members on two warehouses
  segql explain E201                         what a code means

`segql COMMAND --help` tells more about one of them.
exit codes: 0 all is well, 1 mistakes in a rule or the catalog, 2 a call that can't
work, 3 the data, the warehouse or the disk, 130 stopped with Ctrl-C.
"""

_WHAT = """\
WHAT is, whichever fits first, the name of one of the project's segments; a definition
file or a folder; a rule in quotes. So a rule that is only a name, and has the name of
a segment or a file, stands in parentheses: '(newsletter)'; and a file that has the
name of a segment is written with its folder: ./vip
"""

_RUN = f"""\
{_WHAT}
On a terminal the answer is a short table: how many, what share, the first members with
the attributes that the rule names. In a pipe it is the keys, one a line, as they come.
Files and all other formats hold the keys, and the attributes named by --with.
A folder gives one line per segment, as a table, CSV or JSON, and a partition one per
part; a part is named with it: lifecycle.new
Their members are found together, and written where -o names Parquet or a FOLDER/.

examples:
  segql run vip
  segql run 'bought("sport") in last 90 days >= 3' --as-of 2026-06-01T00:00
  segql run frequent_buyers --param n=6 --count
  segql run vip --with email,city -o vip.csv
  segql run vip | head
  segql run segments
  segql run segments -o members.parquet
  segql run segments --plan
  segql run lifecycle
  segql run vip --on live
"""

_COMPILE = f"""\
{_WHAT}
examples:
  segql compile vip
  segql compile vip --dialect snowflake --as-of 2026-06-01T00:00 -o vip.sql
"""

_CHECK = """\
Without PATH: the project file, the catalog, and all definition files.

examples:
  segql check
  segql check segments/vip.seg
  segql check --strict        warnings fail, too
"""

_TEST = """\
An example at the end of a file is a customer who must be in, or out. Each runs alone,
in plain Python: no warehouse is needed. One that fails is explained, condition by
condition: ✓ is true, ✗ is not, → is what decides.
Without PATH: all of the project's definition files.

--suggest proposes customers at the edges that no example shows, as lines to paste: the
reference has decided whether they are in; whether they should be, only you know.
--coverage tells which conditions no example decides, by being all that matters.

examples:
  segql test
  segql test segments/vip.seg
  segql test --suggest segments/vip.seg
  segql test --coverage
  segql test --warehouse --on live
  segql test --format junit > segments.xml
_FMT = """\
Files are written in place, where that changes them; comments and meaning stay. Without
PATH: all definition files of the project. A file with mistakes of grammar is left so.

examples:
  segql fmt
  segql fmt segments/vip.seg
  segql fmt --check           for CI: exit with 1, and name what would change
  segql fmt --diff            show what would change
  segql fmt - < rule.seg      from the standard input to the standard output
"""

_INIT = """\
SOURCE is a DuckDB or SQLite file, a folder of Parquet, CSV or JSON files, or the URL of
a server, without a password in it; it is only read. Made are segql.yaml, catalog.yaml
and segments/; nothing that is there is overwritten.

examples:
  segql init shop.duckdb
  segql init data --zone Europe/Berlin
  segql init postgresql://db.example.com/shop --user analyst --password-env PGPASS
"""

_DOCTOR = """\
Looks for columns that are missing or of another type, keys that repeat, cells that
can't be read, events of unknown customers, and more. The data is only read, and no
cell of it is shown.

examples:
  segql doctor
  segql doctor --as-of 2026-06-01T00:00
  segql doctor --on live
"""

_VERIFY = """\
WHAT is as for `segql run`, a folder or a partition too, and may be repeated; without
it, all of the project's segments are compared. Both connections stand by name in
`segql.yaml`, under `connections`, and share the catalog.

For some of the customers who are members on one side alone it is told why: which
attributes, figures or events differ, by their names. What stands in the data is shown
only with --show-values.

examples:
  segql verify --on local --on live
  segql verify vip --on local --on live --as-of 2026-06-01T00:00
  segql verify 'bought >= 3' --on local --on live --show-values
"""

_PROVE = """\
CLAIM is one of
  empty RULE           nobody can be a member
  everyone RULE        everybody is a member
  equal RULE RULE      both have the same members
  implies RULE RULE    whoever is a member of the first is one of the second
  disjoint RULE RULE   nobody is a member of both
  partition RULE …     everybody is a member of exactly one; or the file of a partition,
                       whose parts are then taken as they are written: it says whether
                       their order matters

RULE is a rule in quotes, a segment's name or a definition file. The answer is about
every customer that the catalog allows and every `as of`, not about the data. It begins
with one of three words, which the exit code says, too:
  proved   0
  refuted  4   with a customer who shows it
  unknown  5   with what stood in the way

examples:
  segql prove empty 'age > 40 and age < 30'
  segql prove implies 'bought in last 30 days' 'bought in last 90 days'
  segql prove disjoint vip lifecycle.new
  segql prove partition lifecycle
"""

_EXPLAIN = """\
examples:
  segql explain E201
  segql explain W203
"""

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
        description=_ABOUT,
        epilog=_EXAMPLES,
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

    _run(command("run", "run a rule, a segment or a folder of them", _RUN))
    _compile(command("compile", "turn a rule or a segment into SQL", _COMPILE))
    check = command("check", "find every mistake in rules and catalog", _CHECK)
    check.add_argument(
        "paths", nargs="*", metavar="PATH", help="definition files, or folders of them"
    )
    check.add_argument(
        "--strict", action="store_true", help="exit with 1 for warnings, too"
    )
    _test(command("test", "run the example customers of definition files", _TEST))
    fmt = command("fmt", "write definition files in their one form", _FMT)
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
    init = command("init", "draft a project from live data", _INIT)
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
    doctor = command("doctor", "compare the catalog with the live data", _DOCTOR)
    doctor.add_argument("--as-of", metavar="INSTANT", help=_INSTANT)
    _on(doctor)
    _verify(command("verify", "compare two connections' members", _VERIFY))
    prove = command("prove", "prove what a rule means, or refute it", _PROVE)
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
    explain = command("explain", "tell what a code means", _EXPLAIN)
    explain.add_argument("code", metavar="CODE", help="such as E201 or W203")
    return parser


def _test(parser: Parser) -> None:
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="definition files, or folders of them"
    )
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


def _project(parser: Parser, default: str | None) -> None:
    parser.add_argument(
        "-p",
        "--project",
        metavar="DIR",
        default=default,
        help="the project's folder; by default here, or the nearest above",
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
