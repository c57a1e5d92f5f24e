"""Importing orders: rows with one external id are items of one order."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from models import Customer, ImportKind, Order, OrderStatus, Workspace
from services.errors import Refusal
from services.ids import global_id
from services.orders import OrderItemReport, OrderReport, upsert_order
from tests.services.importing.files import (
    customers,
    failures,
    killed_after,
    lines,
    numbers,
    orders,
    request,
    written,
)
from tests.services.writing import change, count, customer, merged, rows, stored

HEAD = ["externalId", "customerExternalId", "status", "total", "orderedAt"]
ITEMS = [*HEAD, "product", "sku", "quantity", "unitPrice"]
KOPI = ["Kopi", "K-1", "2", "89000"]
TEH = ["Teh", "T-1", "1", "24500"]


async def order(workspace: Workspace, external_id: str) -> Order:
    sql = "SELECT * FROM orders WHERE workspace_id = $1 AND external_id = $2"
    (row,) = await rows(workspace, sql, external_id)
    return Order._init_from_db(**row)


async def items(workspace: Workspace, external_id: str) -> list[tuple[str, str | None, int]]:
    sql = """
        SELECT i.product, i.sku, i.quantity FROM order_items i
        JOIN orders o ON o.workspace_id = $1 AND o.id = i.order_id
        WHERE i.workspace_id = $1 AND o.external_id = $2 ORDER BY i.position"""
    found = await rows(workspace, sql, external_id)
    return [(row["product"], row["sku"], row["quantity"]) for row in found]


async def test_an_imported_order_is_like_one_that_was_reported(
    workspace: Workspace, other_workspace: Workspace, tmp_path: Path
) -> None:
    budi = await customer(workspace, "Budi", external_id="A-1")
    twin = await customer(other_workspace, "Budi", external_id="A-1")
    report = OrderReport(
        external_id="O-1",
        customer_id=twin.id,
        status=OrderStatus.PAID,
        total=Decimal("202500.00"),
        ordered_at=datetime(2026, 11, 20, 1, 30, tzinfo=UTC),
        items=[
            OrderItemReport(product="Kopi", sku="K-1", quantity=2, unit_price=Decimal("89000.00")),
            OrderItemReport(product="Teh", sku="T-1", quantity=1, unit_price=Decimal("24500.00")),
        ],
    )
    await change(other_workspace, upsert_order, report)
    head = ["O-1", "A-1", "PAID", "202500", "2026-11-20T08:30:00+07:00"]
    path = written(tmp_path / "orders.csv", ITEMS, [*head, *KOPI], [*head, *TEH])
    assert numbers(await orders(workspace, path)) == (2, 1, 0, 0, 0)
    made, reported = await order(workspace, "O-1"), await order(other_workspace, "O-1")
    own = {"id", "workspace_id", "customer_id", "origin_customer_id"}
    names = [name for name in made._meta.db_fields if name not in own]
    assert {n: getattr(made, n) for n in names} == {n: getattr(reported, n) for n in names}
    assert await items(workspace, "O-1") == await items(other_workspace, "O-1")
    for one, of in ((budi, workspace), (twin, other_workspace)):
        now = await stored(of, one.id)
        assert (now.lifetime_value, now.paid_order_count) == (Decimal("202500.00"), 1)


async def test_rows_of_an_order_need_not_stand_together_nor_in_one_batch(
    workspace: Workspace, tmp_path: Path
) -> None:
    await customer(workspace, "Budi", external_id="A-1")
    first = ["O-1", "A-1", "PAID", "113500", "2026-11-20"]
    others = [[f"X-{n}", "A-1", "PENDING", "1", "2026-11-20", *TEH] for n in range(9)]
    path = written(tmp_path / "o.csv", ITEMS, [*first, *KOPI], *others, [*first, *TEH])
    assert numbers(await orders(workspace, path, batch_rows=4)) == (11, 10, 0, 0, 0)
    assert await items(workspace, "O-1") == [("Kopi", "K-1", 2), ("Teh", "T-1", 1)]
    before = await rows(workspace, "SELECT * FROM order_items WHERE workspace_id = $1 ORDER BY id")
    assert numbers(await orders(workspace, path, batch_rows=4)) == (11, 0, 0, 10, 0)
    after = await rows(workspace, "SELECT * FROM order_items WHERE workspace_id = $1 ORDER BY id")
    assert after == before


async def test_rows_that_disagree_about_their_order_are_left_out(
    workspace: Workspace, tmp_path: Path
) -> None:
    await customer(workspace, "Budi", external_id="A-1")
    path = written(
        tmp_path / "o.csv",
        ITEMS,
        ["O-1", "A-1", "PAID", "113500", "2026-11-20", *KOPI],
        ["O-1", "A-1", "PAID", "999999", "2026-11-20", *TEH],
        ["O-1", "A-1", "PAID", "113500", "2026-11-20", "Teh", "", "no", "1"],
        ["O-1", "A-1", "PAID", "113500", "2026-11-20", *TEH],
    )
    summary = await orders(workspace, path)
    assert numbers(summary) == (4, 1, 0, 0, 2)
    found = failures(summary)
    assert lines(found) == [(3, "externalId"), (4, "quantity")]
    assert "Line 2 has this order with another" in found[0]["reason"]
    assert await items(workspace, "O-1") == [("Kopi", "K-1", 2), ("Teh", "T-1", 1)]
    assert (await order(workspace, "O-1")).total == Decimal("113500.00")


async def test_a_file_with_fewer_items_removes_those_that_it_no_longer_has(
    workspace: Workspace, tmp_path: Path
) -> None:
    budi = await customer(workspace, "Budi", external_id="A-1")
    head = ["O-1", "A-1", "PAID", "113500", "2026-11-20"]
    await orders(workspace, written(tmp_path / "a.csv", ITEMS, [*head, *KOPI], [*head, *TEH]))
    cheaper = ["O-1", "A-1", "PAID", "89000", "2026-11-20"]
    path = written(tmp_path / "b.csv", ITEMS, [*cheaper, *KOPI])
    assert numbers(await orders(workspace, path)) == (1, 0, 1, 0, 0)
    assert await items(workspace, "O-1") == [("Kopi", "K-1", 2)]
    assert (await stored(workspace, budi.id)).lifetime_value == Decimal("89000.00")
    heads_only = written(tmp_path / "c.csv", HEAD, cheaper)
    assert numbers(await orders(workspace, heads_only)) == (1, 0, 0, 1, 0)
    assert await items(workspace, "O-1") == [("Kopi", "K-1", 2)]


async def test_an_order_that_changes_hands_changes_both_lifetime_values(
    workspace: Workspace, tmp_path: Path
) -> None:
    budi = await customer(workspace, "Budi", external_id="A-1")
    siti = await customer(workspace, "Siti", external_id="A-2")
    await orders(
        workspace, written(tmp_path / "a.csv", HEAD, ["O-1", "A-1", "PAID", "50", "20261120"])
    )
    path = written(tmp_path / "b.csv", HEAD, ["O-1", "A-2", "PAID", "50", "20261120"])
    assert numbers(await orders(workspace, path)) == (1, 0, 1, 0, 0)
    assert (await stored(workspace, budi.id)).lifetime_value == Decimal("0.00")
    assert (await stored(workspace, siti.id)).lifetime_value == Decimal("50.00")


async def test_an_order_of_a_merged_customer_is_the_main_ones(
    workspace: Workspace, tmp_path: Path
) -> None:
    main = await customer(workspace, "Budi", external_id="A-1")
    member = await customer(workspace, "Budi S.", external_id="A-2")
    await merged(workspace, member, main)
    header = ["externalId", "customerId", "status", "total", "orderedAt"]
    row = ["O-1", global_id(Customer, member.id), "PAID", "50", "20261120"]
    await orders(workspace, written(tmp_path / "o.csv", header, row))
    made = await order(workspace, "O-1")
    assert (made.customer_id, made.origin_customer_id) == (main.id, member.id)
    assert (await stored(workspace, main.id)).lifetime_value == Decimal("50.00")


async def test_damaged_orders_are_left_out_with_line_column_and_reason(
    workspace: Workspace, other_workspace: Workspace, tmp_path: Path
) -> None:
    await customer(workspace, "Budi", external_id="A-1")
    await customer(other_workspace, "Siti", external_id="A-2")
    day = "2026-11-20"
    bad: list[tuple[str, list[Any]]] = [
        ("externalId", ["", "A-1", "PAID", "1", day]),
        ("customerExternalId", ["O-2", "A-2", "PAID", "1", day]),
        ("customerExternalId", ["O-3", "", "PAID", "1", day]),
        ("status", ["O-4", "A-1", "SENT", "1", day]),
        ("total", ["O-5", "A-1", "PAID", "NaN", day]),
        ("total", ["O-6", "A-1", "PAID", "-5", day]),
        ("total", ["O-7", "A-1", "PAID", "29,33", day]),
        ("orderedAt", ["O-8", "A-1", "PAID", "1", "2026-02-29"]),
        ("orderedAt", ["O-9", "A-1", "PAID", "1", ""]),
    ]
    good = ["O-1", "A-1", "paid", "29.33", day]
    path = written(tmp_path / "o.csv", HEAD, *(row for _, row in bad), good)
    summary = await orders(workspace, path)
    assert numbers(summary) == (10, 1, 0, 0, 9)
    columns = [(line, column) for line, (column, _) in enumerate(bad, start=2)]
    assert lines(failures(summary)) == columns
    assert "Import the customers first" in failures(summary)[1]["reason"]


async def test_a_status_column_is_asked_for(workspace: Workspace, tmp_path: Path) -> None:
    header = ["externalId", "customerExternalId", "state", "total", "orderedAt"]
    path = written(tmp_path / "o.csv", header, ["O-1", "A-1", "PAID", "1", "20261120"])
    with pytest.raises(Refusal, match=r"No column feeds status.*Columns without a field: state"):
        await orders(workspace, path)
    assert await count(workspace, "orders") == 0


async def test_killed_between_an_orders_rows_it_goes_on_with_the_same_order(
    workspace: Workspace, tmp_path: Path
) -> None:
    await customers(
        workspace, written(tmp_path / "c.csv", ["externalId", "fullName"], ["A-1", "B"])
    )
    found = []
    for number in range(40):
        head = [f"O-{number}", "A-1", "PAID", "113500", "2026-11-20"]
        found += [[*head, *KOPI], [*head, *TEH]]
    interleaved = [*found[::2], *found[1::2]]
    path = written(tmp_path / "o.csv", ITEMS, *interleaved)
    of = request(workspace, ImportKind.ORDERS, path, batch_rows=7)
    await killed_after(30, of)
    await killed_after(60, of)
    summary = await orders(workspace, path, batch_rows=7)
    assert (summary.counts.done, summary.counts.added, summary.counts.failed) == (80, 40, 0)
    assert await count(workspace, "order_items") == 80
    assert await items(workspace, "O-39") == [("Kopi", "K-1", 2), ("Teh", "T-1", 1)]
