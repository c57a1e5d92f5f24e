"""Limits of a key's connections and subscriptions, over all gateway processes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from gateway.subscriptions.places import LEASE_SECONDS, Held, Most
from gateway.valkey import SharedPlaces
from gateway.valkey import connect as connect_valkey
from models import Workspace
from models.base import new_id
from settings import Settings
from tests.journeys.subscriptions.gateways import (
    EVENTS,
    Gateway,
    Socket,
    a_key,
    bearer,
    gateway_on_a_port,
)

SECONDS = 10.0


@asynccontextmanager
async def two_gateways(
    settings: Settings, **changes: Any
) -> AsyncIterator[tuple[Gateway, Gateway]]:
    """Two gateways that share nothing but the database and Valkey."""
    async with (
        gateway_on_a_port(settings, **changes) as one,
        gateway_on_a_port(settings, **changes) as other,
    ):
        yield one, other


def greeting(key: str) -> dict[str, Any]:
    """The first message of a socket."""
    return {"type": "connection_init", "payload": {"authorization": bearer(key)}}


async def refused(gateway: Gateway, key: str) -> tuple[int, str]:
    """How a socket too many is closed."""
    async with gateway.bare() as socket:
        await socket.send(greeting(key))
        return await socket.closed()


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Come back when something has become so."""
    async with asyncio.timeout(SECONDS):
        for _ in count():
            if await true():
                return


@pytest.fixture
async def valkey(settings: Settings) -> AsyncIterator[Any]:
    redis: Any = connect_valkey(settings)
    assert redis is not None
    async with redis:
        yield redis


async def test_a_keys_connections_are_counted_over_all_processes(
    settings: Settings, workspace: Workspace
) -> None:
    key, other = await a_key(workspace), await a_key(workspace)
    async with (
        two_gateways(settings, limit_connections_per_key=3) as (one, two),
        one.socket(key),
        two.socket(key),
    ):
        async with two.socket(key):
            for gateway in (one, two):
                code, reason = await refused(gateway, key)
                assert (code, "at most 3" in reason) == (1013, True)
            async with one.socket(other):
                pass

        async def is_free() -> bool:
            async with one.bare() as socket:
                await socket.send(greeting(key))
                try:
                    return await socket.read() == {"type": "connection_ack"}
                except ConnectionClosed:
                    return False

        await until(is_free)


async def error_of(socket: Socket, id: str) -> str | None:
    """The code that a new subscription is refused with; None where it runs."""
    await socket.subscribe(EVENTS, id=id)
    if not socket.waiting:
        return None
    message = await socket.read()
    assert (message["type"], message["id"]) == ("error", id)
    code: str = message["payload"][0]["extensions"]["code"]
    return code


async def test_a_keys_subscriptions_are_counted_over_all_processes(
    settings: Settings, workspace: Workspace
) -> None:
    key = await a_key(workspace)
    async with (
        two_gateways(settings, limit_subscriptions_per_key=2) as (one, two),
        one.socket(key) as ours,
        two.socket(key) as theirs,
    ):
        assert [await error_of(ours, "a"), await error_of(theirs, "b")] == [None, None]
        assert await error_of(ours, "c") == "TOO_MANY_SUBSCRIPTIONS"
        assert await error_of(theirs, "d") == "TOO_MANY_SUBSCRIPTIONS"
        await theirs.send({"id": "b", "type": "complete"})
        await theirs.settle()
        number = 0

        async def is_free() -> bool:
            nonlocal number
            number += 1
            return await error_of(ours, f"e{number}") is None

        await until(is_free)


async def test_a_process_counts_its_own_while_valkey_is_away(
    settings: Settings, workspace: Workspace
) -> None:
    key = await a_key(workspace)
    away = {"redis_url": "redis://127.0.0.1:1/0", "limit_connections_per_key": 1}
    async with two_gateways(settings, **away) as (one, two), AsyncExitStack() as open:
        for gateway in (one, two):
            await open.enter_async_context(gateway.socket(key))
            assert (await refused(gateway, key))[0] == 1013


async def test_what_was_forgotten_is_written_down_again(valkey: Any) -> None:
    """A flush of Valkey frees nobody's places for longer than until they are renewed."""
    who = new_id()
    one, other = SharedPlaces(valkey), SharedPlaces(valkey)
    most = Most(connections=3)
    assert await one.write(who, Held(2, 0), most)
    await valkey.flushdb()
    assert await one.write(who, Held(2, 5), Most())
    assert await other.write(who, Held(2, 0), most) is False
    assert await other.write(who, Held(1, 0), most)


async def test_a_killed_process_gives_its_places_back_when_its_lease_ends(valkey: Any) -> None:
    who = new_id()
    killed, other = SharedPlaces(valkey), SharedPlaces(valkey)
    most = Most(subscriptions=2)
    assert await killed.write(who, Held(1, 2), most)
    assert await other.write(who, Held(1, 1), most) is False
    [name] = await valkey.keys(f"*{who}")
    assert 0 < await valkey.ttl(name) <= 2 * LEASE_SECONDS
    [(process, line)] = (await valkey.hgetall(name)).items()
    ends = int(line.split()[0])
    now, _ = await valkey.time()
    assert now < ends <= now + LEASE_SECONDS + 1
    # As it stands when the lease is over.
    await valkey.hset(name, process, f"{now} 1 2")
    assert await other.write(who, Held(1, 2), most)
    assert await valkey.hlen(name) == 1


async def test_who_has_nothing_open_leaves_nothing_behind(valkey: Any) -> None:
    who = new_id()
    places = SharedPlaces(valkey)
    assert await places.write(who, Held(1, 1), Most())
    assert await places.write(who, Held(), Most())
    assert await valkey.keys(f"*{who}") == []
