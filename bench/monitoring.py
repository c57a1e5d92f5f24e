"""Monitoring, tags by lifetime value and regular customers over many customers, and what it costs
each change that counts are kept."""

import argparse
import time
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import ModuleType
from typing import Any
from uuid import UUID

import asyncpg

from bench.datasets import CUSTOMERS, make_workspace, quick_loading
from bench.questions import Asking, Question
from models import ChannelKind, MessageDirection, OrderStatus
from models.database import close_database, open_database
from services import customer_deletions, lifetime_values, window_openings
from services.customer_deletions import delete_customer, restore_customer
from services.messages import NewMessage, record_message
from services.monitoring import recount
from services.orders import OrderReport, upsert_order
from services.tags import save_tag
from services.transactions import retrying, workspace_transaction
from settings import read_settings

# Every second one has paid, for amounts that are spread evenly from 0 to 200; the windows of those
# who wrote in the last day are open.
PAYING = """
    UPDATE customers SET lifetime_value = made.value, paid_order_count = made.number % 2,
        window_status = CASE WHEN last_inbound_at > $2 THEN 'ACTIVE' ELSE 'PASSIVE' END
    FROM (
        SELECT id, number, CASE WHEN number % 2 = 1 THEN (number * 7919 % 20000) / 100.0 ELSE 0 END
            AS value
        FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM customers
            WHERE workspace_id = $1) numbered
    ) made WHERE customers.workspace_id = $1 AND customers.id = made.id"""
ORDERS = """
    INSERT INTO orders (workspace_id, id, external_id, customer_id, origin_customer_id, status,
        total, currency, ordered_at, paid_at, created_at, updated_at)
    SELECT $1, id, id, id, id, 'PAID', lifetime_value, 'IDR', $2, $2, $2, $2
    FROM customers WHERE workspace_id = $1 AND paid_order_count > 0"""
ITEMS = """
    INSERT INTO order_items (workspace_id, id, order_id, position, product, quantity, unit_price)
    SELECT $1, uuidv7(), o.id, n, 'Kopi ' || n, n, o.total / 6
    FROM orders o CROSS JOIN generate_series(1, 2) n WHERE o.workspace_id = $1"""
GROUPS = """
    INSERT INTO groups (workspace_id, id, name, search_text, created_at, updated_at)
    SELECT $1, uuidv7(), 'Grup ' || n, 'grup ' || n, $2, $2 FROM generate_series(1, 20) n"""
# The first group is of everybody, the others of a twentieth each.
MEMBERS = """
    INSERT INTO customer_groups (workspace_id, id, customer_id, origin_customer_id, group_id,
        created_at)
    SELECT $1, uuidv7(), c.id, c.id, g.id, $2 FROM (
        SELECT id, row_number() OVER (ORDER BY id) AS n FROM groups WHERE workspace_id = $1
    ) g JOIN (
        SELECT id, row_number() OVER (ORDER BY id) AS n FROM customers WHERE workspace_id = $1
    ) c ON g.n = 1 OR c.n % 20 = g.n - 1"""
YEARS = """
    INSERT INTO monitoring_days (workspace_id, id, date, total, active, productive)
    SELECT $1, uuidv7(), $2::date - n, 0, 0, 0 FROM generate_series(1, 3650) n"""
SOME = "SELECT id, phone FROM customers WHERE workspace_id = $1 ORDER BY id LIMIT $2"

NOW = "total passive active productive asOf largestGroup { name } largestSegment { name }"
QUESTIONS = [
    Question("monitoring", f"{{ monitoring {{ {NOW} }} }}"),
    Question("the counts alone", "{ monitoring { total passive active productive asOf } }"),
    Question(
        "history of 30 days",
        "{ monitoring { history(period: { preset: LAST_30_DAYS }) { date total active } } }",
    ),
    Question(
        "history of ten years",
        "{ monitoring { history(period: { preset: ALL_TIME }) { date total active } } }",
    ),
    Question("tags with counts", "{ tags { nodes { name customerCount } } }"),
    Question(
        "regular customers, a page",
        """{ regularCustomers { pageInfo { hasNextPage } nodes { fullName phone lifetimeValue
            purchases { product timesBought quantity spent lastBoughtAt } } } }""",
    ),
    Question(
        "regular customers by value, a page",
        """{ regularCustomers(orderBy: { by: LIFETIME_VALUE, direction: DESC }) { nodes {
            fullName purchases { product } carriedTags { byHand tag { name } } } } }""",
    ),
]
RANGES = (("High", 100, None), ("Middle", 30, 100), ("Low", None, 30), ("Top", 199, None))


async def main(arguments: list[str]) -> None:
    """Make the customers, ask, and change some of them."""
    parser = argparse.ArgumentParser(prog="bench monitoring", description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--changes", type=int, default=300)
    options = parser.parse_args(arguments)
    settings = read_settings()
    connection = await asyncpg.connect(settings.database_url or "")
    began = time.perf_counter()
    workspace_id = await make_workspace(connection)
    await load(connection, workspace_id, options.customers)
    people = await connection.fetch(SOME, workspace_id, options.changes)
    await connection.close()
    await open_database(settings)
    try:
        for name, low, high in RANGES:
            async with workspace_transaction(workspace_id) as tx:
                await save_tag(tx, None, name, *(Decimal(n) if n else None for n in (low, high)))
        took = time.perf_counter()
        async with workspace_transaction(workspace_id) as tx:
            found = await recount(tx)
        print(f"{options.customers:,} customers, made in {took - began:.0f} s")
        print(f"Counted anew in {time.perf_counter() - took:.1f} s: {found}")
        asking = await Asking.of(workspace_id, options.rounds)
        await asking.table(f"{options.customers:,} customers", QUESTIONS)
        await writes(workspace_id, [(row["id"], row["phone"]) for row in people])
        async with workspace_transaction(workspace_id) as tx:
            print(f"\nMiscounted after these changes: {await recount(tx)}")
    finally:
        await close_database()


async def load(connection: asyncpg.Connection, workspace_id: UUID, count: int) -> None:
    """The customers with their orders, and groups; the last of them wrote right now."""
    now = datetime.now(UTC)
    async with quick_loading(connection, "customers"):
        await connection.execute(CUSTOMERS, workspace_id, count, now - timedelta(seconds=count))
        await connection.execute(PAYING, workspace_id, now - timedelta(hours=24))
    for table, statement, values in (
        ("orders", ORDERS, [now]),
        ("order_items", ITEMS, []),
        ("groups", GROUPS, [now]),
        ("customer_groups", MEMBERS, [now]),
        ("monitoring_days", YEARS, [now.date()]),
    ):
        async with quick_loading(connection, table):
            await connection.execute(statement, workspace_id, *values)


@contextmanager
def uncounted() -> Any:
    """Leave the counts alone for a while: what changes would cost without them."""
    kept: list[tuple[ModuleType, str, Any]] = []

    async def nobody(*_: Any) -> None:
        """Count nothing."""

    def nothing(*_: Any) -> None:
        """Count nothing."""

    for module, name, other in (
        (customer_deletions, "leave_counts", nobody),
        (customer_deletions, "join_counts", nobody),
        (lifetime_values, "count_productive", nothing),
        (window_openings, "count_window", nothing),
    ):
        kept.append((module, name, getattr(module, name)))
        setattr(module, name, other)
    try:
        yield
    finally:
        for module, name, own in kept:
            setattr(module, name, own)


async def writes(workspace_id: UUID, people: list[tuple[UUID, str]]) -> None:
    """Change the same customers with and without the counts, in turn."""

    async def deleting(id: UUID, _phone: str, _number: int) -> None:
        for verb in (delete_customer, restore_customer):
            await change(workspace_id, verb, id)

    async def ordering(id: UUID, _phone: str, number: int) -> None:
        for status in (OrderStatus.PAID, OrderStatus.REFUNDED):
            report = OrderReport(
                external_id=f"bench-{number}",
                customer_id=id,
                status=status,
                total=Decimal(10),
                ordered_at=datetime.now(UTC),
            )
            await change(workspace_id, upsert_order, report)

    async def writing(_id: UUID, phone: str, number: int) -> None:
        new = NewMessage(
            channel=ChannelKind.WHATSAPP,
            identifier=phone,
            direction=MessageDirection.INBOUND,
            external_id=f"bench-{number}-{time.time_ns()}",
            sent_at=datetime.now(UTC),
            text="Halo",
        )
        await change(workspace_id, record_message, new)

    print("\n| change | p50 ms with counts | without |\n|---|--:|--:|")
    for name, verb in (
        ("delete and restore", deleting),
        ("an order paid, then refunded", ordering),
        ("a message", writing),
    ):
        counted: list[float] = []
        alone: list[float] = []
        for number, (id, phone) in enumerate(people):
            await verb(id, phone, number)
            counted.append(await timed(lambda: verb(id, phone, number)))  # noqa: B023
            with uncounted():
                alone.append(await timed(lambda: verb(id, phone, number)))  # noqa: B023
        print(f"| {name} | {middle(counted):.1f} | {middle(alone):.1f} |", flush=True)


async def change(workspace_id: UUID, verb: Callable[..., Awaitable[Any]], what: Any) -> None:
    """One change as a mutation makes it."""

    async def attempt() -> None:
        async with workspace_transaction(workspace_id) as tx:
            await verb(tx, what)

    await retrying(attempt)


async def timed(work: Callable[[], Awaitable[None]]) -> float:
    """How many milliseconds it took."""
    began = time.perf_counter()
    await work()
    return (time.perf_counter() - began) * 1000


def middle(times: list[float]) -> float:
    """The median."""
    return sorted(times)[len(times) // 2]
