"""Random rows for every table of a world: few, with ties, gaps and strangers."""

from random import Random
from typing import Any

from random_cells import Cells, Pools
from random_worlds import TEXT_KEY

from segql.catalog.nodes import Column
from segql.model.windows import Clock
from segql.model.world import World

Rows = list[dict[str, Any]]
_TEXT_KEYS = ["1", "10", "2", "a", "A", "ß", "", "a b", "é", "\uffff", "\U0001f642"]


def tables_of(chance: Random, bound: World, clock: Clock, pools: Pools) -> dict:
    """Rows for every table of a world: few, with ties, gaps and strangers."""
    cells = Cells(chance, bound.catalog, clock, pools)
    return _Tables(cells).tables()


class _Tables:
    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self.some = cells.some
        (self.key,) = cells.catalog.entity.key
        self.keys: list[Any] = list(range(1, cells.some(1, 3, 5, 6, 8, 9) + 1))
        self.stranger: Any = 99
        if self.key == TEXT_KEY:
            self.keys = cells.chance.sample(_TEXT_KEYS, len(self.keys))
            self.stranger = "x"

    def tables(self) -> dict[str, Rows]:
        some = self.some
        customers = self.keyed("customers", None, self.key, self.keys)
        created = self.cells.catalog.entity.since
        for row in customers:
            if created is not None:
                row["created"] = self.cells.past_cell(created)
            else:
                row.pop("created", None)
        lines = self.rows("lines", "bought", None, 12)
        for row in lines:
            row["order_id"] = some(*range(1, 9), 9, None)
            row["line_no"] = some(1, 1, 2, 3, None)
            row["item"] = some({"product": some(1, 2, 3, 4, None)}, None)
            row["kind"] = some("x", "y", None)
        orders = self.keyed("orders", "order", "order_id", list(range(1, 9)))
        for row in orders:
            row["customer_id"] = self.somebody()
            row["status"] = some(*["paid"] * 7, row["status"])
        products = self.keyed("products", "product", "id", [1, 2, 3])
        for row in products:
            row["maker_id"] = some(1, 2, None)
        makers = []
        for key, kind in ((1, "x"), (1, "y"), (2, "x"), (None, "x"), (2, None)):
            makers += self.keyed("makers", "maker", "id", [key])
            makers[-1]["kind"] = kind
        views = self.rows("views", "viewed", None, 10)
        for row in views:
            row["who"] = self.somebody()
            row["event_id"] = some("a", "b", "c", None)
            if row["seconds"] is not None:
                row["seconds"] = abs(row["seconds"]) % 200
        calls = self.rows("calls", "called", None, 8)
        for row in calls:
            row["caller"] = some({"id": self.somebody()}, {"id": self.somebody()}, None)
            if row["minutes"] is not None:
                row["minutes"] = max(-1000, min(1000, row["minutes"]))
        visits = self.rows("shop visits", "visited", None, 10)
        for row in visits:
            row["customer"] = self.somebody()
            row["number"] = some(1, 2, 2, None)
            row["token"] = some(1, 2, 3, None)
        clicks = self.rows("clicks", "clicked", None, 8)
        for row in clicks:
            row["user_id"] = self.somebody()
        papers = self.rows("papers", "signed", None, 8)
        for row in papers:
            row["contract"] = some({"person": some(1, 2, 3, 4, None)}, None)
            row["id"] = some(1, 2, 3, 4, None)
        people = self.keyed("people", "person", "ident", [1, 2, 3])
        for row in people:
            row["customer"] = self.somebody()
        known = [key for key in self.keys if self.cells.rare(0.7)]
        baskets = self.rows("baskets", "ordered", None, 10)
        for row in baskets:
            row["buyer"] = self.somebody()
            row["number"] = some(1, 2, 3, 4, None)
            row["shop_id"] = some(1, 2, 3, None)
        shops = [
            {"id": key, "region": region}
            for key, region in ((1, "n"), (2, "s"), (4, "n"), (None, "n"))
        ]
        shops[0]["region"] = some("n", "n", None)
        basket_lines = self.rows("basket lines", "ordered.line", None, 14)
        for row in basket_lines:
            row["basket"] = some(1, 1, 2, 3, 5, None)
            row["region"] = some("n", "n", "n", "s", None)
            row["item"] = some({"product": some(1, 2, 3, 4, None)}, None)
        parcels = self.rows("parcels", "ordered.parcel", None, 8)
        for row in parcels:
            row["basket"] = some(1, 2, 3, 5, None)
        addresses = self.rows("addresses", "address", None, 10)
        for row in addresses:
            row["person"] = some(1, 2, 3, 4, None)
            row["address_id"] = some(1, 2, 3, None)
        residents = self.rows("residents", "address.resident", None, 10)
        for row in residents:
            row["address"] = some(1, 2, 3, 4, None)
        devices = self.rows("devices", "device", None, 10)
        for row in devices:
            row["owner"] = self.somebody()
        loyalty = self.related("loyalty", "points", [*known, self.stranger, None, None])
        coupons = self.related("coupons", "coupon", [*known, None])
        return {
            "customers": customers,
            "lines": lines,
            "orders": orders,
            "products": products,
            "makers": makers,
            "views": views,
            "calls": calls,
            "shop visits": visits,
            "clicks": clicks,
            "papers": papers,
            "people": people,
            "baskets": baskets,
            "shops": shops,
            "basket lines": basket_lines,
            "parcels": parcels,
            "addresses": addresses,
            "residents": residents,
            "devices": devices,
            "loyalty": loyalty,
            "coupons": coupons,
        }

    def somebody(self) -> int | None:
        if self.cells.rare(0.1):
            return self.some(self.stranger, None)
        return self.some(*self.keys)

    def rows(self, table: str, event: str, join: str | None, most: int) -> Rows:
        chance, time = self.cells.chance, self.cells.catalog.events[event].time
        count = sum(chance.randrange(most) for _ in range(3))
        return [self.row(self.columns(event, join), time=time) for _ in range(count)]

    def keyed(self, table: str, join: str | None, key: str, keys: list) -> Rows:
        if join is None:
            columns = [
                each.column
                for each in self.cells.catalog.attributes.values()
                if each.related is None
            ]
            made = [(self.row(columns, False), key_) for key_ in keys]
        else:
            event = "signed" if join == "person" else "bought"
            time = self.cells.catalog.events[event].time
            columns = self.columns(event, join)
            made = [(self.row(columns, time=time), key_) for key_ in keys]
        return [{**row, key: key_} for row, key_ in made]

    def related(self, table: str, name: str, keys: list) -> Rows:
        attributes = self.cells.catalog.attributes.values()
        columns = [
            each.column
            for each in attributes
            if each.related is not None and each.related.table == table
        ]
        related = self.cells.catalog.attributes[name].related
        assert related is not None
        found = []
        for key in keys:
            row = self.row(columns, False)
            _put(row, related.key, key)
            found.append(row)
        return found

    def columns(self, event: str, join: str | None) -> list[Column]:
        entry = self.cells.catalog.events[event]
        columns = [each.column for each in entry.properties.values()]
        if entry.time is not None:
            columns.insert(0, entry.time)
        return [column for column in columns if column.join == join]

    def row(
        self, columns: list[Column], exact: bool = True, time: Column | None = None
    ) -> dict[str, Any]:
        row: dict[str, Any] = {}
        inside: dict[str, list[Column]] = {}
        for column in columns:
            if column.stored == "json":
                inside.setdefault(column.path[0], []).append(column)
            elif column.longitude is not None:
                nan = float("nan")
                latitudes = (None, 52.5, 52.57, 0.0, 0.0, 90.0, -90.0, -52.5, 91.0, nan)
                longitudes = (None, 13.4, 13.5, 0.0, 0.0, 180.0, -180.0, -179.99, 181.0)
                _put(row, column.path, self.some(*latitudes))
                _put(row, column.longitude, self.some(*longitudes))
            else:
                cell = self.cells.cell(column, exact)
                if column is time:
                    cell = self.cells.past_cell(column)
                if column.path == ("small",) and cell is not None:
                    cell = max(-128, min(127, cell))
                if column.path == ("quantity",) and cell is not None:
                    cell = max(-(2**31), min(2**31 - 1, cell))
                _put(row, column.path, cell)
        for head, below in inside.items():
            row[head] = self.document(below)
        for head in {c.path[0] for c in columns if len(c.path) > 1}:
            if isinstance(row.get(head), dict) and self.cells.rare(0.1):
                row[head] = None
        return row

    def document(self, columns: list[Column]) -> str | None:
        if self.cells.rare(0.1):
            return self.some(None, None, "{}", "null", "[]", '"a"')
        parts: dict[str, Any] = {}
        for column in columns:
            found = self.cells.json(column.type)
            if found is not None:
                _put(parts, column.path[1:], found)
        return _written(parts)


def _put(row: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        row = row.setdefault(name, {})
    row[path[-1]] = value


def _written(parts: Any) -> str:
    if isinstance(parts, str):
        return parts
    inner = ", ".join(f'"{name}": {_written(part)}' for name, part in parts.items())
    return "{" + inner + "}"
