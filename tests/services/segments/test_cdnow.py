"""Real purchases: what segments count equals what the file alone comes to, whoever orders move to.

CDNOW's customers as of 1998-06-30, the last day of the file.
"""

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from models import ImportKind, OrderStatus, Workspace
from services.importing.runs import run_import
from services.orders import OrderReport, upsert_order
from tests.services.importing.files import DATA, request, written
from tests.services.merging.families import merge, unmerge
from tests.services.segments.keeping import is_right, job, kept, segment
from tests.services.writing import change, rows

AS_OF = datetime(1998, 6, 30, 9, tzinfo=UTC)
TODAY = date(1998, 6, 30)
LATELY = {"bought": {"product": "CD", "op": "GTE", "times": 1, "withinDays": 90}}
LOYAL = {
    "all": [
        {"orders": {"measure": "COUNT", "op": "GTE", "value": "3"}},
        {"orders": {"measure": "SUM", "op": "GTE", "value": "50"}},
    ]
}


class Purchase(NamedTuple):
    """A line of the file."""

    customer: str
    day: date
    dollars: Decimal


def purchases() -> list[Purchase]:
    """The file, as it stands: an id, another one, the day, the number of CDs, dollars."""
    found = []
    for line in (DATA / "CDNOW_sample.txt").read_text().splitlines():
        id, _, day, _, dollars = line.split()
        on = date(int(day[:4]), int(day[4:6]), int(day[6:]))
        found.append(Purchase(f"cdnow-{id}", on, Decimal(dollars)))
    return found


def lately(sales: Mapping[int, Purchase]) -> set[str]:
    """Who bought in the 90 days up to today, today among them."""
    since = TODAY - timedelta(days=89)
    return {one.customer for one in sales.values() if since <= one.day <= TODAY}


def loyal(sales: Mapping[int, Purchase]) -> set[str]:
    """Who bought three times or more, for 50 dollars or more."""
    spent: defaultdict[str, list[Decimal]] = defaultdict(list)
    for one in sales.values():
        spent[one.customer].append(one.dollars)
    return {id for id, sums in spent.items() if len(sums) >= 3 and sum(sums) >= 50}


@dataclass
class Shop:
    """The workspace beside the file."""

    workspace: Workspace
    sales: dict[int, Purchase]
    ids: dict[str, UUID]
    lately: UUID
    loyal: UUID

    async def is_as_in_the_file(self) -> None:
        """Assert that both segments have whom the file has."""
        named = {id: name for name, id in self.ids.items()}
        members = await kept(self.workspace)
        assert {named[id] for id in members[self.lately]} == lately(self.sales)
        assert {named[id] for id in members[self.loyal]} == loyal(self.sales)

    async def moves(self, number: int, to: str) -> None:
        """An order is reported again, of another customer."""
        sale = self.sales[number]
        self.sales[number] = sale._replace(customer=to)
        at = datetime(sale.day.year, sale.day.month, sale.day.day, 5, tzinfo=UTC)
        report = OrderReport(
            external_id=str(number),
            customer_id=self.ids[to],
            status=OrderStatus.PAID,
            total=sale.dollars,
            ordered_at=at,
        )
        await change(self.workspace, upsert_order, report, now=AS_OF)


async def open_shop(workspace: Workspace, folder: Path) -> Shop:
    """The segments, and the file imported after them: its rows are looked at by the job."""
    sales = dict(enumerate(purchases(), start=1))
    names = list(dict.fromkeys(one.customer for one in sales.values()))
    segments = [await segment(workspace, LATELY, now=AS_OF), await segment(workspace, LOYAL)]
    people = written(
        folder / "people.csv", ["externalId", "fullName"], *([name, name] for name in names)
    )
    header = ["externalId", "customerExternalId", "status", "total", "currency", "orderedAt"]
    lines = (
        [n, one.customer, "PAID", one.dollars, "USD", one.day, "CD", 1, one.dollars]
        for n, one in sales.items()
    )
    orders = written(folder / "orders.csv", [*header, "product", "quantity", "unitPrice"], *lines)
    for kind, path in ((ImportKind.CUSTOMERS, people), (ImportKind.ORDERS, orders)):
        summary = await run_import(request(workspace, kind, path), clock=lambda: AS_OF)
        assert summary.counts.failed == 0
    found = await rows(workspace, "SELECT id, external_id FROM customers WHERE workspace_id = $1")
    ids = {row["external_id"]: row["id"] for row in found}
    return Shop(workspace, sales, ids, segments[0].id, segments[1].id)


async def test_segments_of_cdnow(workspace: Workspace, tmp_path: Path) -> None:
    shop = await open_shop(workspace, tmp_path)
    await job(workspace, AS_OF)
    await shop.is_as_in_the_file()
    assert (len(lately(shop.sales)), len(loyal(shop.sales))) == (299, 691)

    dice = random.Random(0)
    names = sorted(shop.ids)
    for number in dice.sample(sorted(shop.sales), 60):
        await shop.moves(number, dice.choice(names))
    await shop.is_as_in_the_file()

    apart = dict(shop.sales)
    chosen = dice.sample(names, 40)
    pairs = dict(zip(chosen[:20], chosen[20:], strict=True))
    for member, main in pairs.items():
        await merge(workspace, shop.ids[main], shop.ids[member], now=AS_OF)
    shop.sales = {
        number: one._replace(customer=pairs.get(one.customer, one.customer))
        for number, one in apart.items()
    }
    await shop.is_as_in_the_file()

    for member in dice.sample(sorted(pairs), 20):
        await unmerge(workspace, shop.ids[member], now=AS_OF)
    shop.sales = apart
    await shop.is_as_in_the_file()
    await is_right(workspace, AS_OF)
