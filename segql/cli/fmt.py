"""`segql fmt`: definition files in, the same in their one form out."""

import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from segql.catalog.load import PROJECT_FILE, load_project_file
from segql.cli import output
from segql.cli.check import count_of, definition_files_of
from segql.cli.what import find_project
from segql.diagnostics import Diagnostic, Report, SegqlError
from segql.engines.written import written
from segql.library import read_source
from segql.messages import reading, usage
from segql.source import Source
from segql.syntax.format import format_source

STANDARD_INPUT = "<stdin>"


def run(asked: Namespace) -> int:
    if "-" in asked.paths:
        return _run_stream(asked)
    paths = [Path(path) for path in asked.paths]
    folder = Path() if paths else _segments(find_project(asked.project))
    done = _Done()
    for file in definition_files_of(paths, folder):
        _one(file, asked, done)
    output.fail(done.diagnostics)
    if done.diagnostics:
        output.note("")
    output.note(_summary(done, writes=not (asked.check or asked.diff)))
    return _exit_code(done, asked)


@dataclass(slots=True)
class _Done:
    """How many files were looked at, and changed; what is wrong with the others."""

    files: int = 0
    changed: int = 0
    diagnostics: list[Diagnostic] = field(default_factory=list)


def _segments(folder: Path) -> Path:
    """Where a project keeps its definition files."""
    report = Report(read_source(folder / PROJECT_FILE))
    assert report.source is not None
    file = load_project_file(report.source, report)
    if file is None:
        raise SegqlError(report.diagnostics)
    return folder / file.segments


def _one(file: Path, asked: Namespace, done: _Done) -> None:
    """Formats a file in place, or says that it would; what fails is kept in `done`."""
    done.files += 1
    try:
        if file.exists() and not file.is_file():
            raise SegqlError([reading.cannot_read(str(file), "it is not a file")])
        source = read_source(file)
        before = file.read_bytes()
        after = format_source(source).encode()
        if after == before:
            return
        if not (asked.check or asked.diff):
            with written(file) as opened:
                opened.write(after)
    except OSError as error:
        done.diagnostics.append(reading.cannot_read(str(file), output.reason(error)))
    except SegqlError as error:
        done.diagnostics += error.diagnostics
    else:
        done.changed += 1
        _tell(str(file), source.text, after.decode(), asked)


def _run_stream(asked: Namespace) -> int:
    """From the standard input to the standard output."""
    if len(asked.paths) > 1:
        message = "`-` is the standard input, and goes with no other path"
        raise SegqlError([usage.misused(message, "call it once for each")])
    source = _from_input()
    after = format_source(source)
    changed = after != source.text
    if not (asked.check or asked.diff):
        output.data(after.encode())
        return 0
    if changed:
        _tell(STANDARD_INPUT, source.text, after, asked)
    return int(changed)


def _from_input() -> Source:
    try:
        content = b"" if sys.stdin is None else sys.stdin.buffer.read()
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SegqlError([reading.not_text(STANDARD_INPUT)]) from None
    except OSError as error:
        reason = output.reason(error)
        raise SegqlError([reading.cannot_read(STANDARD_INPUT, reason)]) from None
    if "\0" in text:
        raise SegqlError([reading.not_text(STANDARD_INPUT)])
    return Source(text, STANDARD_INPUT)


def _tell(name: str, before: str, after: str, asked: Namespace) -> None:
    if asked.diff:
        _show_difference(name, before, after)
    else:
        word = "would change" if asked.check else "changed"
        output.say(output.harmless(f"{word} {name}"))


def _show_difference(name: str, before: str, after: str) -> None:
    """The change as `diff -u` shows it, which `patch` can read."""
    from difflib import unified_diff

    old, new = _lines(before), _lines(after)
    for line in unified_diff(old, new, fromfile=name, tofile=name):
        end = "" if line.endswith("\n") else "\n\\ No newline at end of file\n"
        if output.terminal(sys.stdout):
            shown = output.harmless(line.rstrip("\r\n").expandtabs(4))
            output.say(output.paint(shown, _style(line)))
        else:
            output.data((line + end).encode())


def _lines(text: str) -> Sequence[str]:
    """The lines of a text with their ends; only `\\n` ends one."""
    parts = text.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + [part for part in parts[-1:] if part]


def _style(line: str) -> str:
    match line[:1]:
        case "+":
            return "green"
        case "-":
            return "red"
        case "@":
            return "cyan"
        case _:
            return ""


def _summary(done: _Done, writes: bool) -> str:
    changed = f"{done.changed:,} {'changed' if writes else 'would change'}"
    errors = sum(each.severity == "error" for each in done.diagnostics)
    parts = [
        count_of(done.files, "file"),
        output.paint(changed, "yellow" if done.changed else "dim", sys.stderr),
    ]
    if errors:
        parts.append(output.paint(count_of(errors, "error"), "red", sys.stderr))
    return ", ".join(parts)


def _exit_code(done: _Done, asked: Namespace) -> int:
    code = output.exit_code(done.diagnostics)
    return 1 if not code and done.changed and (asked.check or asked.diff) else code
