"""What tests of webhooks begin with: endpoints, events, and a worker's part at an instant."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from models import EventType, WebhookEndpoint, Workspace
from services.transactions import Transaction
from services.webhooks.addresses import AddressRules
from services.webhooks.deliverers import Deliverer
from services.webhooks.endpoints import EndpointDraft, save_endpoint
from services.webhooks.schedules import RETRY_SECONDS
from services.webhooks.sending import Answer, HttpSender, Sender
from tests.services.writing import NOW, change, rows

PRIVATE = AddressRules(allow_private=True)
ADDED, MERGED = EventType.CUSTOMER_ADDED, EventType.CUSTOMER_MERGED
TAKEN = Answer(204, 3)
DELIVERIES = """
    SELECT d.*, e.seq FROM webhook_deliveries d
    JOIN events e ON e.workspace_id = $1 AND e.id = d.event_id
    WHERE d.workspace_id = $1 AND ($2::uuid IS NULL OR d.endpoint_id = $2) ORDER BY e.seq, d.id"""
ATTEMPTS = "SELECT * FROM webhook_attempts WHERE workspace_id = $1 ORDER BY attempted_at, id"
ENDPOINT = "SELECT * FROM webhook_endpoints WHERE workspace_id = $1 AND id = $2"


@dataclass
class Clock:
    """What a worker takes for the present; whoever has it can put it forward."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **time: float) -> None:
        """Put it forward by a `timedelta`'s arguments."""
        self.now += timedelta(**time)


class Luck:
    """Dice that always fall the same way."""

    def __init__(self, share: float) -> None:
        self._share = share

    def random(self) -> float:
        """The share."""
        return self._share


@dataclass
class Scripted:
    """A `Sender` that gives the next of its answers, the last one for ever."""

    answers: list[Answer]
    sent: list[tuple[str, dict[str, str], bytes]]

    async def __call__(self, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """Note what is sent."""
        self.sent.append((url, headers, body))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def scripted(*answers: Answer) -> Scripted:
    """A sender with these answers."""
    return Scripted(list(answers or (TAKEN,)), [])


async def endpoint(
    workspace: Workspace,
    url: str = "https://partner.example/hooks",
    *types: EventType,
    now: datetime = NOW,
    **values: Any,
) -> tuple[WebhookEndpoint, str]:
    """A new endpoint, and its secret."""
    draft = EndpointDraft(url=url, types=types or (ADDED, MERGED), **values)
    made, secret = await change(workspace, save_endpoint, draft, now=now)
    assert secret is not None
    return made, secret


async def happen(
    workspace: Workspace, *types: EventType, now: datetime = NOW, **payload: Any
) -> None:
    """Commit events of these types."""

    async def record(tx: Transaction) -> None:
        for type in types:
            tx.record(type, payload=payload)

    await change(workspace, record, now=now)


def worker(
    send: Sender,
    clock: Clock,
    *,
    waits: Sequence[float] = RETRY_SECONDS,
    luck: float = 0.0,
) -> Deliverer:
    """A worker's part in delivering."""
    return Deliverer(send, clock, waits=waits, dice=Luck(luck))  # type: ignore[arg-type]


async def deliver(
    workspace: Workspace,
    send: Sender,
    clock: Clock,
    *,
    waits: Sequence[float] = RETRY_SECONDS,
    luck: float = 0.0,
) -> None:
    """Have all that is due in the workspace attempted."""
    deliverer = worker(send, clock, waits=waits, luck=luck)
    deliverer.stir(workspace.id)
    await deliverer.settled()


@asynccontextmanager
async def http(clock: Clock, seconds: float = 10.0) -> AsyncIterator[HttpSender]:
    """A sender over HTTP that may call this machine."""
    async with HttpSender(PRIVATE, clock, seconds=seconds) as sender:
        yield sender


async def deliveries(workspace: Workspace, endpoint_id: UUID | None = None) -> list[dict[str, Any]]:
    """The workspace's deliveries, or one endpoint's, in the order of their events."""
    return await rows(workspace, DELIVERIES, endpoint_id)


async def attempts(workspace: Workspace) -> list[dict[str, Any]]:
    """The workspace's attempts, the oldest first."""
    return await rows(workspace, ATTEMPTS)


async def stored_endpoint(workspace: Workspace, id: UUID) -> dict[str, Any]:
    """An endpoint as it stands in the database."""
    [row] = await rows(workspace, ENDPOINT, id)
    return row
