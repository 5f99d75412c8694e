"""`segql check --fix` and `--diff`: definition files in, the mended files out."""

from argparse import Namespace
from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path

from segql.cli import output
from segql.cli.check import definition_paths
from segql.diagnostics import Diagnostic, SegqlError
from segql.findings.fix import Fixed, fixed
from segql.findings.found import shown_path
from segql.findings.levels import levelled, seen_from
from segql.findings.project_files import ProjectFiles
from segql.library import Checked, Library, read_source
from segql.messages import usage
from segql.source import Source


def fix(folder: Path, paths: list[Path], asked: Namespace) -> int:
    """Mends files, or shows what would change. Returns 1 if anything would."""
    project = ProjectFiles(folder)
    if project.library is None:
        why = "the catalog or the project file has mistakes of its own"
        help = "mend these first; `segql check` shows them"
        if not asked.diff:
            return 1
        raise SegqlError([usage.misused(f"nothing can be mended: {why}", help)])
    changes = 0
    for file in definition_paths(paths, project):
        found = _fixed(file, project, project.library)
        if found is None:
            continue
        changes += len(found.done)
        if asked.diff:
            _show(file, read_source(file).text, found.text)
        else:
            _write(file, found.text)
            # what others mean by its names is read anew
            project.library = project.library.again()
    verb = "would be put right" if asked.diff else "put right"
    if changes or asked.diff:
        times = "1 finding" if changes == 1 else f"{changes:,} findings"
        output.note(f"{times} {verb}")
    return 1 if changes else 0


def _fixed(file: Path, project: ProjectFiles, library: Library) -> Fixed | None:
    """What becomes of a file; None if nothing does."""
    try:
        source = read_source(file)
    except SegqlError:
        return None
    where = seen_from(project.folder, file)

    def check(text: str) -> Checked:
        return library.check(
            Source(text, source.name), file.stem, file=True, doubts=True
        )

    def shown(checked: Checked) -> Sequence[Diagnostic]:
        return levelled(checked.findings, project.levels, where)

    found = fixed(source.text, check, shown, library.world.catalog)
    return found if found.text != source.text else None


def _show(file: Path, before: str, after: str) -> None:
    name = shown_path(str(file))
    lines = unified_diff(
        before.splitlines(keepends=True),
        after.splitlines(keepends=True),
        f"a/{name}",
        f"b/{name}",
    )
    text = "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in lines
    )
    output.data(text.encode())


def _write(file: Path, text: str) -> None:
    """The whole file or nothing; a byte order mark at its beginning stays."""
    from segql.engines.written import written

    mark = b"\xef\xbb\xbf" if file.read_bytes()[:3] == b"\xef\xbb\xbf" else b""
    with written(file) as to:
        to.write(mark + text.encode("utf-8"))
