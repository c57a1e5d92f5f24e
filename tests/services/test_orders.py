"""Orders, the currency they are in, and what they make their customers worth."""

import asyncio
import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from models import OrderStatus, Workspace
from models.base import new_id
from services.customer_deletions import delete_customer
from services.errors import ErrorCode, Refusal
from services.lifetime_values import refresh_lifetime_value
from services.orders import OrderItemReport, OrderReport, upsert_order
from services.transactions import workspace_transaction
from services.workspaces import create_workspace
from tests.services.reports import (
    NOW,
    everything,
    merged,
    order,
    rows,
    the_customer,
    typed_in,
    within,
)

HOUR = timedelta(hours=1)
WAITING = """
    SELECT 1 FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE a.datname = current_database() AND NOT l.granted AND $1::uuid IS NOT NULL"""
"""Whether a transaction of this test's database waits for another."""
ITEM = OrderItemReport(product="Kopi Gayo", sku="KG-250", quantity=2, unit_price=Decimal("75000"))


async def worth(workspace: Workspace, customer_id: object) -> tuple[Decimal, int]:
    (row,) = await rows(
        workspace,
        "SELECT lifetime_value, paid_order_count FROM customers"
        " WHERE workspace_id = $1 AND id = $2",
        customer_id,
    )
    return row["lifetime_value"], row["paid_order_count"]


async def items_of(workspace: Workspace, order_id: object) -> list[tuple[int, str, int, Decimal]]:
    found = await rows(
        workspace,
        "SELECT position, product, quantity, unit_price FROM order_items"
        " WHERE workspace_id = $1 AND order_id = $2 ORDER BY position",
        order_id,
    )
    return [tuple(row.values()) for row in found]


async def currency_of(workspace: Workspace) -> str:
    (row,) = await rows(workspace, "SELECT currency FROM workspaces WHERE workspace_id = $1")
    return str(row["currency"])


# What an order is worth to its customer


async def test_only_paid_orders_count_into_the_lifetime_value(workspace: Workspace) -> None:
    siti = await typed_in(workspace)
    await order(workspace, siti.id, external_id="1", total=Decimal("100000.50"))
    await order(workspace, siti.id, external_id="2", total=Decimal("0.25"))
    for number, status in enumerate(
        (OrderStatus.PENDING, OrderStatus.CANCELLED, OrderStatus.REFUNDED)
    ):
        await order(workspace, siti.id, external_id=f"x{number}", status=status)
    assert await worth(workspace, siti.id) == (Decimal("100000.75"), 2)


async def test_a_refund_takes_the_order_out_again(workspace: Workspace) -> None:
    siti = await typed_in(workspace)
    paid = await order(workspace, siti.id)
    refunded = await order(workspace, siti.id, status=OrderStatus.REFUNDED)
    assert refunded.paid_at == paid.paid_at
    assert await worth(workspace, siti.id) == (Decimal(0), 0)


async def test_another_currencys_orders_are_counted_but_not_summed(workspace: Workspace) -> None:
    siti = await typed_in(workspace)
    await order(workspace, siti.id, external_id="1", currency="IDR")
    await order(workspace, siti.id, external_id="2", currency="USD", total=Decimal(10))
    assert await worth(workspace, siti.id) == (Decimal(150000), 2)


async def test_an_order_that_moves_changes_what_both_customers_are_worth(
    workspace: Workspace,
) -> None:
    siti, rudi = await typed_in(workspace), await typed_in(workspace)
    first = await order(workspace, siti.id)
    moved = await order(workspace, rudi.id)
    assert moved.id == first.id
    assert (moved.customer_id, moved.origin_customer_id) == (rudi.id, rudi.id)
    assert await worth(workspace, siti.id) == (Decimal(0), 0)
    assert await worth(workspace, rudi.id) == (Decimal(150000), 1)


async def test_orders_of_many_at_one_instant_add_up(workspace: Workspace) -> None:
    people = [await typed_in(workspace) for _ in range(3)]
    moves = random.Random(7)
    reports = [(f"INV-{number % 8}", moves.choice(people).id) for number in range(40)]
    await asyncio.gather(
        *(order(workspace, id, external_id=name, total=Decimal("1.01")) for name, id in reports)
    )
    values = [await worth(workspace, one.id) for one in people]
    assert sum(count for _, count in values) == 8
    assert sum(value for value, _ in values) == Decimal("8.08")
    for one in people:
        (summed,) = await rows(
            workspace,
            "SELECT coalesce(sum(total), 0) AS total, count(*) AS count FROM orders"
            " WHERE workspace_id = $1 AND customer_id = $2",
            one.id,
        )
        assert await worth(workspace, one.id) == (summed["total"], summed["count"])


async def test_an_order_waits_for_another_of_the_same_customer_and_counts_it(
    database: None,
) -> None:
    workspace = await create_workspace("Kedai", currency="IDR")
    siti = await typed_in(workspace)
    first = OrderReport(
        external_id="1",
        customer_id=siti.id,
        status=OrderStatus.PAID,
        total=Decimal(1),
        ordered_at=NOW,
    )
    async with workspace_transaction(workspace.id, now=NOW) as tx:
        await upsert_order(tx, first)
        second = asyncio.create_task(order(workspace, siti.id, external_id="2", total=Decimal(2)))
        while not await rows(workspace, WAITING):
            assert not second.done()
    await second
    assert await worth(workspace, siti.id) == (Decimal(3), 2)


async def test_refreshing_computes_from_the_orders_and_writes_only_what_changes(
    workspace: Workspace,
) -> None:
    siti, rudi = await typed_in(workspace), await typed_in(workspace, lifetime_value=Decimal(5))
    await order(workspace, siti.id)
    ids = [siti.id, rudi.id, new_id()]
    assert await within(workspace, lambda tx: refresh_lifetime_value(tx, ids)) == 1
    assert await within(workspace, lambda tx: refresh_lifetime_value(tx, ids)) == 0
    assert await worth(workspace, siti.id) == (Decimal(150000), 1)
    assert await worth(workspace, rudi.id) == (Decimal(0), 0)


async def test_a_sum_beyond_18_digits_is_refused(workspace: Workspace) -> None:
    siti = await typed_in(workspace)
    await order(workspace, siti.id, external_id="1", total=Decimal("999999999999999999.99"))
    before = await everything(workspace)
    with pytest.raises(Refusal) as refused:
        await order(workspace, siti.id, external_id="2", total=Decimal("0.01"))
    assert (refused.value.code, refused.value.field) == (ErrorCode.LIMIT_EXCEEDED, ("total",))
    assert await everything(workspace) == before


# Whose it is


async def test_an_order_of_a_merged_member_is_the_main_ones_and_keeps_its_origin(
    workspace: Workspace,
) -> None:
    main, member = await typed_in(workspace), await typed_in(workspace)
    await merged(workspace, main, member)
    found = await order(workspace, member.id)
    assert (found.customer_id, found.origin_customer_id) == (main.id, member.id)
    assert await worth(workspace, main.id) == (Decimal(150000), 1)
    assert await worth(workspace, member.id) == (Decimal(0), 0)


async def test_reported_again_of_the_main_one_an_order_keeps_its_origin(
    workspace: Workspace,
) -> None:
    main, member, other = [await typed_in(workspace) for _ in range(3)]
    await order(workspace, member.id)
    await merged(workspace, main, member, other)
    again = await order(workspace, main.id)
    assert (again.customer_id, again.origin_customer_id) == (main.id, member.id)
    corrected = await order(workspace, other.id)
    assert (corrected.customer_id, corrected.origin_customer_id) == (main.id, other.id)


async def test_an_order_of_a_deleted_customer_is_kept_and_they_stay_deleted(
    workspace: Workspace,
) -> None:
    siti = await typed_in(workspace)
    await within(workspace, lambda tx: delete_customer(tx, siti.id))
    assert (await order(workspace, siti.id)).customer_id == siti.id
    assert (await the_customer(workspace, siti.id)).deleted_at == NOW
    assert await worth(workspace, siti.id) == (Decimal(150000), 1)


# Its fields


async def test_sent_twice_it_is_one_order(workspace: Workspace) -> None:
    siti = await typed_in(workspace)
    first = await order(workspace, siti.id, items=[ITEM])
    again = await order(workspace, siti.id)
    assert again.id == first.id
    assert await items_of(workspace, first.id) == [(1, "Kopi Gayo", 2, Decimal(75000))]
    assert await worth(workspace, siti.id) == (Decimal(150000), 1)


async def test_items_that_are_given_are_all_its_items(workspace: Workspace) -> None:
    siti = await typed_in(workspace)
    tea = OrderItemReport(product="Teh", quantity=1, unit_price=Decimal("12.50"))
    found = await order(workspace, siti.id, items=[ITEM, tea])
    await order(workspace, siti.id, items=[tea, ITEM, tea])
    assert [item[1] for item in await items_of(workspace, found.id)] == ["Teh", "Kopi Gayo", "Teh"]
    await order(workspace, siti.id, items=None)
    assert await items_of(workspace, found.id) == []


async def test_a_paid_order_was_paid_when_it_was_ordered_unless_told(workspace: Workspace) -> None:
    siti = await typed_in(workspace)
    told = await order(workspace, siti.id, external_id="1", ordered_at=NOW, paid_at=NOW + HOUR)
    untold = await order(workspace, siti.id, external_id="2", ordered_at=NOW)
    pending = await order(workspace, siti.id, external_id="3", status=OrderStatus.PENDING)
    assert told.paid_at == NOW + HOUR
    assert untold.paid_at == NOW
    assert pending.paid_at is None
    assert (await order(workspace, siti.id, external_id="1")).paid_at == NOW + HOUR
    assert (await order(workspace, siti.id, external_id="1", paid_at=None)).paid_at == NOW


# Its currency


async def test_a_workspace_takes_the_currency_of_its_first_order(workspace: Workspace) -> None:
    siti = await typed_in(workspace)
    assert (await order(workspace, siti.id, external_id="1", currency="sgd")).currency == "SGD"
    assert (await order(workspace, siti.id, external_id="2")).currency == "SGD"
    assert (await order(workspace, siti.id, external_id="3", currency="USD")).currency == "USD"
    assert await currency_of(workspace) == "SGD"
    assert await worth(workspace, siti.id) == (Decimal(300000), 3)


async def test_where_nobody_tells_a_currency_it_is_the_rupiah(workspace: Workspace) -> None:
    siti = await typed_in(workspace)
    assert (await order(workspace, siti.id)).currency == "IDR"
    assert await currency_of(workspace) == "IDR"


async def test_a_workspaces_own_currency_stays(database: None) -> None:
    shop = await create_workspace("Kedai", currency="MYR")
    siti = await typed_in(shop)
    assert (await order(shop, siti.id, external_id="1", currency="USD")).currency == "USD"
    assert (await order(shop, siti.id, external_id="2")).currency == "MYR"
    assert await currency_of(shop) == "MYR"
    assert await worth(shop, siti.id) == (Decimal(150000), 2)


async def test_of_first_orders_at_one_instant_one_decides_the_currency(
    workspace: Workspace,
) -> None:
    people = [await typed_in(workspace) for _ in range(6)]
    currencies = ["USD", "SGD", "IDR"] * 2
    await asyncio.gather(
        *(
            order(workspace, one.id, external_id=one.id.hex, currency=currency)
            for one, currency in zip(people, currencies, strict=True)
        )
    )
    taken = await currency_of(workspace)
    for one, currency in zip(people, currencies, strict=True):
        expected = Decimal(150000) if currency == taken else Decimal(0)
        assert await worth(workspace, one.id) == (expected, 1)


async def test_an_order_keeps_its_currency_where_it_is_left_out(workspace: Workspace) -> None:
    siti = await typed_in(workspace)
    await order(workspace, siti.id, external_id="1", currency="IDR")
    await order(workspace, siti.id, external_id="2", currency="USD")
    assert (await order(workspace, siti.id, external_id="2")).currency == "USD"
    assert (await order(workspace, siti.id, external_id="2", currency=None)).currency == "USD"


# What is refused


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"external_id": " "}, "externalId"),
        ({"total": Decimal("NaN")}, "total"),
        ({"total": Decimal("Infinity")}, "total"),
        ({"total": Decimal("-0.01")}, "total"),
        ({"total": Decimal("0.001")}, "total"),
        ({"total": Decimal("1e18")}, "total"),
        ({"total": Decimal("1e4000")}, "total"),
        ({"currency": "rupiah"}, "currency"),
        ({"ordered_at": NOW.replace(year=9998)}, "orderedAt"),
        ({"paid_at": NOW.replace(year=1)}, "paidAt"),
        ({"items": [OrderItemReport(product="", quantity=1, unit_price=Decimal(1))]}, "product"),
        ({"items": [OrderItemReport(product="A", quantity=0, unit_price=Decimal(1))]}, "quantity"),
        (
            {"items": [OrderItemReport(product="A", quantity=1, unit_price=Decimal(-1))]},
            "unitPrice",
        ),
    ],
)
async def test_what_is_malformed_is_refused_and_changes_nothing(
    workspace: Workspace, given: dict[str, Any], path: str
) -> None:
    siti = await typed_in(workspace)
    before = await everything(workspace)
    with pytest.raises(Refusal) as refused:
        await order(workspace, siti.id, **given)
    assert refused.value.code is ErrorCode.INVALID
    assert refused.value.field == (("items", "0", path) if "items" in given else (path,))
    assert await everything(workspace) == before


async def test_amounts_are_kept_to_the_hundredth(workspace: Workspace) -> None:
    siti = await typed_in(workspace)
    await order(workspace, siti.id, external_id="1", total=Decimal("1.50000"))
    await order(workspace, siti.id, external_id="2", total=Decimal("-0"))
    assert await worth(workspace, siti.id) == (Decimal("1.50"), 2)


async def test_more_than_1000_items_are_refused(workspace: Workspace) -> None:
    siti = await typed_in(workspace)
    found = await order(workspace, siti.id, items=[ITEM] * 1_000)
    assert len(await items_of(workspace, found.id)) == 1_000
    with pytest.raises(Refusal) as refused:
        await order(workspace, siti.id, items=[ITEM] * 1_001)
    assert (refused.value.code, refused.value.field) == (ErrorCode.LIMIT_EXCEEDED, ("items",))


async def test_unknown_erased_and_another_workspaces_customers_are_not_found(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    foreign = await typed_in(other_workspace)
    erased = await typed_in(workspace, erased_at=NOW)
    for id in (foreign.id, erased.id, new_id()):
        with pytest.raises(Refusal) as refused:
            await order(workspace, id)
        assert (refused.value.code, refused.value.field) == (ErrorCode.NOT_FOUND, ("customerId",))


async def test_one_external_id_in_two_workspaces_is_two_orders(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    siti, rudi = await typed_in(workspace), await typed_in(other_workspace)
    first = await order(workspace, siti.id)
    before = await everything(workspace)
    second = await order(other_workspace, rudi.id, total=Decimal(1), currency="USD")
    assert first.id != second.id
    assert await everything(workspace) == before
    assert await worth(other_workspace, rudi.id) == (Decimal(1), 1)
