"""Large data for benchmarks, made in the database itself: a million rows in less than a minute.

The connection is the owner's and a superuser's, on a database that is thrown away afterwards.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from models.base import new_id

START = datetime(2026, 1, 1, tzinfo=UTC)
"""The time of what comes first. What follows comes a second later each."""

WORKSPACE = """
    INSERT INTO workspaces (workspace_id, name, created_at) VALUES ($1, 'Benchmark', $2)"""
# Rows that follow each other in time lie far from each other in the table: the multiplier has no
# divisor in common with any round number of rows.
CUSTOMERS = """
    INSERT INTO customers (workspace_id, id, full_name, name_key, search_text, phone, email,
        source, status, acquisition, province, regency_city, created_at, updated_at,
        first_contacted_at, last_inbound_at, window_status)
    SELECT $1, uuidv7(), name, lower(name), ' ' || lower(name) || ' ' || 62810000000000 + n || ' ',
        '+' || 62810000000000 + n, 'siti' || n || '@example.com', 'WHATSAPP', 'LEAD', 'INBOUND',
        'Jawa Barat', 'Kota Bandung', $3::timestamptz, $3::timestamptz, $3::timestamptz,
        $3::timestamptz + make_interval(secs => (n * 7919) % $2::bigint), 'ACTIVE'
    FROM (
        SELECT n, (ARRAY['Siti', 'Budi', 'Dewi', 'Agus', 'Putri', 'Rizki', 'Wulan'])[n % 7 + 1]
            || ' ' || (ARRAY['Santoso', 'Wijaya', 'Lestari', 'Nugroho', 'Siregar'])[n % 5 + 1]
            || ' ' || n AS name
        FROM generate_series(0::bigint, $2::bigint - 1) AS n
    ) AS made"""
CAMPAIGNS = """
    INSERT INTO campaigns (workspace_id, id, name, channel, status, search_text,
        created_at, updated_at)
    SELECT $1, uuidv7(), 'Promo ' || n, 'WHATSAPP', 'SENT', 'promo ' || n, $2, $2
    FROM generate_series(1, $3::int) AS n"""
# Interactions are written as they are sent, so those that expire together lie together; whom they
# went to is spread over all customers.
INTERACTIONS = """
    INSERT INTO campaign_interactions (workspace_id, id, external_id, campaign_id, customer_id,
        origin_customer_id, status, sent_at, delivered_at, visible_until, created_at, updated_at)
    SELECT $1, uuidv7(), 'wamid.' || n, campaigns[n / $3 + 1], customer, customer, 'DELIVERED',
        at - interval '12 months', at - interval '12 months', at, $2, $2
    FROM (SELECT array_agg(id) AS campaigns FROM campaigns WHERE workspace_id = $1) AS p
    CROSS JOIN (
        SELECT array_agg(id ORDER BY id) AS customers FROM customers WHERE workspace_id = $1
    ) AS c
    CROSS JOIN generate_series(0::bigint, $3::bigint * $4::bigint - 1) AS n
    CROSS JOIN LATERAL (
        SELECT $2::timestamptz + make_interval(secs => n) AS at,
            customers[(n * 7919) % $3 + 1] AS customer
    ) AS made"""


async def make_workspace(connection: asyncpg.Connection) -> UUID:
    """An empty workspace."""
    workspace_id = new_id()
    await connection.execute(WORKSPACE, workspace_id, START)
    return workspace_id


async def make_customers(connection: asyncpg.Connection, workspace_id: UUID, count: int) -> None:
    """So many customers with open windows; each wrote last at a second of its own from START on."""
    async with quick_loading(connection, "customers"):
        await connection.execute(CUSTOMERS, workspace_id, count, START)


async def make_interactions(
    connection: asyncpg.Connection, workspace_id: UUID, customers: int, each: int
) -> None:
    """So many campaign interactions for each customer, all of them visible.

    Each expires at a second of its own, from START on.
    """
    await connection.execute(CAMPAIGNS, workspace_id, START, each)
    async with quick_loading(connection, "campaign_interactions"):
        await connection.execute(INTERACTIONS, workspace_id, START, customers, each)


@asynccontextmanager
async def quick_loading(connection: asyncpg.Connection, table: str) -> AsyncIterator[None]:
    """Fill a table without checking references, and make its indexes once it is full."""
    indexes = await connection.fetch(
        """
        SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
        FROM pg_index WHERE indrelid = $1::text::regclass AND NOT indisprimary""",
        table,
    )
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("SET maintenance_work_mem = '512MB'")
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['name']}")
    yield
    for index in indexes:
        await connection.execute(index["definition"], timeout=3600)
    await connection.execute("SET session_replication_role = origin")
    await connection.execute(f"VACUUM ANALYZE {table}", timeout=3600)
    await connection.execute("CHECKPOINT", timeout=3600)
