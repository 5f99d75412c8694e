"""A project with findings of every sort, for the tests of `segql check`."""

from pathlib import Path

CATALOG = """\
entity: {table: customers, key: id, zone: Europe/Berlin}
attributes:
  age: {type: integer, synonyms: [years]}
  city: {type: text, values: [Berlin, Hamburg, Köln]}
  town: {type: text, column: city, deprecated: city}
  place: {type: text, column: other, deprecated: city}
  newsletter: boolean
events:
  bought:
    table: purchases
    customer: customer
    time: {column: at, type: timestamp, zone: UTC}
    properties:
      category: text
      kind: {type: text, column: category, deprecated: category}
      price: "decimal(10, 2)"
    argument: category
  purchased:
    table: purchases
    customer: customer
    time: {column: at, type: timestamp, zone: UTC}
    deprecated: bought
    properties:
      category: text
      kind: {type: text, column: category, deprecated: category}
      price: "decimal(10, 2)"
    argument: category
"""
PROJECT = "connection: {engine: duckdb, files: data}\n"
FILES = {
    "fine": 'segment fine "Gut"\n  owner "o@shop.example"\nwhere age > 3\n',
    "mixed": 'age > 3 and newsletter or city = "Köln"\n',
    "sub/wrong, 50%": 'agee > 3 and\n  "𝔘nicode 𝕏" = cityy\n',
    "slip": "age == 3 && newsletter\n",
    "shared": "let young = age < 30\n",
    "user": 'young and town = "Berlin"\n',
    "quiet": 'city != "Köln"  # allow W201: all of them\n',
}


def make_project(folder: Path, files: dict[str, str] | None = None) -> Path:
    (folder / "segments").mkdir(parents=True)
    (folder / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
    (folder / "segql.yaml").write_text(PROJECT, encoding="utf-8")
    for name, text in (FILES if files is None else files).items():
        write(folder, name, text)
    return folder


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / "segments" / f"{name}.seg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path
