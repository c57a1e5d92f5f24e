"""Where work is due: the one place that looks into all workspaces, through the maintenance role.

Each workspace is asked by one probe of an index that holds only what is open, whatever it has
besides. The work itself is then done workspace by workspace, under row-level security.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from models import JobKind
from models.database import maintenance_connection
from services.erasing.purging import deleted_until
from services.expiry import last_night, months_before
from services.windows import closed_since

QUARTER = timedelta(minutes=15)
"""How often nightly work is looked for: it is 03:00 somewhere at each quarter of an hour."""
PAGE = 1_000
"""Workspaces in one statement."""
WORKSPACES = """
    SELECT workspace_id, timezone, window_hours, campaign_retention_months
    FROM workspaces WHERE workspace_id > $1 ORDER BY workspace_id LIMIT $2"""
# A lateral query with LIMIT 1 cannot be turned into a join that reads the whole table.
WINDOWS = f"""
    SELECT w.*, oldest.last_inbound_at FROM ({WORKSPACES}) w
    LEFT JOIN LATERAL (
        SELECT c.last_inbound_at FROM customers c
        WHERE c.workspace_id = w.workspace_id AND c.window_status = 'ACTIVE'
        ORDER BY c.last_inbound_at LIMIT 1
    ) oldest ON true
    ORDER BY w.workspace_id"""
INTERACTIONS = f"""
    SELECT w.*, shown.visible_until, marked.expired_at FROM ({WORKSPACES}) w
    LEFT JOIN LATERAL (
        SELECT i.visible_until FROM campaign_interactions i
        WHERE i.workspace_id = w.workspace_id AND i.expired_at IS NULL
        ORDER BY i.visible_until LIMIT 1
    ) shown ON true
    LEFT JOIN LATERAL (
        SELECT i.expired_at FROM campaign_interactions i
        WHERE i.workspace_id = w.workspace_id AND i.expired_at IS NOT NULL
            AND w.campaign_retention_months IS NOT NULL
        ORDER BY i.expired_at LIMIT 1
    ) marked ON true
    ORDER BY w.workspace_id"""
ABANDONED = """
    SELECT workspace_id FROM job_runs
    WHERE kind = $1 AND finished_at IS NULL AND (lease_until IS NULL OR lease_until <= $2)
    ORDER BY workspace_id"""
# An endpoint has work where it is behind the log, or has a delivery that is due and that no worker
# holds. There are few endpoints, and each is asked by one probe.
DELIVERIES = """
    SELECT DISTINCT e.workspace_id FROM webhook_endpoints e
    LEFT JOIN counters c ON c.workspace_id = e.workspace_id AND c.name = 'events'
    LEFT JOIN LATERAL (
        SELECT d.id FROM webhook_deliveries d
        WHERE d.workspace_id = e.workspace_id AND d.endpoint_id = e.id AND d.next_attempt_at <= $1
            AND (d.lease_until IS NULL OR d.lease_until <= $1)
        LIMIT 1
    ) due ON true
    WHERE e.enabled
        AND (e.next_seq <= c.value
            OR due.id IS NOT NULL AND (e.paused_until IS NULL OR e.paused_until <= $1))"""
ENDED_DELIVERIES = """
    SELECT w.workspace_id FROM workspaces w
    LEFT JOIN LATERAL (
        SELECT d.id FROM webhook_deliveries d
        WHERE d.workspace_id = w.workspace_id AND d.next_attempt_at IS NULL AND d.updated_at <= $1
        LIMIT 1
    ) ended ON true
    LEFT JOIN LATERAL (
        SELECT e.id FROM webhook_endpoints e
        WHERE e.workspace_id = w.workspace_id AND e.deleted_at IS NOT NULL
        LIMIT 1
    ) deleted ON true
    WHERE ended.id IS NOT NULL OR deleted.id IS NOT NULL
    ORDER BY w.workspace_id"""
PURGES = """
    SELECT w.workspace_id, w.deleted_retention_days, oldest.deleted_at FROM workspaces w
    JOIN LATERAL (
        SELECT c.deleted_at FROM customers c
        WHERE c.workspace_id = w.workspace_id AND c.deleted_at IS NOT NULL AND c.erased_at IS NULL
            AND c.merged_into_id IS NULL
        ORDER BY c.deleted_at LIMIT 1
    ) oldest ON true
    WHERE w.deleted_retention_days IS NOT NULL ORDER BY w.workspace_id"""
BULK_CHANGES = """
    SELECT workspace_id, id FROM bulk_changes
    WHERE finished_at IS NULL AND (lease_until IS NULL OR lease_until <= $1)
    ORDER BY created_at LIMIT 1000"""
LOGGED = """
    SELECT w.workspace_id, coalesce(n.value, 0) AS value,
        coalesce(c.events_seen, 0) AS events_seen
    FROM (
        SELECT workspace_id FROM workspaces WHERE workspace_id > $1 ORDER BY workspace_id LIMIT $2
    ) w
    LEFT JOIN counters n ON n.workspace_id = w.workspace_id AND n.name = 'events'
    LEFT JOIN duplicate_comparisons c ON c.workspace_id = w.workspace_id
    ORDER BY w.workspace_id"""
CONVERSIONS = """
    SELECT DISTINCT workspace_id FROM property_definitions
    WHERE conversion IS NOT NULL ORDER BY workspace_id"""
# Only a workspace that has segments has anybody who waits for them to be looked at.
SEGMENTS = """
    SELECT s.workspace_id FROM (
        SELECT workspace_id, min(next_refresh_at) FILTER (
            WHERE lease_until IS NULL OR lease_until <= $1) AS next_refresh_at
        FROM segments GROUP BY workspace_id
    ) s
    LEFT JOIN LATERAL (
        SELECT r.id FROM segment_refreshes r WHERE r.workspace_id = s.workspace_id LIMIT 1
    ) waiting ON true
    WHERE waiting.id IS NOT NULL OR s.next_refresh_at <= $1
    ORDER BY s.workspace_id"""
FIRST = UUID(int=0)


async def closing_windows(now: datetime) -> AsyncIterator[UUID]:
    """The workspaces with a customer whose window has closed and is not yet marked as such."""
    async for row in _each_workspace(WINDOWS):
        oldest = row["last_inbound_at"]
        if oldest is not None and oldest <= closed_since(row["window_hours"], now):
            yield row["workspace_id"]


async def due_expiries(now: datetime) -> AsyncIterator[UUID]:
    """The workspaces with interactions to be marked or purged at `now`."""
    async for row in _each_workspace(INTERACTIONS):
        if _has_expired(row, now):
            yield row["workspace_id"]


async def nightly_expiries(now: datetime) -> AsyncIterator[UUID]:
    """The workspaces with interactions that their last night should have marked or purged.

    Right after 03:00 of a workspace that is tonight's work; at any other hour it is what a night
    has missed.
    """
    async for row in _each_workspace(INTERACTIONS):
        if _has_expired(row, last_night(ZoneInfo(row["timezone"]), now)):
            yield row["workspace_id"]


async def nightly_workspaces(now: datetime) -> AsyncIterator[UUID]:
    """The workspaces whose night, 03:00 of theirs, began in the quarter of an hour up to `now`."""
    async for row in _each_workspace(WORKSPACES):
        if now - last_night(ZoneInfo(row["timezone"]), now) < QUARTER:
            yield row["workspace_id"]


async def due_purges(now: datetime) -> AsyncIterator[UUID]:
    """The workspaces with a deleted customer whose retention is over."""
    for row in await maintenance_connection().execute_query_dict(PURGES):
        if row["deleted_at"] <= deleted_until(row["deleted_retention_days"], now):
            yield row["workspace_id"]


async def due_segments(now: datetime) -> AsyncIterator[UUID]:
    """The workspaces with customers whose segments are to be looked at, or with segments that are
    to be refreshed whole."""
    for row in await maintenance_connection().execute_query_dict(SEGMENTS, [now]):
        yield row["workspace_id"]


async def waiting_bulk_changes(now: datetime) -> list[tuple[UUID, UUID]]:
    """Workspace and id of each unfinished bulk change that nobody works on, the oldest first."""
    rows = await maintenance_connection().execute_query_dict(BULK_CHANGES, [now])
    return [(row["workspace_id"], row["id"]) for row in rows]


async def waiting_conversions() -> list[UUID]:
    """The workspaces with a property whose values are not all converted to its type or options."""
    rows = await maintenance_connection().execute_query_dict(CONVERSIONS)
    return [row["workspace_id"] for row in rows]


async def abandoned_runs(kind: JobKind, now: datetime) -> list[UUID]:
    """The workspaces with an unfinished run that nobody holds: its worker was stopped, or died."""
    rows = await maintenance_connection().execute_query_dict(ABANDONED, [kind.value, now])
    return [row["workspace_id"] for row in rows]


async def webhook_work(now: datetime) -> list[UUID]:
    """The workspaces with an endpoint that is behind the log, or has deliveries due at `now`."""
    rows = await maintenance_connection().execute_query_dict(DELIVERIES, [now])
    return [row["workspace_id"] for row in rows]


async def ended_deliveries(until: datetime) -> list[UUID]:
    """The workspaces with deliveries that ended before `until`, or of endpoints that are gone."""
    rows = await maintenance_connection().execute_query_dict(ENDED_DELIVERIES, [until])
    return [row["workspace_id"] for row in rows]


def _has_expired(row: dict[str, Any], night: datetime) -> bool:
    shown, marked, months = (
        row["visible_until"],
        row["expired_at"],
        row["campaign_retention_months"],
    )
    if shown is not None and shown <= night:
        return True
    if marked is None or months is None:
        return False
    return bool(marked <= months_before(months, ZoneInfo(row["timezone"]), night))


async def due_comparisons() -> AsyncIterator[UUID]:
    """The workspaces whose log has events after those whose customers were compared."""
    async for row in _each_workspace(LOGGED):
        if row["value"] > row["events_seen"]:
            yield row["workspace_id"]


async def _each_workspace(statement: str) -> AsyncIterator[dict[str, Any]]:
    position = FIRST
    while True:
        rows = await maintenance_connection().execute_query_dict(statement, [position, PAGE])
        for row in rows:
            yield row
        if len(rows) < PAGE:
            return
        position = rows[-1]["workspace_id"]
