"""Where broadcasts wait for a worker: looked for over all workspaces, by the maintenance role."""

from datetime import datetime
from uuid import UUID

from models.database import maintenance_connection

# The index campaigns_open_index holds the few broadcasts that are not at their end.
WAITING = """
    SELECT c.workspace_id, c.id FROM campaigns c
    WHERE c.waiting_count IS NOT NULL AND c.status IN ('SCHEDULED', 'SENDING', 'CANCELLED')
        AND (c.lease_until IS NULL OR c.lease_until <= $1)
        AND (c.waiting_count > 0 OR c.status = 'SCHEDULED' AND c.scheduled_at <= $1
            OR c.status = 'CANCELLED' AND EXISTS (
                SELECT 1 FROM campaign_interactions i
                WHERE i.workspace_id = c.workspace_id AND i.campaign_id = c.id
                    AND i.status = 'QUEUED'))
    ORDER BY c.created_at, c.id LIMIT 1000"""
# With LIMIT 1 it is no join that reads all queues: each broadcast is asked by one probe.
SENT = """
    SELECT c.workspace_id, c.id FROM campaigns c
    LEFT JOIN LATERAL (
        SELECT i.id FROM campaign_interactions i
        JOIN customers o ON o.workspace_id = i.workspace_id AND o.id = i.customer_id
        WHERE i.workspace_id = c.workspace_id AND i.campaign_id = c.id AND i.status = 'QUEUED'
            AND i.identity_id IS NOT NULL AND o.deleted_at IS NULL
        LIMIT 1
    ) q ON true
    WHERE c.waiting_count = 0 AND c.status = 'SENDING' AND q.id IS NULL
    ORDER BY c.created_at, c.id LIMIT 1000"""


async def waiting_broadcasts(now: datetime) -> list[tuple[UUID, UUID]]:
    """Workspace and id of each broadcast that has messages to be queued, or whose time has come, or
    that was cancelled and is not all out of the queue, and that no worker holds; oldest first."""
    rows = await maintenance_connection().execute_query_dict(WAITING, [now])
    return [(row["workspace_id"], row["id"]) for row in rows]


async def sent_broadcasts() -> list[tuple[UUID, UUID]]:
    """Workspace and id of each broadcast that is SENDING, but has nothing to send any more."""
    rows = await maintenance_connection().execute_query_dict(SENT)
    return [(row["workspace_id"], row["id"]) for row in rows]
