"""Segments of ten conditions: previewed, filled, and looked at again after one customer's change.

All of it runs in this process, by the very code that answers requests and does jobs, through the
application's role.
"""

import argparse
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from statistics import quantiles
from typing import Any
from uuid import UUID

import asyncpg

from bench.datasets import quick_loading
from bench.graphs import tables
from bench.graphs.dataset import FUNCTIONS, Size
from bench.graphs.tables import ENTRIES, FEW, SERIES
from bench.kept import add_keeping, on_servers
from models import Campaign, Group, Segment, Tag
from models.base import new_id
from models.database import close_database, open_database
from services.batches import always
from services.customer_fields import CustomerChanges
from services.customer_updates import update_customer
from services.ids import global_id
from services.segments.changes import refresh_changed
from services.segments.compiling import all_who_meet
from services.segments.criteria import Concern
from services.segments.membership import generous, preview
from services.segments.reading import read_criteria
from services.segments.refreshing import refresh_segments
from services.segments.saving import save_segment
from services.transactions import Transaction, retrying, workspace_transaction
from settings import Settings

MOST = 7_200.0
MADE = "SELECT workspace_id FROM workspaces WHERE name = 'Benchmark' LIMIT 1"
CURRENCY = "UPDATE workspaces SET currency = 'IDR' WHERE workspace_id = $1"
PEOPLE = "SELECT id FROM customers WHERE workspace_id = $1 ORDER BY md5(id::text) LIMIT $2"
FIRST = "SELECT id FROM {} WHERE workspace_id = $1 ORDER BY id LIMIT 1"
FORGET = ("customer_segments", "segments")
# A customer has as many paid orders as their row says, and each of the same amount.
ORDERS = f"""
    INSERT INTO orders (workspace_id, id, external_id, customer_id, origin_customer_id, status,
        total, currency, ordered_at, paid_at, created_at, updated_at)
    SELECT $1, pg_temp.made_id('order', n, '{{first}}'), 'or-' || n, pg_temp.customer(n / 3),
        pg_temp.customer(n / 3), 'PAID', pg_temp.dice(14, n / 3, 2000) * 1000, 'IDR', at, at, at, at
    FROM (
        SELECT n, '{{first}}'::timestamptz + pg_temp.dice(94, n, 700) * interval '1 day' AS at
        FROM {SERIES} n WHERE n % 3 < pg_temp.dice(16, n / 3, 10) - 6
    ) made"""
ITEMS = """
    INSERT INTO order_items (workspace_id, id, order_id, position, product, quantity, unit_price)
    SELECT $1, uuidv7(), o.id, 1, 'Produk ' || pg_temp.dice(95, hashtext(o.external_id), 20), 1,
        o.total
    FROM orders o WHERE o.workspace_id = $1"""
MESSAGES = """
    INSERT INTO messages (workspace_id, id, external_id, conversation_id, direction, text, sent_at,
        created_at)
    SELECT $1, uuidv7(), c.external_id || '-' || n, c.id,
        CASE WHEN n = 1 THEN 'INBOUND' ELSE 'OUTBOUND' END, 'Halo',
        c.opened_at + n * interval '1 hour', c.opened_at + n * interval '1 hour'
    FROM conversations c CROSS JOIN generate_series(1, 2) n WHERE c.workspace_id = $1"""
TABLES = (
    ("customers", 1, tables.CUSTOMERS),
    ("channel_identities", 1, tables.IDENTITIES),
    ("conversations", 2, tables.CONVERSATIONS),
    ("messages", 4, MESSAGES),
    ("campaign_interactions", 1, tables.INTERACTIONS),
    ("orders", 3, ORDERS),
    ("order_items", 1, ITEMS),
    ("customer_tags", 1, tables.of_few("customer_tags", "tag_id", "tag", "10", 80)),
    ("customer_groups", 1, tables.of_few("customer_groups", "group_id", "group", "10", 82)),
    ("property_index_entries", 2, ENTRIES),
)
"""Each table, how many numbers are tried for a customer, and the statement."""

Ids = dict[type[Any], str]


def narrow(ids: Ids) -> dict[str, Any]:
    """All of ten: few meet them, and most conditions are of other tables."""
    return {
        "all": [
            {"field": {"key": "status", "op": "IN", "value": ["LEAD", "CUSTOMER", "PROSPECT"]}},
            {"field": {"key": "points", "op": "GTE", "value": 2_000}},
            {"field": {"key": "tier", "op": "NE", "value": "bronze"}},
            {"orders": {"measure": "SUM", "op": "GTE", "value": "500000"}},
            {"orders": {"measure": "COUNT", "op": "GTE", "value": "1", "withinDays": 365}},
            {"not": {"bought": {"product": "Produk 3", "op": "GTE", "times": 1}}},
            {"messages": {"direction": "INBOUND", "op": "GTE", "count": 1, "withinDays": 90}},
            {"not": {"campaign": {"campaignId": ids[Campaign], "status": "READ"}}},
            {"not": {"tagId": ids[Tag]}},
            {"not": {"groupId": ids[Group]}},
        ]
    }


def wide(ids: Ids) -> dict[str, Any]:
    """Any of nine or one more: nobody can be passed over before all is gathered."""
    conditions = narrow(ids)["all"]
    return {
        "any": [
            {"all": conditions[:4]},
            *conditions[4:5],
            *conditions[6:7],
            {"campaign": {"campaignId": ids[Campaign], "status": "READ"}},
            {"bought": {"product": "Produk 3", "op": "GTE", "times": 1}},
            {"tagId": ids[Tag]},
            {"groupId": ids[Group]},
        ]
    }


async def main(arguments: list[str]) -> None:
    """Make customers with orders, messages, campaigns and properties, and ask."""
    parser = argparse.ArgumentParser(prog="bench segments", description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=10, help="times that each is previewed")
    parser.add_argument("--changes", type=int, default=200, help="customers who are changed")
    parser.add_argument("--explain", action="store_true", help="show plans, too")
    add_keeping(parser)
    await on_servers(parser.parse_args(arguments), run)


async def run(told: argparse.Namespace, settings: Settings) -> None:
    """Make the data where there are none, and ask."""
    connection = await asyncpg.connect(settings.database_url)
    workspace_id = await connection.fetchval(MADE) or await make(connection, told.customers)
    for table in FORGET:
        await connection.execute(f"DELETE FROM {table} WHERE workspace_id = $1", workspace_id)
    ids = {
        model: global_id(model, await connection.fetchval(FIRST.format(table), workspace_id))
        for model, table in ((Campaign, "campaigns"), (Tag, "tags"), (Group, "groups"))
    }
    people = [row["id"] for row in await connection.fetch(PEOPLE, workspace_id, told.changes)]
    await connection.close()
    print(f"Load average: {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores.", flush=True)
    await open_database(settings)
    try:
        for name, criteria in (("narrow", narrow(ids)), ("wide", wide(ids))):
            await previews(workspace_id, name, criteria, told.rounds)
            if told.explain:
                await explain(workspace_id, criteria)
        await changes(workspace_id, narrow(ids), people)
        await filling(workspace_id, people)
    finally:
        await close_database()


async def make(connection: asyncpg.Connection, customers: int) -> UUID:
    """A workspace with so many customers and what is about them."""
    began = time.perf_counter()
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    size, workspace_id = Size(customers, midnight), new_id()
    await connection.execute(FUNCTIONS.format_map(size.values()))
    for few in FEW:
        await connection.execute(few.format_map(size.values()), workspace_id)
    await connection.execute(CURRENCY, workspace_id)
    for table, each, statement in TABLES:
        sql = statement.replace(SERIES, "generate_series(0::bigint, {rows}::bigint - 1)")
        async with quick_loading(connection, table):
            await connection.execute(sql.format_map(size.values(each)), workspace_id, timeout=MOST)
        print(f"  {table}: {time.perf_counter() - began:.0f} s so far", flush=True)
    await connection.execute("VACUUM ANALYZE", timeout=MOST)
    return workspace_id


async def timed(step: Callable[[], Awaitable[Any]]) -> tuple[float, Any]:
    """Milliseconds that a step takes, and what it returns."""
    began = time.perf_counter()
    found = await step()
    return (time.perf_counter() - began) * 1_000, found


def told_of(times: list[float]) -> str:
    """The median and the slowest of a hundred."""
    hundredths = quantiles(times, n=100, method="inclusive")
    return f"p50 {hundredths[49]:,.1f} ms, p99 {hundredths[98]:,.1f} ms ({len(times)} times)"


async def previews(workspace_id: UUID, name: str, criteria: Any, rounds: int) -> None:
    """Preview, again and again."""

    async def once() -> int:
        async with workspace_transaction(workspace_id) as tx:
            count, _ = await preview(tx, await read_criteria(tx, criteria), 10)
        return count

    await once()
    found = [await timed(once) for _ in range(rounds)]
    times = [milliseconds for milliseconds, _ in found]
    print(f"Preview, {name}: {found[0][1]:,} customers, {told_of(times)}", flush=True)


async def explain(workspace_id: UUID, criteria: Any) -> None:
    """The plan of a preview."""
    async with workspace_transaction(workspace_id) as tx:
        sql, parameters = all_who_meet(tx, await read_criteria(tx, criteria))
        await generous(tx)
        plan = f"EXPLAIN (ANALYZE, BUFFERS, SUMMARY) {sql}"
        for row in await tx.fetch(plan, *parameters.values):
            print(row["QUERY PLAN"])


async def changes(workspace_id: UUID, criteria: Any, people: list[UUID]) -> None:
    """Change customers one by one, with one segment, and tell what looking at it takes of that."""

    async def save(tx: Transaction) -> Segment:
        return await save_segment(tx, None, "Ten conditions", criteria)

    async with workspace_transaction(workspace_id) as tx:
        await save(tx)
    looking: list[float] = []
    changing: list[float] = []
    for number, id in enumerate(people):

        async def change(id: UUID = id, number: int = number) -> float:
            async with workspace_transaction(workspace_id) as tx:
                new = CustomerChanges(province=f"Provinsi {number % 2} {time.time_ns()}")
                await update_customer(tx, id, new)
                noted = Counter({(Concern.PROFILE, id): 1, (Concern.ORDERS, id): 1})
                took, _ = await timed(lambda: refresh_changed(tx, noted))
            return took

        whole, part = await timed(lambda change=change: retrying(change))  # type: ignore[misc]
        looking.append(part)
        changing.append(whole)
    print(f"After one customer's change: {told_of(looking)}", flush=True)
    print(f"  the whole change, with that twice in it: {told_of(changing)}", flush=True)


async def filling(workspace_id: UUID, people: list[UUID]) -> None:
    """Refresh a large segment whole, and again when nothing has changed."""

    async def save(tx: Transaction) -> Segment:
        criteria = {"field": {"key": "points", "op": "LT", "value": 1_000}}
        return await save_segment(tx, None, "A tenth of all", criteria)

    async with workspace_transaction(workspace_id) as tx:
        await save(tx)
    clock = lambda: datetime.now(UTC)  # noqa: E731
    took, run = await timed(lambda: refresh_segments(workspace_id, clock=clock, proceed=always))
    print(f"Filling segments: {run.moved:,} enter, {took / 1_000:,.1f} s", flush=True)
