"""Where files are due: imports and exports that wait, and what is to be purged.

Like `services.due_work` it looks into all workspaces, through the maintenance role.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models.database import maintenance_connection

# One at a time of each kind in a workspace: those that wait the longest come first, and one that
# had its turn waits behind the others.
WAITING = """
    SELECT DISTINCT ON (w.workspace_id) w.workspace_id, w.id, w.lease_until, w.created_at
    FROM {table} w
    WHERE w.finished_at IS NULL AND (w.lease_until IS NULL OR w.lease_until <= $1) {only}
        AND NOT EXISTS (SELECT 1 FROM {table} o WHERE o.workspace_id = w.workspace_id
            AND o.finished_at IS NULL AND o.lease_until > $1)
    ORDER BY w.workspace_id, coalesce(w.lease_until, w.created_at), w.id"""
NEXT = """
    SELECT workspace_id, id FROM ({waiting}) AS waiting
    ORDER BY coalesce(lease_until, created_at), id
    LIMIT greatest(0, $2 - (
        SELECT count(*) FROM {table} WHERE finished_at IS NULL AND lease_until > $1))"""
IMPORTS = NEXT.format(
    table="imports",
    waiting=WAITING.format(table="imports", only="AND w.upload_id IS NOT NULL"),
)
EXPORTS = NEXT.format(table="exports", waiting=WAITING.format(table="exports", only=""))
ENDED = """
    SELECT w.workspace_id FROM workspaces w WHERE
        EXISTS (SELECT 1 FROM uploads u
            WHERE u.workspace_id = w.workspace_id AND u.expires_at <= $1)
        OR EXISTS (SELECT 1 FROM imports i
            WHERE i.workspace_id = w.workspace_id AND i.expires_at <= $1)
        OR EXISTS (SELECT 1 FROM exports e
            WHERE e.workspace_id = w.workspace_id AND e.expires_at <= $1)
    ORDER BY w.workspace_id"""


@dataclass(frozen=True)
class Waiting:
    """An import or an export that nobody works on."""

    workspace_id: UUID
    id: UUID


async def waiting_imports(now: datetime, at_once: int) -> list[Waiting]:
    """The imports to be taken up now, so that no more than `at_once` are under way."""
    return await _waiting(IMPORTS, now, at_once)


async def waiting_exports(now: datetime, at_once: int) -> list[Waiting]:
    """The exports to be taken up now, so that no more than `at_once` are under way."""
    return await _waiting(EXPORTS, now, at_once)


async def ended_files(now: datetime) -> list[UUID]:
    """The workspaces with files whose time is over."""
    rows = await maintenance_connection().execute_query_dict(ENDED, [now])
    return [row["workspace_id"] for row in rows]


async def _waiting(statement: str, now: datetime, at_once: int) -> list[Waiting]:
    rows: list[dict[str, Any]] = await maintenance_connection().execute_query_dict(
        statement, [now, at_once]
    )
    return [Waiting(row["workspace_id"], row["id"]) for row in rows]
