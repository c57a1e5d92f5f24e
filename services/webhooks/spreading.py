"""From the log to deliveries: each endpoint reads on from its cursor, and no event is left out.

An endpoint's cursor moves in the transaction that makes its deliveries. Events of types that it did
not ask for move the cursor and make nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models.base import new_id
from services.batches import Clock
from services.transactions import Transaction, workspace_transaction
from services.webhooks.endpoints import last_number

EVENTS_AT_ONCE = 500
"""Numbers of the log in one step of an endpoint."""
ENDPOINTS_AT_ONCE = 50

# An endpoint that another worker moves on is left to it.
BEHIND = """
    SELECT id, types, next_seq FROM webhook_endpoints
    WHERE workspace_id = $1 AND enabled AND next_seq <= $2
    ORDER BY id LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED"""
READ = """
    SELECT id, seq, type FROM events
    WHERE workspace_id = $1 AND seq >= $2 AND seq <= $3 AND type = ANY($4::text[]) ORDER BY seq"""
# A delivery that is there already is being replayed: it begins anew.
MAKE = """
    INSERT INTO webhook_deliveries
        (workspace_id, id, endpoint_id, event_id, status, next_attempt_at, created_at, updated_at)
    SELECT $1, d.id, d.endpoint_id, d.event_id, 'PENDING', $2, $2, $2
    FROM unnest($3::uuid[], $4::uuid[], $5::uuid[]) AS d(id, endpoint_id, event_id)
    ON CONFLICT (workspace_id, event_id, endpoint_id) DO UPDATE
    SET status = excluded.status, attempt_count = 0, next_attempt_at = excluded.next_attempt_at,
        lease_until = NULL, updated_at = excluded.updated_at
    RETURNING id"""
MOVE = """
    UPDATE webhook_endpoints SET next_seq = m.next_seq
    FROM unnest($2::uuid[], $3::bigint[]) AS m(id, next_seq)
    WHERE webhook_endpoints.workspace_id = $1 AND webhook_endpoints.id = m.id"""
WAITING = """
    SELECT e.id, (e.paused_until IS NULL OR e.paused_until <= $2) AND EXISTS (
        SELECT 1 FROM webhook_deliveries d
        WHERE d.workspace_id = $1 AND d.endpoint_id = e.id AND d.next_attempt_at <= $2
            AND (d.lease_until IS NULL OR d.lease_until <= $2)) AS is_due
    FROM webhook_endpoints e WHERE e.workspace_id = $1 AND e.enabled ORDER BY e.id"""


@dataclass(frozen=True, slots=True)
class Spread:
    """What a step over one workspace has found."""

    made: int
    """Deliveries that were made, or begun anew."""
    waiting: Sequence[UUID]
    """The endpoints with deliveries that are due now."""
    more: bool
    """Whether an endpoint is still behind the log."""
    heeded: bool
    """Whether the workspace has an endpoint that is enabled."""


async def spread(workspace_id: UUID, clock: Clock) -> Spread:
    """Move each endpoint of a workspace on by up to EVENTS_AT_ONCE events, in one transaction."""
    async with workspace_transaction(workspace_id, now=clock()) as tx:
        last = await last_number(tx)
        endpoints = await tx.fetch(BEHIND, workspace_id, last, ENDPOINTS_AT_ONCE)
        made, places = await _read_on(tx, endpoints, last) if endpoints else (0, {})
        enabled = await tx.fetch(WAITING, workspace_id, tx.now)
    more = any(place <= last for place in places.values()) or len(endpoints) == ENDPOINTS_AT_ONCE
    return Spread(made, [row["id"] for row in enabled if row["is_due"]], more, bool(enabled))


async def _read_on(
    tx: Transaction, endpoints: Sequence[dict[str, Any]], last: int
) -> tuple[int, dict[UUID, int]]:
    """Make the deliveries of the next events; how many, and where each endpoint is then.

    Endpoints that are at the same place, as most are, share the reading.
    """
    together: dict[int, list[dict[str, Any]]] = {}
    for endpoint in endpoints:
        together.setdefault(endpoint["next_seq"], []).append(endpoint)
    rows: list[tuple[UUID, UUID, UUID]] = []
    places: dict[UUID, int] = {}
    for first, group in together.items():
        until = min(first + EVENTS_AT_ONCE - 1, last)
        types = sorted({type for endpoint in group for type in endpoint["types"]})
        events = await tx.fetch(READ, tx.workspace_id, first, until, types)
        for endpoint in group:
            places[endpoint["id"]] = until + 1
            wanted = set(endpoint["types"])
            rows += [
                (new_id(), endpoint["id"], event["id"])
                for event in events
                if event["type"] in wanted
            ]
    if rows:
        await tx.fetch(MAKE, tx.workspace_id, tx.now, *map(list, zip(*rows, strict=True)))
    await tx.execute(MOVE, tx.workspace_id, list(places), list(places.values()))
    return len(rows), places
