"""Real data: what comes out is compared with totals that the csv module alone computes."""

import csv
import shutil
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

from models import PropertyType, Workspace
from services.properties import PropertyDraft, save_property
from tests.services.importing.files import (
    DATA,
    customers,
    failures,
    lines,
    numbers,
    orders,
    written,
)
from tests.services.writing import change, rows

ITEM_COLUMNS = ("product", "pieces", "unitPrice")
FEBRL_MAPPING = (
    ("rec_id", "externalId"),
    ("given_name", "fullName"),
    ("surname", "fullName"),
    ("street_number", "street"),
    ("address_1", "street"),
    ("address_2", "street"),
    ("suburb", "district"),
    ("postcode", "zipCode"),
    ("state", "province"),
    ("date_of_birth", "birthDate"),
)


def exists(day: str) -> bool:
    """Whether a day such as 19810315 is in the calendar."""
    try:
        date(int(day[:4]), int(day[4:6]), int(day[6:]))
    except ValueError:
        return False
    return True


def read_people(path: Path) -> list[dict[str, str]]:
    """The rows of a file, as the csv module alone reads them."""
    with path.open(newline="") as file:
        found = csv.DictReader(file, skipinitialspace=True)
        return [{key: value.strip() for key, value in row.items()} for row in found]


def read_purchases() -> list[list[str]]:
    """CDNOW's purchases: the customer's two ids, the day, the number of CDs, dollars."""
    return [line.split() for line in (DATA / "CDNOW_sample.txt").read_text().splitlines()]


async def test_febrl_as_customers(workspace: Workspace, tmp_path: Path) -> None:
    path = Path(shutil.copy(DATA / "febrl1.csv", tmp_path))
    for key, type in (("birthDate", PropertyType.DATE), ("street", PropertyType.TEXT)):
        await change(workspace, save_property, PropertyDraft(key=key, label=key, type=type))
    people = read_people(path)
    bad = [
        n
        for n, one in enumerate(people, 2)
        if one["date_of_birth"] and not exists(one["date_of_birth"])
    ]
    good = {one["rec_id"]: one for n, one in enumerate(people, 2) if n not in bad}
    summary = await customers(workspace, path, *FEBRL_MAPPING)
    assert numbers(summary) == (1_000, len(good), 0, 0, len(bad))
    assert lines(failures(summary)) == [(line, "date_of_birth") for line in bad]
    assert summary.unused_columns == ("soc_sec_id",)
    stored = await rows(
        workspace,
        """SELECT external_id, full_name, district, zip_code, province,
            properties ->> 'birthDate' AS born, properties ->> 'street' AS street
        FROM customers WHERE workspace_id = $1""",
    )
    assert {row["external_id"]: tuple(row.values())[1:] for row in stored} == {
        rec_id: (
            " ".join(filter(None, (one["given_name"], one["surname"]))),
            one["suburb"] or None,
            one["postcode"] or None,
            one["state"] or None,
            date.fromisoformat(one["date_of_birth"]).isoformat() if one["date_of_birth"] else None,
            " ".join(filter(None, (one["street_number"], one["address_1"], one["address_2"])))
            or None,
        )
        for rec_id, one in good.items()
    }


async def test_cdnow_as_orders_of_customers_made_from_its_ids(
    workspace: Workspace, tmp_path: Path
) -> None:
    purchases = read_purchases()
    ids = list(dict.fromkeys(purchase[0] for purchase in purchases))
    people = written(
        tmp_path / "customers.csv",
        ["externalId", "fullName"],
        *([f"cdnow-{id}", f"Customer {id}"] for id in ids),
    )
    header = ["order", "customer", "state", "amount", "currency", "day", *ITEM_COLUMNS]
    sales = written(
        tmp_path / "orders.csv",
        header,
        *(
            [n, f"cdnow-{id}", "PAID", dollars, "USD", day, "CD", pieces, dollars]
            for n, (id, _, day, pieces, dollars) in enumerate(purchases, start=1)
        ),
    )
    mapping = (
        ("order", "externalId"),
        ("customer", "customerExternalId"),
        ("state", "status"),
        ("amount", "total"),
        ("day", "orderedAt"),
        ("pieces", "quantity"),
    )
    assert numbers(await customers(workspace, people)) == (len(ids), len(ids), 0, 0, 0)
    summary = await orders(workspace, sales, *mapping)
    assert numbers(summary) == (len(purchases), len(purchases), 0, 0, 0)
    assert (len(ids), len(purchases)) == (2_357, 6_919)

    spent: defaultdict[str, Decimal] = defaultdict(Decimal)
    for id, _, _, _, dollars in purchases:
        spent[f"cdnow-{id}"] += Decimal(dollars)
    (total,) = await rows(
        workspace,
        """SELECT sum(total) AS paid, count(*) AS orders, count(DISTINCT customer_id) AS customers
        FROM orders WHERE workspace_id = $1 AND status = 'PAID' AND currency = 'USD'""",
    )
    assert total == {"paid": sum(spent.values()), "orders": 6_919, "customers": 2_357}
    best = await rows(
        workspace,
        """SELECT external_id, lifetime_value FROM customers WHERE workspace_id = $1
        ORDER BY lifetime_value DESC, external_id LIMIT 10""",
    )
    assert [(row["external_id"], row["lifetime_value"]) for row in best] == sorted(
        spent.items(), key=lambda one: (-one[1], one[0])
    )[:10]
    (sums,) = await rows(
        workspace,
        """SELECT sum(lifetime_value) AS value, sum(paid_order_count) AS orders
        FROM customers WHERE workspace_id = $1""",
    )
    assert sums == {"value": sum(spent.values()), "orders": 6_919}
    (quantity,) = await rows(
        workspace, "SELECT sum(quantity) AS n FROM order_items WHERE workspace_id = $1"
    )
    assert quantity["n"] == sum(int(purchase[3]) for purchase in purchases)
    assert numbers(await orders(workspace, sales, *mapping)) == (6_919, 0, 0, 6_919, 0)
