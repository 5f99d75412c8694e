"""A folder whose rights count: root may read everything, so tests lay that aside."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_NOBODY = 65534
needs_rights = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no such rights")


@contextmanager
def open_folder() -> Iterator[Path]:
    """A new folder that anyone can enter; those of pytest are its user's alone."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)


@contextmanager
def refused(path: Path, mode: int = 0) -> Iterator[None]:
    """Nobody may read a path, or just what `mode` says; neither may this process."""
    before, user = path.stat().st_mode, os.geteuid()
    path.chmod(mode)
    if user == 0:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)
        path.chmod(before)
