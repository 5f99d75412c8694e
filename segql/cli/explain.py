"""`segql explain`: a code in, its page out."""

import re
import sys
from argparse import Namespace
from pathlib import Path

from segql.cli import output
from segql.diagnostics import SegqlError
from segql.messages import usage

PAGES = Path(__file__).parents[1] / "explain"
_FENCE = re.compile(r"```(\w*) ?(\w*)")


def run(asked: Namespace) -> int:
    code = asked.code.strip().upper()
    known = codes()
    if code not in known:
        raise SegqlError([usage.unknown_code(asked.code, known)])
    text = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    output.say(_pretty(text) if output.terminal(sys.stdout) else text.rstrip())
    return 0


def codes() -> list[str]:
    """The codes that have a page, sorted."""
    return sorted(path.stem for path in PAGES.glob("[EW][0-9][0-9][0-9].md"))


def _pretty(text: str) -> str:
    """A page for a terminal: no marks of Markdown, examples set in."""
    lines = [""]
    code = False
    for line in text.rstrip().split("\n"):
        if found := _FENCE.fullmatch(line):
            code = not code
            mark = {"bad": ("✗ not so", "red"), "good": ("✓ but so", "green")}
            if code and found[2] in mark:
                words, style = mark[found[2]]
                lines += ["  " + output.paint(words, style), ""]
            continue
        if code:
            lines.append(f"      {line}".rstrip())
        elif line.startswith("# "):
            name, _, title = line[2:].partition(": ")
            head = output.paint(name, "yellow"), output.paint(title, "bold")
            lines.append("  " + "  ".join(head))
        else:
            lines.append(f"  {_inline(line)}".rstrip())
    return "\n".join([*lines, ""])


def _inline(line: str) -> str:
    return re.sub(
        r"`([^`]+)`",
        lambda found: (
            output.paint(found[1], "cyan") if output.styled(sys.stdout) else found[0]
        ),
        line,
    )
