"""Subscribing over a WebSocket: graphql-transport-ws from its first message to its last."""

from models import EventType, Workspace
from tests.journeys.subscriptions.gateways import EVENTS, Gateway, a_key, happen

ADDED, UPDATED = EventType.CUSTOMER_ADDED, EventType.CUSTOMER_UPDATED


async def test_a_subscriber_is_told_what_is_committed(
    gateway: Gateway, workspace: Workspace
) -> None:
    await happen(workspace, ADDED, number=1)
    async with gateway.socket(await a_key(workspace)) as socket:
        await socket.subscribe(EVENTS)
        await happen(workspace, ADDED, number=2)
        await happen(workspace, UPDATED, ADDED, number=3)
        found = [await socket.event() for _ in range(3)]
    assert [(one["type"], one["payload"]) for one in found] == [
        ("CUSTOMER_ADDED", {"number": 2}),
        ("CUSTOMER_UPDATED", {"number": 3}),
        ("CUSTOMER_ADDED", {"number": 3}),
    ]
