"""Lint, layout, types and import contracts: what the tools say of the whole tree."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent

TOOLS = {
    "lint": ["ruff", "check", "."],
    "layout": ["ruff", "format", "--check", "segql", "tests"],
    "types": ["mypy"],
    "imports": ["lint-imports"],
}


@pytest.mark.parametrize("words", TOOLS.values(), ids=TOOLS)
def test_tool(words: list[str]) -> None:
    done = subprocess.run(
        [str(BIN / words[0]), *words[1:]],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
