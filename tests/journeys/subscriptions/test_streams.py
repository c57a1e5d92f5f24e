"""Subscribing over server-sent events: graphql-sse, one response for one operation."""

from typing import Any

import httpx
import pytest

from models import EventType, Workspace
from settings import Settings
from tests.journeys.subscriptions.gateways import (
    EVENTS,
    SECONDS,
    Gateway,
    a_key,
    bearer,
    gateway_on_a_port,
    happen,
)

ADDED = EventType.CUSTOMER_ADDED


async def post(gateway: Gateway, key: str, body: Any, **headers: str) -> httpx.Response:
    given = {"Authorization": bearer(key), "Accept": "text/event-stream", **headers}
    async with httpx.AsyncClient(timeout=SECONDS) as http:
        return await http.post(gateway.url, json=body, headers=given)


async def test_a_subscriber_is_told_what_is_committed(
    gateway: Gateway, workspace: Workspace
) -> None:
    async with gateway.stream(await a_key(workspace), EVENTS) as stream:
        assert stream.response.status_code == 200
        assert stream.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert stream.response.headers["cache-control"] == "no-store"
        assert "x-request-id" in stream.response.headers
        await happen(workspace, ADDED, text="dua\nbaris")
        assert (await stream.told())["events"]["payload"] == {"text": "dua\nbaris"}


async def test_a_query_is_a_stream_of_one(gateway: Gateway, workspace: Workspace) -> None:
    response = await post(gateway, await a_key(workspace), {"query": "{ viewer { role } }"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    first, rest = response.text.split("\n\n", 1)
    assert first.startswith('event: next\ndata: {"data":{"viewer":{"role":"OWNER"}}')
    assert rest == "event: complete\ndata: \n\n"


async def test_what_graphql_refuses_is_told_in_the_stream(
    gateway: Gateway, workspace: Workspace
) -> None:
    key = await a_key(workspace, scopes=("customers:read",))
    for query, code in (
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { events { id } }", "FORBIDDEN"),
        ('subscription { customerChanged(customerId: "x") { id } }', "INVALID"),
    ):
        response = await post(gateway, key, {"query": query})
        assert response.status_code == 200
        assert f'"code":"{code}"' in response.text
        assert response.text.startswith('event: next\ndata: {"errors":[')
        assert response.text.endswith("\n\nevent: complete\ndata: \n\n")


async def test_what_http_refuses_has_its_status(gateway: Gateway, workspace: Workspace) -> None:
    key = await a_key(workspace)
    assert (await post(gateway, "sk_x", {"query": EVENTS})).status_code == 401
    assert (await post(gateway, key, [])).status_code == 400
    assert (await post(gateway, key, {"query": EVENTS}, Accept="text/html")).status_code == 406
    plain = await post(gateway, key, {"query": EVENTS}, Accept="application/json")
    assert plain.status_code == 400
    assert "text/event-stream" in plain.text


async def test_one_connection_too_many_is_refused(settings: Settings, workspace: Workspace) -> None:
    key = await a_key(workspace)
    async with gateway_on_a_port(settings, limit_connections_per_key=1) as gateway:
        async with gateway.stream(key, EVENTS):
            response = await post(gateway, key, {"query": EVENTS})
            assert response.status_code == 429
            assert response.headers["retry-after"] == "5"
        async with gateway.socket(key):
            assert (await post(gateway, key, {"query": EVENTS})).status_code == 429


@pytest.mark.parametrize("operation", ["subscription { events { type } }", "{ viewer { role } }"])
async def test_by_get_too_which_changes_nothing(
    gateway: Gateway, workspace: Workspace, operation: str
) -> None:
    headers = {"Authorization": bearer(await a_key(workspace)), "Accept": "text/event-stream"}
    async with (
        httpx.AsyncClient(timeout=SECONDS) as http,
        http.stream("GET", gateway.url, params={"query": operation}, headers=headers) as response,
    ):
        assert response.status_code == 200
        await happen(workspace, ADDED)
        lines = response.aiter_lines()
        assert await anext(lines) == "event: next"
        assert (await anext(lines)).startswith('data: {"data":{')


async def test_a_mutation_by_get_is_refused(gateway: Gateway, workspace: Workspace) -> None:
    headers = {"Authorization": bearer(await a_key(workspace)), "Accept": "text/event-stream"}
    mutation = 'mutation { addCustomer(input: { fullName: "Budi" }) { customer { id } } }'
    async with httpx.AsyncClient(timeout=SECONDS) as http:
        response = await http.get(gateway.url, params={"query": mutation}, headers=headers)
    assert response.status_code == 405


async def test_a_silent_stream_shows_that_it_lives(
    settings: Settings, workspace: Workspace
) -> None:
    async with (
        gateway_on_a_port(settings, subscription_heartbeat_seconds=0.05) as gateway,
        gateway.stream(await a_key(workspace), EVENTS) as stream,
    ):
        assert await anext(stream._lines) == ":"


async def test_a_stream_ends_without_a_word_with_the_process(
    gateway: Gateway, workspace: Workspace
) -> None:
    """`complete` would tell the client that there is nothing more to come for."""
    async with gateway.stream(await a_key(workspace), EVENTS) as stream:
        await happen(workspace, ADDED)
        await stream.told()
        await gateway.live.leave()
        with pytest.raises(EOFError):
            await stream.read()


async def test_a_client_who_goes_is_forgotten(gateway: Gateway, workspace: Workspace) -> None:
    key = await a_key(workspace)
    async with gateway.stream(key, EVENTS):
        assert len(gateway.live.guests._guests) == 1
    async with gateway.socket(key) as socket:
        await socket.subscribe(EVENTS)
        while len(gateway.live.feeds._readers[workspace.id].followers) > 1:
            await socket.settle()
