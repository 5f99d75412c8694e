"""A throw-away segql project over the benchmark's shop."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CATALOG = Path(__file__).with_name("catalog.yaml")


@contextmanager
def workspace(shop: Path) -> Iterator[Path]:
    """A folder with segql.yaml, the catalog and room for segments; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="segql-bench-") as name:
        folder = Path(name)
        (folder / "segments").mkdir()
        shutil.copy(CATALOG, folder)
        (folder / "segql.yaml").write_text(
            "connection:\n"
            "  engine: duckdb\n"
            f"  database: {json.dumps(str(shop.resolve()))}\n",
            encoding="utf-8",
        )
        yield folder
