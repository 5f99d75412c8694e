"""Makes the tables of the example shop: a fixed seed in, Parquet files out.

Run `python make_data.py`: it writes the folder `data` beside this file. It reads no
clock, so each run makes the same rows. Times are UTC; the shop lives in Berlin's zone
and its tables end at about 2026-06-01T00:00 there (2026-05-31T22:00 UTC).
"""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from generator.chance import Row
from generator.contacts import make_after_sales, make_answers, make_emails, make_views
from generator.customers import make_customers
from generator.edges import make_edge_customers
from generator.sales import make_carts, make_loyalty, make_orders, make_products

FOLDER = Path(__file__).parent / "data"
KEY, WHEN, TEXT = pa.int64(), pa.timestamp("us"), pa.string()
MONEY, TEXTS = pa.decimal128(10, 2), pa.list_(pa.string())

SCHEMAS = {
    "customers": [
        ("customer_id", KEY), ("first_name", TEXT), ("gender", TEXT),
        ("birthdate", pa.date32()), ("age", pa.int32()), ("household", TEXT),
        ("household_size", pa.int32()), ("children", pa.int32()), ("education", TEXT),
        ("income", MONEY), ("profession", TEXT), ("city", TEXT), ("region", TEXT),
        ("postcode", TEXT), ("latitude", pa.float64()), ("longitude", pa.float64()),
        ("climate_zone", TEXT), ("interests", TEXTS), ("personal_values", TEXTS),
        ("lifestyle", TEXTS), ("preferred_device", TEXT), ("preferred_payment", TEXT),
        ("contact", pa.struct([("email", TEXT), ("phone", TEXT)])),
        ("newsletter", pa.bool_()), ("email_consent", pa.bool_()),
        ("sms_consent", pa.bool_()), ("post_consent", pa.bool_()), ("shoe_size", TEXT),
        ("expecting_baby_month", pa.date32()), ("created_at", WHEN),
    ],
    "loyalty": [
        ("customer_id", KEY), ("tier", TEXT), ("points", pa.int32()),
        ("joined_on", pa.date32()),
    ],
    "products": [
        ("product_id", KEY), ("name", TEXT), ("category", TEXT), ("subcategory", TEXT),
        ("brand", TEXT), ("price", MONEY), ("sustainable", pa.bool_()),
        ("quality", TEXT), ("co2_kg", pa.float64()),
    ],
    "orders": [
        ("order_id", KEY), ("customer_id", KEY), ("ordered_at", WHEN), ("status", TEXT),
        ("payment", TEXT), ("device", TEXT), ("basket_value", MONEY),
    ],
    "order_lines": [
        ("order_id", KEY), ("line_no", pa.int32()), ("product_id", KEY),
        ("quantity", pa.int32()), ("amount", MONEY), ("discount", MONEY),
    ],
    "page_views": [
        ("event_id", TEXT), ("customer_id", KEY), ("viewed_at", WHEN), ("device", TEXT),
        ("path", TEXT), ("category", TEXT), ("product_id", KEY),
    ],
    "carts": [
        ("event_id", TEXT), ("customer_id", KEY), ("added_at", WHEN),
        ("product_id", KEY), ("quantity", pa.int32()), ("device", TEXT),
    ],
    "email_events": [
        ("event_id", TEXT), ("customer_id", KEY), ("kind", TEXT), ("campaign", TEXT),
        ("topic", TEXT), ("happened_at", WHEN),
    ],
    "returns": [
        ("return_id", KEY), ("order_id", KEY), ("line_no", pa.int32()),
        ("product_id", KEY), ("returned_at", WHEN), ("reason", TEXT),
    ],
    "reviews": [
        ("review_id", KEY), ("customer_id", KEY), ("product_id", KEY),
        ("rating", pa.int32()), ("sentiment", TEXT), ("reviewed_at", WHEN),
    ],
    "survey_answers": [
        ("answer_id", KEY), ("customer_id", KEY), ("survey", TEXT), ("question", TEXT),
        ("answer", TEXT), ("score", pa.int32()), ("answered_on", pa.date32()),
    ],
}  # fmt: skip


def make_tables() -> dict[str, list[Row]]:
    people = make_customers() + make_edge_customers()
    products = make_products()
    orders, lines = make_orders(people, products)
    returns, reviews = make_after_sales(people, orders, lines)
    return {
        "customers": people,
        "loyalty": make_loyalty(people, orders),
        "products": products,
        "orders": orders,
        "order_lines": lines,
        "page_views": make_views(people, products),
        "carts": make_carts(people, orders, lines, products),
        "email_events": make_emails(people),
        "returns": returns,
        "reviews": reviews,
        "survey_answers": make_answers(people),
    }


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(exist_ok=True)
    for name, rows in make_tables().items():
        schema = pa.schema(SCHEMAS[name])
        kept = [{column: row[column] for column in schema.names} for row in rows]
        table = pa.Table.from_pylist(kept, schema=schema)
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
        print(f"{name}: {table.num_rows} rows")


if __name__ == "__main__":
    main()
