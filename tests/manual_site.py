"""For mkdocs: the spec's README in, the site's contents out; pages as it can read them.

The order of the pages stands in the README alone.
"""

import re
from pathlib import Path
from typing import Any

NAMES = {
    "printed": "In its one form:",
    "written": "Written so:",
    "formatted": "In its one form:",
    "catalog": "",
}


def on_config(config: Any) -> Any:
    """The contents: each heading of the README with the pages in its table."""
    readme = Path(config["docs_dir"], "README.md").read_text(encoding="utf-8")
    config["nav"] = [{"The manual": "README.md"}, {"Cheat sheet": "cheat_sheet.md"}]
    for part in readme.split("\n### ")[1:]:
        pages = re.findall(r"^\| \[(.+?)\]\((\d\d_\w+\.md)\) \|", part, re.MULTILINE)
        config["nav"].append(
            {part.splitlines()[0]: [{title: path} for title, path in pages]}
        )
    return config


def on_page_markdown(markdown: str, **_: Any) -> str:
    """A fence has one word there, and a bar in a table's code needs no backslash."""
    markdown = re.sub(r"(?m)^\|.*$", lambda row: row[0].replace("\\|", "|"), markdown)
    return re.sub(r"(?m)^```(\w+) (\S+)$", _fence, markdown)


def _fence(found: re.Match[str]) -> str:
    """The name of a file stands above it."""
    language, name = found.groups()
    said = NAMES.get(name, f"**{name}**")
    return f"{said}\n\n```{language}"
