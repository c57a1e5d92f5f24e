"""CDNOW's purchases as orders: values, tags and counts are those that the file alone gives.

And so they are after orders have moved, after twenty pairs were merged and after their unmerging.
The dates and criteria of segments over the same file: tests/services/segments.
"""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest_asyncio

from models import OrderStatus, Workspace
from services.merging.merges import merge_customers
from services.merging.requests import Merging
from services.merging.unmerges import unmerge_customer
from services.orders import OrderReport, upsert_order
from services.tags import save_tag
from services.workspaces import create_workspace
from tests.asking import ask
from tests.services.importing.files import DATA, customers, orders, written
from tests.services.writing import change, rows

RANGES = {"High": (100, None), "Middle": (30, 100), "Low": (None, 30)}
STANDING = """{ tags { nodes { name customerCount customers(first: 1) { totalCount } } }
    monitoring { total productive passive active }
    regularCustomers(first: 5, orderBy: { by: LIFETIME_VALUE, direction: DESC }) { totalCount
        nodes { externalId lifetimeValue isProductive
            orders(first: 100) { totalCount nodes { orderedAt } }
            purchases { product timesBought quantity spent lastBoughtAt } } } }"""


@dataclass
class Purchase:
    """A line of the file."""

    order: str
    customer: str
    day: datetime
    pieces: int
    dollars: Decimal


def purchases() -> list[Purchase]:
    """The file's lines."""
    found = []
    for number, line in enumerate((DATA / "CDNOW_sample.txt").read_text().splitlines(), 1):
        id, _, day, pieces, dollars = line.split()
        at = datetime.strptime(day, "%Y%m%d").replace(hour=12, tzinfo=UTC)
        found.append(Purchase(f"{number}", f"cdnow-{id}", at, int(pieces), Decimal(dollars)))
    return found


@dataclass
class Shop:
    """A workspace that has the file, and whose each purchase is by now."""

    workspace: Workspace
    ids: dict[str, UUID]
    purchases: list[Purchase]
    main: dict[str, str]

    def by_customer(self) -> dict[str, list[Purchase]]:
        """The purchases of each customer, those of whom is merged into them among them."""
        found: dict[str, list[Purchase]] = defaultdict(list)
        for one in self.purchases:
            found[self.main.get(one.customer, one.customer)].append(one)
        return found

    async def check(self) -> dict[str, int]:
        """The API says what the file says; how many carry each tag."""
        data = await ask(self.workspace, STANDING)
        bought = self.by_customer()
        values = {name: spent(found) for name, found in bought.items()}
        shown = [name for name in self.ids if name not in self.main]
        tags = {
            name: sum(within(values.get(each, Decimal(0)), *RANGES[name]) for each in shown)
            for name in RANGES
        }
        for tag in data["tags"]["nodes"]:
            assert tag["customerCount"] == tag["customers"]["totalCount"] == tags[tag["name"]]
        number = len(shown)
        assert data["monitoring"] == {
            "total": number,
            "productive": len(bought),
            "passive": number,
            "active": 0,
        }
        regular = data["regularCustomers"]
        assert regular["totalCount"] == len(bought)
        best = sorted(values.values(), reverse=True)[:5]
        assert [Decimal(one["lifetimeValue"]) for one in regular["nodes"]] == best
        for one in regular["nodes"]:
            assert one["isProductive"]
            check_profile(one, bought[one["externalId"]])
        return tags


def check_profile(node: dict[str, Any], bought: list[Purchase]) -> None:
    """A regular customer's products: how often, how many, spent, when last."""
    assert node["orders"]["totalCount"] == len(bought)
    [product] = node["purchases"]
    last = max(one.day for one in bought)
    assert product["timesBought"] == len(bought)
    assert product["quantity"] == sum(one.pieces for one in bought)
    assert datetime.fromisoformat(product["lastBoughtAt"]) == last
    assert Decimal(node["lifetimeValue"]) == spent(bought)


def spent(found: Iterable[Purchase]) -> Decimal:
    return sum((one.dollars for one in found), Decimal(0))


def within(value: Decimal, low: int | None, high: int | None) -> bool:
    return (low is None or value >= low) and (high is None or value < high)


@pytest_asyncio.fixture
async def shop(database: None, tmp_path: Path) -> Shop:
    """The file, imported as a user would."""
    workspace = await create_workspace("CDNOW", timezone="America/New_York", currency="USD")
    bought = purchases()
    names = list(dict.fromkeys(one.customer for one in bought))
    people = [[name, f"Customer {name}"] for name in names]
    await customers(workspace, written(tmp_path / "c.csv", ["externalId", "fullName"], *people))
    header = ["externalId", "customerExternalId", "status", "total", "orderedAt"]
    lines = [
        [n.order, n.customer, "PAID", n.dollars, n.day.isoformat(), "CD", n.pieces, "1"]
        for n in bought
    ]
    sales = written(tmp_path / "o.csv", [*header, "product", "quantity", "unitPrice"], *lines)
    await orders(workspace, sales)
    found = await rows(workspace, "SELECT external_id, id FROM customers WHERE workspace_id = $1")
    for name, (low, high) in RANGES.items():
        bounds = [None if one is None else Decimal(one) for one in (low, high)]
        await change(workspace, save_tag, None, name, *bounds)
    return Shop(workspace, {row["external_id"]: row["id"] for row in found}, bought, {})


async def test_values_tags_and_counts_are_those_of_the_file_whatever_moves(shop: Shop) -> None:
    dice = random.Random(20260101)
    assert await shop.check() == {"High": 615, "Middle": 842, "Low": 900}
    await move_orders(shop, dice)
    moved = await shop.check()
    assert moved != {"High": 615, "Middle": 842, "Low": 900}
    names = dice.sample(sorted(shop.ids), 40)
    for main, member in zip(names[:20], names[20:], strict=True):
        asked = Merging(main_id=shop.ids[main], member_ids=[shop.ids[member]])
        await change(shop.workspace, merge_customers, asked)
        shop.main[member] = main
    assert sum((await shop.check()).values()) == 2_337
    for member in dice.sample(sorted(shop.main), 20):
        await change(shop.workspace, unmerge_customer, shop.ids[member])
        del shop.main[member]
    assert await shop.check() == moved


async def move_orders(shop: Shop, dice: random.Random) -> None:
    """Report sixty orders as others': all those of ten customers, who have bought nothing then."""
    left = set(dice.sample(sorted(shop.ids), 10))
    chosen = [one for one in shop.purchases if one.customer in left]
    chosen += dice.sample([one for one in shop.purchases if one.customer not in left], 60)
    others = sorted(shop.ids.keys() - left)
    for one in chosen:
        one.customer = dice.choice(others)
        report = OrderReport(
            external_id=one.order,
            customer_id=shop.ids[one.customer],
            status=OrderStatus.PAID,
            total=one.dollars,
            ordered_at=one.day,
        )
        await change(shop.workspace, upsert_order, report)
