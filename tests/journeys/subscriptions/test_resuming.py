"""Going on: a subscriber who was cut off misses nothing and hears nothing twice."""

import asyncio
import random
from typing import Any

import pytest

from models import EventType, Workspace
from settings import Settings
from tests.journeys.subscriptions.gateways import EVENTS, Gateway, a_key, gateway_on_a_port, happen

ADDED, UPDATED = EventType.CUSTOMER_ADDED, EventType.CUSTOMER_UPDATED
CUTS = 50
EVENTS_WRITTEN = 600


async def write(workspace: Workspace, dice: random.Random) -> None:
    """Transactions of one to nine events, several at a time."""
    numbers = iter(range(EVENTS_WRITTEN))

    async def writer() -> None:
        for number in numbers:
            await happen(workspace, *[ADDED] * dice.randint(1, 9), number=number)

    await asyncio.gather(*(writer() for _ in range(4)))


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_subscriber_who_is_cut_fifty_times_misses_nothing(
    gateway: Gateway, workspace: Workspace, seed: int
) -> None:
    """The connection is cut in the middle of what is under way; `after` is what was last seen."""
    dice = random.Random(seed)
    key = await a_key(workspace)
    await happen(workspace, ADDED)
    async with gateway.socket(key) as socket:
        query = "{ events { edges { cursor node { id } } } }"
        await socket.send({"id": "q", "type": "subscribe", "payload": {"query": query}})
        [first] = (await socket.told("q"))["events"]["edges"]
    seen, after = [first["node"]["id"]], first["cursor"]
    writing = asyncio.create_task(write(workspace, random.Random(seed)))
    for _ in range(CUTS):
        async with gateway.socket(key) as socket:
            await socket.subscribe(EVENTS, after=after)
            for _ in range(dice.randint(1, 30)):
                event = await socket.event()
                seen.append(event["id"])
                after = event["cursor"]
            socket.connection.transport.abort()
    await writing
    async with gateway.socket(key) as socket:
        await happen(workspace, UPDATED)
        await socket.subscribe(EVENTS, after=after)
        while (event := await socket.event())["type"] != "CUSTOMER_UPDATED":
            seen.append(event["id"])
    assert len(seen) == len(set(seen))
    assert seen == await the_log(gateway, key)


async def the_log(gateway: Gateway, key: str) -> list[str]:
    """The ids of all events before the last one, page by page."""
    query = "query($after: String) { events(first: 100, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }"  # noqa: E501
    found: list[str] = []
    after, more = None, True
    async with gateway.socket(key) as socket:
        while more:
            payload = {"query": query, "variables": {"after": after}}
            await socket.send({"id": "q", "type": "subscribe", "payload": payload})
            page = (await socket.told("q"))["events"]
            assert (await socket.read())["type"] == "complete"
            found += [node["id"] for node in page["nodes"]]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return found[:-1]


async def test_streams_go_on_likewise(gateway: Gateway, workspace: Workspace) -> None:
    key = await a_key(workspace)
    async with gateway.stream(key, EVENTS) as stream:
        await happen(workspace, ADDED, ADDED)
        first = (await stream.told())["events"]
    await happen(workspace, UPDATED)
    async with gateway.stream(key, EVENTS, after=first["cursor"]) as stream:
        found = [(await stream.told())["events"]["type"] for _ in range(2)]
        await happen(workspace, UPDATED)
        assert [*found, (await stream.told())["events"]["type"]] == [
            "CUSTOMER_ADDED",
            "CUSTOMER_UPDATED",
            "CUSTOMER_UPDATED",
        ]


async def test_a_cursor_of_the_query_is_one_of_the_subscription(
    gateway: Gateway, workspace: Workspace
) -> None:
    await happen(workspace, ADDED, UPDATED)
    query = "{ events(first: 1) { pageInfo { endCursor } } }"
    async with gateway.socket(await a_key(workspace)) as socket:
        await socket.send({"id": "q", "type": "subscribe", "payload": {"query": query}})
        cursor = (await socket.told("q"))["events"]["pageInfo"]["endCursor"]
        assert (await socket.read())["type"] == "complete"
        await socket.subscribe(EVENTS, after=cursor)
        assert (await socket.event())["type"] == "CUSTOMER_UPDATED"


async def test_without_valkey_events_come_a_little_later_and_all_of_them(
    settings: Settings, workspace: Workspace
) -> None:
    """Two gateways that cannot tell each other anything, as two machines: what is written beside
    one of them reaches the subscribers of both."""
    key = await a_key(workspace)
    async with (
        gateway_on_a_port(settings, redis_url=None) as gateway,
        gateway.socket(key) as socket,
    ):
        gateway.live.feeds.hear = lambda notice: None  # type: ignore[method-assign]
        gateway.live._resources.pop_all()
        await socket.subscribe(EVENTS)
        for number in range(3):
            await happen(workspace, ADDED, number=number)
        assert [(await socket.event())["payload"]["number"] for _ in range(3)] == [0, 1, 2]


async def test_who_falls_behind_is_told_where_to_go_on(
    settings: Settings, workspace: Workspace
) -> None:
    """Events of one transaction come at once; here are more of them than may wait."""
    async with (
        gateway_on_a_port(settings, subscription_waiting=5) as gateway,
        gateway.socket(await a_key(workspace)) as socket,
    ):
        await socket.subscribe(EVENTS)
        await happen(workspace, ADDED, number=0)
        assert (await socket.event())["payload"] == {"number": 0}
        await happen(workspace, *[ADDED] * 40, number=1)
        told = 0
        while (message := await socket.read())["type"] == "next":
            told += 1
        [error] = message["payload"]
        assert error["extensions"]["code"] == "TOO_SLOW"
        await socket.subscribe(EVENTS, after=error["extensions"]["cursor"])
        rest = [(await socket.event())["payload"] for _ in range(40 - told)]
        assert rest == [{"number": 1}] * (40 - told)
        await socket.settle()
        assert socket.waiting == []


async def test_who_does_not_read_is_cut_off_and_finds_the_place_to_go_on(
    settings: Settings, workspace: Workspace
) -> None:
    """Nothing is buffered: what was sent stays in the network, and the rest in the log."""
    limits: dict[str, Any] = {"subscription_send_seconds": 0.3, "subscription_waiting": 100_000}
    async with gateway_on_a_port(settings, **limits) as gateway:
        options = {"max_queue": 1}
        async with gateway.socket(await a_key(workspace), **options) as socket:
            await socket.subscribe(EVENTS)
            transport = socket.connection.transport
            transport.pause_reading()
            for _ in range(40):
                await happen(workspace, *[ADDED] * 20, text="x" * 20_000)
            assert gateway.live._sockets is not None
            async with asyncio.timeout(20):
                await gateway.live._sockets.emptied()
            transport.resume_reading()
            code, reason = await socket.closed()
        assert code == 1013
        assert reason.startswith("Too slow; go on after ")
        last = socket.waiting[-1]["payload"]["data"]["events"]["cursor"]
        assert reason.rpartition(" ")[2] in {
            last,
            *(one["payload"]["data"]["events"]["cursor"] for one in socket.waiting[-3:]),
        }
