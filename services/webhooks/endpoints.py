"""Endpoints: the addresses that partners have us tell, and what each is told of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models import EventType, WebhookEndpoint
from models.base import new_id
from services.errors import ErrorCode, Refusal, invalid, not_found
from services.given import UNSET, Given
from services.rows import insert_row, update_row
from services.texts import clean_optional_line
from services.transactions import Transaction
from services.webhooks.messages import new_secret
from services.webhooks.schedules import SECRET_OVERLAP

MOST_ENDPOINTS = 50

# The counter's row is held by whoever writes events: this waits for no one, and reads what is
# committed. An event that commits meanwhile has a higher number, and is told of.
LAST_SEQ = "SELECT value FROM counters WHERE workspace_id = $1 AND name = 'events'"
COUNT = """
    SELECT count(*) AS count FROM webhook_endpoints
    WHERE workspace_id = $1 AND deleted_at IS NULL"""
HOLD = """
    SELECT * FROM webhook_endpoints
    WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL FOR NO KEY UPDATE"""
# Whoever changes an address may see less than who made it: what the endpoint hears of no more is
# not sent there either, and so not again.
DROP = """
    UPDATE webhook_deliveries
    SET status = 'DEAD', next_attempt_at = NULL, lease_until = NULL, updated_at = $4
    FROM events v
    WHERE webhook_deliveries.workspace_id = $1 AND webhook_deliveries.endpoint_id = $2
        AND webhook_deliveries.next_attempt_at IS NOT NULL
        AND v.workspace_id = $1 AND v.id = webhook_deliveries.event_id
        AND v.type <> ALL($3::text[])"""
DELETE = """
    UPDATE webhook_endpoints SET deleted_at = $3, enabled = false, secret = '',
        previous_secret = NULL, updated_at = $3
    WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL"""


@dataclass(frozen=True, slots=True)
class EndpointDraft:
    """An endpoint as it is to be. `url` was checked (`addresses.check_url`)."""

    url: str
    types: Sequence[EventType]
    id: UUID | None = None
    enabled: bool | None = None
    description: Given[str | None] = UNSET
    rotate_secret: bool = False


async def save_endpoint(
    tx: Transaction, draft: EndpointDraft
) -> tuple[WebhookEndpoint, str | None]:
    """Make an endpoint, or change one; with its secret where that is a new one.

    A new endpoint hears of what happens from now on. One that is enabled again goes on where it
    was. Of types that it hears of no more, nothing that waited is sent.
    Raises a Refusal: INVALID for no types and for bad text, NOT_FOUND for an unknown `id`,
    LIMIT_EXCEEDED for one endpoint too many.
    """
    types = [one.value for one in EventType if one in draft.types]
    if not types:
        raise invalid("types is empty: name at least one type of event.", "types")
    if draft.id is None:
        return await _make(tx, draft, types)
    endpoint = await hold_endpoint(tx, draft.id, "id")
    secret = new_secret() if draft.rotate_secret else None
    changes = {
        "url": draft.url,
        "types": types,
        # Whoever changes it wants it tried: what the receiver asked for before is void.
        "paused_until": None,
        "updated_at": tx.now,
        **_described(draft),
        **_switched(endpoint, draft.enabled),
        **(_rotated(endpoint, secret, tx.now) if secret else {}),
    }
    if not set(endpoint.types) <= set(types):
        await tx.execute(DROP, tx.workspace_id, endpoint.id, types, tx.now)
    for name, value in changes.items():
        setattr(endpoint, name, value)
    await update_row(tx, endpoint, changes)
    tx.wake()
    return endpoint, secret


async def delete_endpoint(tx: Transaction, id: UUID) -> None:
    """Have an endpoint gone: nothing is sent to it any more, and a job removes its deliveries.

    Raises a Refusal (NOT_FOUND).
    """
    if not await tx.execute(DELETE, tx.workspace_id, id, tx.now):
        raise not_found("webhook endpoint", "id")


async def hold_endpoint(tx: Transaction, id: UUID, *field: str) -> WebhookEndpoint:
    """The endpoint of this id, held for changing. Raises a Refusal (NOT_FOUND)."""
    rows = await tx.fetch(HOLD, tx.workspace_id, id)
    if not rows:
        raise not_found("webhook endpoint", *field)
    return WebhookEndpoint._init_from_db(**rows[0])


async def last_number(tx: Transaction) -> int:
    """The number of the workspace's last event that is committed; 0 before the first."""
    rows = await tx.fetch(LAST_SEQ, tx.workspace_id)
    return int(rows[0]["value"]) if rows else 0


async def _make(
    tx: Transaction, draft: EndpointDraft, types: list[str]
) -> tuple[WebhookEndpoint, str]:
    [found] = await tx.fetch(COUNT, tx.workspace_id)
    if found["count"] >= MOST_ENDPOINTS:
        raise Refusal(
            ErrorCode.LIMIT_EXCEEDED,
            f"There are {MOST_ENDPOINTS} endpoints already: delete one, or have one hear of more.",
        )
    secret = new_secret()
    endpoint = WebhookEndpoint(
        id=new_id(),
        workspace_id=tx.workspace_id,
        url=draft.url,
        types=types,
        enabled=draft.enabled is not False,
        secret=secret,
        next_seq=await last_number(tx) + 1,
        created_by_id=tx.actor.user_id if tx.actor else None,
        created_at=tx.now,
        updated_at=tx.now,
        **_described(draft),
    )
    await insert_row(tx, endpoint)
    tx.wake()
    return endpoint, secret


def _described(draft: EndpointDraft) -> dict[str, Any]:
    if draft.description is UNSET:
        return {}
    return {"description": clean_optional_line(draft.description, "description")}


def _rotated(endpoint: WebhookEndpoint, secret: str, now: datetime) -> dict[str, Any]:
    """A new secret; the one before signs beside it for a while, one before that no more."""
    return {
        "secret": secret,
        "previous_secret": endpoint.secret,
        "previous_secret_until": now + SECRET_OVERLAP,
    }


def _switched(endpoint: WebhookEndpoint, enabled: bool | None) -> dict[str, Any]:
    """Enabled or disabled by a person: enabled again, it has failed at nothing."""
    if enabled is None or enabled == endpoint.enabled:
        return {}
    return {"enabled": enabled, "disabled_reason": None, "failing_since": None}
