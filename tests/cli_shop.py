"""A small shop for the tests of the command line: eight customers, German names."""

from pathlib import Path

PROJECT = "connection: {engine: duckdb, files: data}\n"
CATALOG = """\
language: 1
entity:
  table: customers
  key: customer_id
  zone: Europe/Berlin
attributes:
  age: integer
  city: {type: text, synonyms: [Ort]}
  newsletter: boolean
  joined: {type: timestamp, zone: UTC}
  income: {type: double, scale: 2}
events:
  bought:
    table: orders
    customer: customer_id
    time: {column: bought_at, type: timestamp, zone: UTC}
    properties: {category: text}
    argument: category
"""
CUSTOMERS = """\
customer_id,age,city,newsletter,joined,income
k1,30,Köln,true,2024-12-31 23:30:00,1000.50
k2,31,München,false,2025-01-01 10:00:00,
k3,,"Halle, Saale",,2025-01-02 10:00:00,0.10
k4,45,,true,2025-01-03 10:00:00,12345678.90
k5,28,"",true,2025-01-03 10:00:00,2.00
k6,52,"Mühl""hausen",false,2025-01-03 10:00:00,3.00
k7,19,Köln,true,2025-01-03 10:00:00,4.00
k8,33,Köln,false,2025-01-03 10:00:00,5.00
"""
ORDERS = """\
customer_id,bought_at,category
k1,2025-05-01 12:00:00,sport
k1,2025-05-02 12:00:00,sport
k2,2025-05-03 12:00:00,garden
k9,2025-05-03 12:00:00,garden
"""
SEGMENTS = {
    "koelner": 'segment koelner "Kölnerinnen und Kölner"\n'
    '  owner "o@shop.example"\n\nwhere city = "Köln"\n',
    "kaeufer": 'segment kaeufer "Käufer"\n  owner "o@shop.example"\n\n'
    "param n: integer = 1\n\n"
    "where bought in last 90 days >= n\n",
    "bruecke/alle": "everyone\n",
    "shared": "let jung = age ..29\n",
}
AS_OF = "2025-06-01T00:00"


def make_shop(folder: Path) -> Path:
    """Writes the whole project."""
    (folder / "data").mkdir(parents=True)
    (folder / "segql.yaml").write_text(PROJECT, encoding="utf-8")
    (folder / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
    (folder / "data" / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    (folder / "data" / "orders.csv").write_text(ORDERS, encoding="utf-8")
    for name, text in SEGMENTS.items():
        file = folder / "segments" / f"{name}.seg"
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_text(text, encoding="utf-8")
    return folder
