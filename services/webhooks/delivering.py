"""Deliveries that are due: claimed under a lease, and what came of each attempt written down.

A worker that dies in an attempt leaves a lease that ends; then the attempt is made again, with the
same id: at least once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from models import DeliveryStatus
from models.base import new_id
from services.batches import Clock
from services.instants import written
from services.transactions import Transaction, workspace_transaction
from services.webhooks.messages import Secrets, body_of, message_id
from services.webhooks.schedules import GIVEN_UP_AFTER
from services.webhooks.sending import ATTEMPT_SECONDS, Answer

LEASE = timedelta(seconds=45)
MARGIN = timedelta(seconds=ATTEMPT_SECONDS + 5)
"""A delivery whose lease ends sooner is not begun any more: another worker might begin it too."""
ASKED_TO_WAIT = frozenset({429, 503})
"""The statuses at which `Retry-After` speaks of all messages, not of one."""

ENDPOINT = """
    SELECT url, secret, previous_secret, previous_secret_until, failing_since
    FROM webhook_endpoints
    WHERE workspace_id = $1 AND id = $2 AND enabled
        AND (paused_until IS NULL OR paused_until <= $3)"""
DUE = """
    SELECT id FROM webhook_deliveries
    WHERE workspace_id = $1 AND endpoint_id = $2 AND next_attempt_at <= $3
        AND (lease_until IS NULL OR lease_until <= $3)
    ORDER BY next_attempt_at, id LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED"""
HOLD = """
    UPDATE webhook_deliveries SET lease_until = $3
    WHERE workspace_id = $1 AND id = ANY($2::uuid[])
    RETURNING id, event_id, attempt_count, next_attempt_at"""
EVENTS = """
    SELECT id, seq, type, occurred_at, customer_id, user_id, api_key_id, payload
    FROM events WHERE workspace_id = $1 AND id = ANY($2::uuid[])"""
RELEASE = """
    UPDATE webhook_deliveries SET lease_until = NULL
    WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND lease_until = $3"""
NOTE = """
    INSERT INTO webhook_attempts
        (workspace_id, id, delivery_id, attempted_at, status_code, error, duration_ms)
    SELECT $1, a.id, a.delivery_id, a.at, a.status_code, a.error, a.duration_ms
    FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::int[], $6::text[], $7::int[])
        AS a(id, delivery_id, at, status_code, error, duration_ms)
    JOIN webhook_deliveries d ON d.workspace_id = $1 AND d.id = a.delivery_id
    ON CONFLICT (workspace_id, id) DO NOTHING"""
# Only who still holds the lease says what becomes of the delivery.
SETTLE = """
    UPDATE webhook_deliveries
    SET status = s.status, attempt_count = webhook_deliveries.attempt_count + 1,
        next_attempt_at = s.next_attempt_at, lease_until = NULL, updated_at = $2
    FROM unnest($3::uuid[], $4::timestamptz[], $5::text[], $6::timestamptz[])
        AS s(id, lease_until, status, next_attempt_at)
    WHERE webhook_deliveries.workspace_id = $1 AND webhook_deliveries.id = s.id
        AND webhook_deliveries.lease_until = s.lease_until"""
WORKS = """
    UPDATE webhook_endpoints SET failing_since = NULL
    WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND failing_since IS NOT NULL"""
FAILS = """
    UPDATE webhook_endpoints SET failing_since = $3
    WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND failing_since IS NULL"""
PAUSE = """
    UPDATE webhook_endpoints SET paused_until = $3
    WHERE workspace_id = $1 AND id = $2 AND (paused_until IS NULL OR paused_until < $3)"""
GONE = """
    UPDATE webhook_endpoints SET enabled = false, disabled_reason = $3, updated_at = $4
    WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND enabled RETURNING id"""
LOST = """
    SELECT id, failing_since FROM webhook_endpoints
    WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND enabled AND failing_since <= $3
    ORDER BY id FOR NO KEY UPDATE"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this worker holds until `lease_until`."""

    id: UUID
    endpoint_id: UUID
    lease_until: datetime
    attempts: int
    """How many were made before."""
    due_at: datetime
    message_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """Deliveries of one endpoint, and how to reach it."""

    url: str
    secrets: Secrets
    failing: bool
    """Whether no attempt has succeeded since the last that failed."""
    deliveries: Sequence[Claimed]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt, and when the next one is; None: there is none."""

    delivery: Claimed
    at: datetime
    answer: Answer
    next_attempt_at: datetime | None
    attempt_id: UUID = field(default_factory=new_id)

    @property
    def status(self) -> DeliveryStatus:
        """Where the delivery stands now."""
        if self.answer.succeeded:
            return DeliveryStatus.DELIVERED
        return DeliveryStatus.FAILED if self.next_attempt_at else DeliveryStatus.DEAD


async def claim(workspace_id: UUID, endpoint_id: UUID, most: int, clock: Clock) -> Claim | None:
    """Take hold of up to `most` deliveries of an endpoint, the ones due first first.

    None where the endpoint is not to be called now, or nothing of it is due.
    """
    async with workspace_transaction(workspace_id, now=clock()) as tx:
        found = await tx.fetch(ENDPOINT, workspace_id, endpoint_id, tx.now)
        due = await tx.fetch(DUE, workspace_id, endpoint_id, tx.now, most) if found else []
        if not due:
            return None
        until = tx.now + LEASE
        rows = await tx.fetch(HOLD, workspace_id, [row["id"] for row in due], until)
        events = await tx.fetch(EVENTS, workspace_id, [row["event_id"] for row in rows])
    endpoint, by_id = found[0], {event["id"]: event for event in events}
    rows.sort(key=lambda row: (row["next_attempt_at"], row["id"]))
    return Claim(
        url=endpoint["url"],
        secrets=Secrets(
            endpoint["secret"], endpoint["previous_secret"], endpoint["previous_secret_until"]
        ),
        failing=endpoint["failing_since"] is not None,
        deliveries=[
            Claimed(
                id=row["id"],
                endpoint_id=endpoint_id,
                lease_until=until,
                attempts=row["attempt_count"],
                due_at=row["next_attempt_at"],
                message_id=message_id(by_id[row["event_id"]]),
                body=body_of(by_id[row["event_id"]]),
            )
            for row in rows
        ],
    )


async def release(workspace_id: UUID, deliveries: Sequence[Claimed], clock: Clock) -> None:
    """Leave deliveries that were not begun to whoever comes next, at once."""
    by_lease: dict[datetime, list[UUID]] = {}
    for delivery in deliveries:
        by_lease.setdefault(delivery.lease_until, []).append(delivery.id)
    async with workspace_transaction(workspace_id, now=clock()) as tx:
        for until, ids in by_lease.items():
            await tx.execute(RELEASE, workspace_id, ids, until)


async def settle(workspace_id: UUID, outcomes: Sequence[Outcome], clock: Clock) -> list[UUID]:
    """Write down what came of attempts, in one transaction; the endpoints that this disables."""
    async with workspace_transaction(workspace_id, now=clock()) as tx:
        # Endpoints before deliveries: in the order in which `spreading` holds them.
        disabled = await _judge(tx, outcomes)
        await tx.fetch(NOTE, workspace_id, *_columns([_attempt(one) for one in outcomes]))
        await tx.execute(
            SETTLE,
            workspace_id,
            tx.now,
            *_columns(
                [
                    (o.delivery.id, o.delivery.lease_until, o.status.value, o.next_attempt_at)
                    for o in outcomes
                ]
            ),
        )
    return disabled


async def _judge(tx: Transaction, outcomes: Sequence[Outcome]) -> list[UUID]:
    """Note which endpoints work and which do not; those that are disabled for it."""
    works = {one.delivery.endpoint_id for one in outcomes if one.answer.succeeded}
    fails = {one.delivery.endpoint_id for one in outcomes if not one.answer.succeeded} - works
    gone = {one.delivery.endpoint_id for one in outcomes if one.answer.gone}
    if works:
        await tx.execute(WORKS, tx.workspace_id, sorted(works))
    if not fails and not gone:
        return []
    await tx.execute(FAILS, tx.workspace_id, sorted(fails), min(one.at for one in outcomes))
    for one in sorted(outcomes, key=lambda one: one.delivery.endpoint_id):
        wait = one.answer.retry_after
        if wait is not None and one.answer.status_code in ASKED_TO_WAIT:
            await tx.execute(PAUSE, tx.workspace_id, one.delivery.endpoint_id, one.at + wait)
    reasons = {id: f"The receiver answered 410 Gone at {written(tx.now)}." for id in gone}
    since = tx.now - GIVEN_UP_AFTER
    for row in await tx.fetch(LOST, tx.workspace_id, sorted(fails - gone), since):
        reasons[row["id"]] = (
            f"No attempt has succeeded since {written(row['failing_since'])}: for"
            f" {GIVEN_UP_AFTER.days} days."
        )
    disabled = []
    for id, reason in sorted(reasons.items()):
        disabled += await tx.fetch(GONE, tx.workspace_id, [id], reason, tx.now)
    return [row["id"] for row in disabled]


def _attempt(one: Outcome) -> tuple[Any, ...]:
    answer = one.answer
    return (
        one.attempt_id,
        one.delivery.id,
        one.at,
        answer.status_code,
        answer.error,
        answer.duration_ms,
    )


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
