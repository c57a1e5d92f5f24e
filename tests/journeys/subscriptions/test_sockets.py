"""Subscribing over a WebSocket: graphql-transport-ws from its first message to its last."""

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from models import EventType, Workspace
from settings import Settings
from tests.journeys.subscriptions.gateways import (
    EVENTS,
    Gateway,
    a_key,
    bearer,
    gateway_on_a_port,
    happen,
)

ADDED, UPDATED = EventType.CUSTOMER_ADDED, EventType.CUSTOMER_UPDATED
INIT: dict[str, Any] = {"type": "connection_init"}


def subscribe(query: str, id: str = "1", **payload: Any) -> dict[str, Any]:
    return {"id": id, "type": "subscribe", "payload": {"query": query, **payload}}


# ── what is told ───────────────────────────────────────────────────────────────────────────────


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


async def test_each_answer_carries_the_cursor_to_go_on_from(
    gateway: Gateway, workspace: Workspace
) -> None:
    async with gateway.socket(await a_key(workspace)) as socket:
        await socket.subscribe("subscription { events { cursor } }")
        await happen(workspace, ADDED)
        message = await socket.read()
    cursor = message["payload"]["data"]["events"]["cursor"]
    assert message["payload"]["extensions"] == {"cursor": cursor}


async def test_types_that_were_not_asked_for_are_left_out(
    gateway: Gateway, workspace: Workspace
) -> None:
    async with gateway.socket(await a_key(workspace)) as socket:
        await socket.subscribe(EVENTS, types=["CUSTOMER_UPDATED"])
        await happen(workspace, ADDED, UPDATED, ADDED, UPDATED)
        assert [(await socket.event())["type"] for _ in range(2)] == ["CUSTOMER_UPDATED"] * 2
        await socket.settle()
        assert socket.waiting == []


async def test_several_subscriptions_share_a_socket_until_each_is_completed(
    gateway: Gateway, workspace: Workspace
) -> None:
    async with gateway.socket(await a_key(workspace)) as socket:
        await socket.subscribe(EVENTS, id="a")
        await socket.subscribe(EVENTS, id="b")
        await happen(workspace, ADDED)
        assert {(await socket.read())["id"] for _ in range(2)} == {"a", "b"}
        await socket.send({"id": "a", "type": "complete"})
        await socket.settle()
        await happen(workspace, ADDED)
        assert (await socket.read())["id"] == "b"
        await socket.subscribe(EVENTS, id="a")
        await happen(workspace, ADDED)
        assert {(await socket.read())["id"] for _ in range(2)} == {"a", "b"}


async def test_queries_and_mutations_are_answered_once(
    gateway: Gateway, workspace: Workspace
) -> None:
    async with gateway.socket(await a_key(workspace)) as socket:
        await socket.subscribe(EVENTS, id="s")
        add = 'mutation { addCustomer(input: { fullName: "Budi" }) { customer { fullName } } }'
        await socket.send(subscribe(add, "m"))
        await socket.send(subscribe("{ viewer { role } }", "q"))
        found: dict[str, list[Any]] = {}
        while sum(map(len, found.values())) < 5:
            message = await socket.read()
            found.setdefault(message["id"], []).append(message)
    assert [one["type"] for one in found["m"]] == ["next", "complete"]
    assert found["m"][0]["payload"]["data"] == {"addCustomer": {"customer": {"fullName": "Budi"}}}
    assert [one["type"] for one in found["q"]] == ["next", "complete"]
    assert found["q"][0]["payload"]["data"] == {"viewer": {"role": "OWNER"}}
    assert found["q"][0]["payload"]["extensions"]["cost"]["requested"] > 0
    assert found["s"][0]["payload"]["data"]["events"]["type"] == "CUSTOMER_ADDED"


async def test_a_persisted_document_is_found_by_its_hash(
    gateway: Gateway, workspace: Workspace
) -> None:
    missing = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
    async with gateway.socket(await a_key(workspace)) as socket:
        await socket.send({"id": "1", "type": "subscribe", "payload": {"extensions": missing}})
        message = await socket.read()
    assert message["type"] == "error"
    assert message["payload"][0]["message"] == "PersistedQueryNotFound"


# ── what is refused, and leaves the socket open ────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "subscription { events { id } customerMerged { id } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ('subscription { events(after: "x") { id } }', "INVALID"),
        ('subscription { customerChanged(customerId: "42") { id } }', "INVALID"),
        ("subscription($t: [EventType!]) { events(types: $t) { id } }", "BAD_USER_INPUT"),
        (
            "subscription { customerMerged { main { conversations(first: 100) { nodes "
            "{ messages(first: 100) { nodes { agent { id } } } "
            "customer { conversations(first: 100) { nodes { customer { id } } } } } } } } }",
            "COST_LIMIT",
        ),
    ],
)
async def test_a_subscription_that_cannot_be_is_refused_and_the_socket_goes_on(
    gateway: Gateway, workspace: Workspace, query: str, code: str
) -> None:
    async with gateway.socket(await a_key(workspace)) as socket:
        await socket.subscribe(query, t=["NOTHING"])
        message = await socket.read()
        assert (message["type"], message["id"]) == ("error", "1")
        assert message["payload"][0]["extensions"]["code"] == code
        await socket.subscribe(EVENTS)
        await happen(workspace, ADDED)
        assert (await socket.event())["type"] == "CUSTOMER_ADDED"


async def test_a_cursor_beyond_the_log_is_none_of_it(
    gateway: Gateway, workspace: Workspace, other_workspace: Workspace
) -> None:
    await happen(workspace, *[ADDED] * 5)
    async with gateway.socket(await a_key(workspace)) as socket:
        await socket.send(subscribe("{ events(last: 1) { pageInfo { endCursor } } }", "q"))
        cursor = (await socket.told("q"))["events"]["pageInfo"]["endCursor"]
    async with gateway.socket(await a_key(other_workspace)) as socket:
        await socket.subscribe(EVENTS, after=cursor)
        message = await socket.read()
    assert message["payload"][0]["extensions"] == {"code": "INVALID", "field": ["after"]}


async def test_one_subscription_too_many_is_refused(
    settings: Settings, workspace: Workspace
) -> None:
    async with (
        gateway_on_a_port(settings, limit_subscriptions_per_socket=2) as gateway,
        gateway.socket(await a_key(workspace)) as socket,
    ):
        for id in "abc":
            await socket.subscribe(EVENTS, id=id)
        message = await socket.read()
    assert (message["type"], message["id"]) == ("error", "c")
    assert message["payload"][0]["extensions"] == {
        "code": "TOO_MANY_SUBSCRIPTIONS",
        "limit": "subscriptions_per_socket",
        "allowed": 2,
    }


async def test_limits_are_a_keys_over_all_its_sockets(
    settings: Settings, workspace: Workspace
) -> None:
    key, other = await a_key(workspace), await a_key(workspace)
    limits: dict[str, Any] = {"limit_subscriptions_per_key": 1, "limit_connections_per_key": 2}
    async with gateway_on_a_port(settings, **limits) as gateway:
        async with gateway.socket(key) as first, gateway.socket(key) as second:
            await first.subscribe(EVENTS)
            await second.subscribe(EVENTS)
            assert (await second.read())["type"] == "error"
            async with gateway.bare() as third:
                await third.send({**INIT, "payload": {"authorization": bearer(key)}})
                assert (await third.closed())[0] == 1013
            async with gateway.socket(other) as fourth:
                await fourth.subscribe(EVENTS)
                assert fourth.waiting == []
            await first.connection.close()
            await second.subscribe(EVENTS, id="2")
        async with gateway.socket(key) as again:
            await again.subscribe(EVENTS)
            assert again.waiting == []


# ── who asks ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("place", ["Authorization", "authorization", "headers", "handshake"])
async def test_a_key_is_taken_from_wherever_clients_put_it(
    gateway: Gateway, workspace: Workspace, place: str
) -> None:
    header = {"Authorization": bearer(await a_key(workspace))}
    payload: dict[str, Any] | None = {place: header["Authorization"]}
    if place == "headers":
        payload = {"headers": header}
    options = {"additional_headers": header} if place == "handshake" else {}
    async with gateway.bare(**options) as socket:
        await socket.send(INIT if place == "handshake" else {**INIT, "payload": payload})
        assert await socket.read() == {"type": "connection_ack"}


@pytest.mark.parametrize("payload", [None, {}, {"Authorization": "Bearer sk_x"}, {"headers": 1}])
async def test_who_is_not_known_is_turned_away(gateway: Gateway, payload: Any) -> None:
    async with gateway.bare() as socket:
        await socket.send({**INIT, "payload": payload})
        assert await socket.closed() == (4403, "Forbidden: no valid key or token")


async def test_nothing_is_served_before_it_is_known_who_asks(
    gateway: Gateway, workspace: Workspace
) -> None:
    async with gateway.bare() as socket:
        await socket.send(subscribe(EVENTS))
        assert (await socket.closed())[0] == 4401


async def test_who_says_nothing_is_not_waited_for(settings: Settings, database: None) -> None:
    async with gateway_on_a_port(settings, subscription_init_seconds=0.1) as gateway:
        async with gateway.bare() as socket:
            assert await socket.closed() == (4408, "Connection initialisation timeout")
        async with gateway.bare() as socket:
            await socket.settle()
            assert (await socket.closed())[0] == 4408


# ── what closes the socket ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "message",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        '{"type": 1}',
        '{"type": "nothing"}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "id": ""}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{ __typename }"}}',
        json.dumps({"type": "subscribe", "id": "x" * 201, "payload": {}}),
        '{"type": "subscribe", "id": "1", "payload": "{ __typename }"}',
        '{"type": "ping", "payload": 1}',
    ],
)
async def test_what_is_no_message_closes_the_socket(
    gateway: Gateway, workspace: Workspace, message: str
) -> None:
    async with gateway.socket(await a_key(workspace)) as socket:
        await socket.send(message)
        code, reason = await socket.closed()
    assert code == 4400
    assert reason.startswith("Invalid message: ")


async def test_bytes_are_no_message(gateway: Gateway, workspace: Workspace) -> None:
    async with gateway.socket(await a_key(workspace)) as socket:
        await socket.connection.send(b'{"type": "ping"}')
        assert (await socket.closed())[0] == 4400


async def test_a_message_that_is_too_large_closes_the_socket(
    gateway: Gateway, workspace: Workspace
) -> None:
    async with gateway.socket(await a_key(workspace)) as socket:
        await socket.send("x" * 70_000)
        assert (await socket.closed())[0] == 1009


async def test_a_second_initialisation_closes_the_socket(
    gateway: Gateway, workspace: Workspace
) -> None:
    async with gateway.socket(await a_key(workspace)) as socket:
        await socket.send(INIT)
        assert await socket.closed() == (4429, "Too many initialisation requests")


async def test_an_id_that_is_in_use_closes_the_socket(
    gateway: Gateway, workspace: Workspace
) -> None:
    async with gateway.socket(await a_key(workspace)) as socket:
        await socket.subscribe(EVENTS, id="x" * 150)
        await socket.send(subscribe(EVENTS, "x" * 150))
        code, reason = await socket.closed()
    assert code == 4409
    assert reason.startswith("Subscriber for xxx")


async def test_other_protocols_are_not_spoken(gateway: Gateway, database: None) -> None:
    async with gateway.bare(subprotocols=["graphql-ws"]) as socket:
        assert (await socket.closed())[0] == 4406
    async with gateway.bare(subprotocols=None) as socket:
        assert (await socket.closed())[0] == 4406


async def test_other_addresses_have_no_sockets(gateway: Gateway, database: None) -> None:
    with pytest.raises(InvalidStatus):
        async with connect(gateway.url.replace("http", "ws").replace("graphql", "health/live")):
            pass


async def test_there_are_sockets_enough_at_some_time(settings: Settings, database: None) -> None:
    async with gateway_on_a_port(settings, limit_sockets=1) as gateway, gateway.bare():
        with pytest.raises(InvalidStatus) as caught:
            async with gateway.bare():
                pass
    assert caught.value.response.status_code == 503
    assert "retry-after" in caught.value.response.headers


async def test_messages_beyond_the_pace_are_read_later_and_none_is_lost(
    settings: Settings, workspace: Workspace
) -> None:
    async with (
        gateway_on_a_port(settings, limit_messages_per_second=30) as gateway,
        gateway.socket(await a_key(workspace)) as socket,
    ):
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number in range(330):
            await socket.send({"type": "ping", "payload": {"number": number}})
        for number in range(330):
            assert await socket.read() == {"type": "pong", "payload": {"number": number}}
        assert loop.time() - began > 0.8


async def test_the_end_of_the_process_is_told(gateway: Gateway, workspace: Workspace) -> None:
    async with gateway.socket(await a_key(workspace)) as socket, gateway.bare() as nobody:
        await socket.subscribe(EVENTS)
        await nobody.settle()
        await gateway.live.leave()
        assert await socket.closed() == (1001, "Going away")
        assert await nobody.closed() == (1001, "Going away")
        async with gateway.bare() as late:
            await late.send({**INIT, "payload": {"authorization": bearer(await a_key(workspace))}})
            assert (await late.closed())[0] == 1013
