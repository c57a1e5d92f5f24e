"""Customers and campaign interactions for tests of jobs, and what the jobs have done to them."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from models import EventType, Workspace
from models.base import new_id
from services.transactions import workspace_transaction

INSTANTS = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
FAR_AWAY = datetime(2200, 1, 1, tzinfo=UTC)
ADD_CUSTOMERS = """
    INSERT INTO customers (workspace_id, id, full_name, name_key, search_text, acquisition,
        created_at, updated_at, last_inbound_at, window_status)
    SELECT $1, c.id, 'Siti', 'siti', 'siti', 'INBOUND', $4, $4, c.at, 'ACTIVE'
    FROM unnest($2::uuid[], $3::timestamptz[]) AS c(id, at) RETURNING id"""
ADD_CAMPAIGN = """
    INSERT INTO campaigns (workspace_id, id, name, channel, status, search_text,
        created_at, updated_at)
    VALUES ($1, $2, 'Promo', 'WHATSAPP', 'SENT', 'promo', $3, $3) RETURNING id"""
ADD_INTERACTIONS = """
    INSERT INTO campaign_interactions (workspace_id, id, campaign_id, customer_id,
        origin_customer_id, status, sent_at, visible_until, expired_at, created_at, updated_at)
    SELECT $1, i.id, $2, $3, $3, 'SENT', i.sent, i.until, i.expired, $8, $8
    FROM unnest($4::uuid[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[])
        AS i(id, sent, until, expired) RETURNING id"""


async def customers_who_wrote(workspace: Workspace, *times: datetime) -> list[UUID]:
    """A customer with an open window for each time, at which they wrote last; their ids."""
    ids = [new_id() for _ in times]
    async with workspace_transaction(workspace.id) as tx:
        await tx.fetch(ADD_CUSTOMERS, workspace.id, ids, list(times), tx.now)
    return ids


async def interactions(
    workspace: Workspace,
    *visible_until: datetime,
    sent_at: Sequence[datetime] | None = None,
    expired_at: Sequence[datetime | None] | None = None,
) -> list[UUID]:
    """A campaign interaction for each time, until which it is visible; their ids."""
    ids = [new_id() for _ in visible_until]
    campaign, [customer] = new_id(), await customers_who_wrote(workspace, FAR_AWAY)
    async with workspace_transaction(workspace.id) as tx:
        await tx.fetch(ADD_CAMPAIGN, workspace.id, campaign, tx.now)
        await tx.fetch(
            ADD_INTERACTIONS,
            workspace.id,
            campaign,
            customer,
            ids,
            list(sent_at or visible_until),
            list(visible_until),
            list(expired_at or [None] * len(ids)),
            tx.now,
        )
    return ids


async def rows(workspace: Workspace, sql: str, *parameters: Any) -> list[dict[str, Any]]:
    """What a statement returns inside the workspace; its $1 is the workspace."""
    async with workspace_transaction(workspace.id) as tx:
        return await tx.fetch(sql, workspace.id, *parameters)


async def window_statuses(workspace: Workspace) -> dict[UUID, str]:
    """Each customer's window as the job has left it."""
    found = await rows(workspace, "SELECT id, window_status FROM customers WHERE workspace_id = $1")
    return {row["id"]: row["window_status"] for row in found}


async def expired_ids(workspace: Workspace) -> set[UUID]:
    """The interactions that are marked as expired."""
    found = await rows(
        workspace,
        "SELECT id FROM campaign_interactions WHERE workspace_id = $1 AND expired_at IS NOT NULL",
    )
    return {row["id"] for row in found}


async def remaining_ids(workspace: Workspace) -> set[UUID]:
    """The interactions that are still there."""
    found = await rows(workspace, "SELECT id FROM campaign_interactions WHERE workspace_id = $1")
    return {row["id"] for row in found}


async def events(workspace: Workspace, type: EventType) -> list[dict[str, Any]]:
    """The workspace's events of a type, in their order."""
    return await rows(
        workspace,
        "SELECT seq, customer_id, occurred_at, payload FROM events"
        " WHERE workspace_id = $1 AND type = $2 ORDER BY seq",
        type.value,
    )


async def job_runs(workspace: Workspace) -> list[dict[str, Any]]:
    """The workspace's runs, the oldest first."""
    return await rows(
        workspace,
        "SELECT progress, lease_until, started_at, finished_at FROM job_runs"
        " WHERE workspace_id = $1 ORDER BY started_at, id",
    )


async def written_rows(workspace: Workspace) -> dict[str, list[str]]:
    """Where each row that jobs may write lies, and by which transaction: it shows any write."""
    tables = ("customers", "campaign_interactions", "events", "counters", "job_runs")
    found = {}
    for table in tables:
        sql = f"SELECT ctid::text || xmin::text AS at FROM {table} WHERE workspace_id = $1"
        found[table] = sorted(row["at"] for row in await rows(workspace, sql))
    return found


async def waiting_for_a_lock(workspace: Workspace, for_ms: int = 0) -> None:
    """Come back when a transaction of this database, this many milliseconds old, waits for a lock.

    Raises TimeoutError where none does within half of the time that a statement may take.
    """
    sql = """
        SELECT xact_start FROM pg_stat_activity
        WHERE $1::uuid IS NOT NULL AND datname = current_database() AND wait_event_type = 'Lock'
            AND clock_timestamp() - xact_start > make_interval(secs => $2::float8 / 1000)"""
    async with asyncio.timeout(15):
        while not await rows(workspace, sql, for_ms):
            pass
