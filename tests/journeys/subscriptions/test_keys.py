"""Keys while subscriptions run: revoked, expired, and what each may see of the log."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from graphql import get_named_type

import models
from gateway.valkey import Announcer
from gateway.valkey import connect as connect_valkey
from models import EventType, Role, Workspace
from services.api_keys import create_key, revoke_key
from services.ids import global_id
from services.notices import KeyRevoked
from services.transactions import workspace_transaction
from settings import Settings
from tests.journeys.conftest import Clock
from tests.journeys.subscriptions.gateways import EVENTS, Gateway, a_key, gateway_on_a_port, happen
from tests.journeys.walking import object_type
from tests.records import Records

MERGED, UNMERGED = EventType.CUSTOMER_MERGED, EventType.CUSTOMER_UNMERGED
ADDED = EventType.CUSTOMER_ADDED
CHANGE_SCOPES = "UPDATE api_keys SET scopes = $3 WHERE workspace_id = $1 AND id = $2"


async def tell_nobody(notice: KeyRevoked) -> None:
    """Valkey is away."""
    raise OSError


# ── revoked and expired ────────────────────────────────────────────────────────────────────────


async def test_a_revoked_keys_connections_end_at_once(
    gateway: Gateway, settings: Settings, workspace: Workspace
) -> None:
    row, key = await create_key(workspace.id, Role.OWNER)
    other = await a_key(workspace)
    valkey = connect_valkey(settings)
    assert valkey is not None
    async with (
        valkey,
        gateway.socket(key) as socket,
        gateway.socket(other) as untouched,
        gateway.stream(key, EVENTS) as stream,
    ):
        await socket.subscribe(EVENTS)
        await untouched.subscribe(EVENTS)
        assert await revoke_key(workspace.id, row.id, Announcer(valkey))
        assert await socket.closed() == (4403, "The key or token is no longer valid")
        name, payload = await stream.read()
        assert name == "next"
        assert payload["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
        assert await stream.read() == ("complete", None)
        await happen(workspace, ADDED)
        assert (await untouched.event())["type"] == "CUSTOMER_ADDED"
        async with gateway.bare() as again:
            await again.send({"type": "connection_init", "payload": {"authorization": key}})
            assert (await again.closed())[0] == 4403


async def test_a_key_that_was_revoked_without_notice_is_found_out(
    settings: Settings, workspace: Workspace
) -> None:
    """While Valkey is away: no notice comes, and nobody is remembered."""
    row, key = await create_key(workspace.id, Role.OWNER)
    changes: dict[str, Any] = {"redis_url": None, "subscription_check_seconds": 0.1}
    async with gateway_on_a_port(settings, **changes) as gateway, gateway.socket(key) as socket:
        await socket.subscribe(EVENTS)
        assert not await revoke_key(workspace.id, row.id, tell_nobody)
        assert await socket.closed() == (4403, "The key or token is no longer valid")


async def test_a_key_that_expires_ends_what_runs(settings: Settings, workspace: Workspace) -> None:
    clock = Clock()
    end = clock.now + timedelta(hours=1)
    key = await a_key(workspace, expires_at=end)
    async with gateway_on_a_port(settings, clock) as gateway, gateway.socket(key) as socket:
        await socket.subscribe(EVENTS)
        clock.now = end - timedelta(microseconds=1)
        await gateway.live.guests.check(clock.now)
        await socket.settle()
        clock.now = end
        assert await socket.closed() == (4403, "The key or token has expired")


async def test_a_key_whose_rights_change_has_to_come_again(
    settings: Settings, workspace: Workspace
) -> None:
    row, key = await create_key(workspace.id, Role.PARTNER, ["events:read", "merges:read"])
    changes: dict[str, Any] = {"caller_cache_seconds": 0, "subscription_check_seconds": 0.1}
    async with gateway_on_a_port(settings, **changes) as gateway, gateway.socket(key) as socket:
        await socket.subscribe(EVENTS)
        async with workspace_transaction(workspace.id) as tx:
            await tx.execute(CHANGE_SCOPES, workspace.id, row.id, ["events:read"])
        code, reason = await socket.closed()
    assert code == 4403
    assert "subscribe again" in reason


# ── what each may see ──────────────────────────────────────────────────────────────────────────


async def test_merges_are_shown_to_those_only_who_may_see_merges(
    gateway: Gateway, workspace: Workspace
) -> None:
    without = await a_key(workspace, Role.PARTNER, ("events:read",))
    with_them = await a_key(workspace, Role.PARTNER, ("events:read", "merges:read"))
    async with gateway.socket(without) as few, gateway.socket(with_them) as all:
        await few.subscribe(EVENTS)
        await all.subscribe(EVENTS)
        await few.subscribe(EVENTS, id="merges", types=["CUSTOMER_MERGED"])
        await happen(workspace, ADDED, MERGED, UNMERGED, ADDED)
        assert [(await all.event())["type"] for _ in range(4)] == [
            "CUSTOMER_ADDED",
            "CUSTOMER_MERGED",
            "CUSTOMER_UNMERGED",
            "CUSTOMER_ADDED",
        ]
        assert [(await few.event())["type"] for _ in range(2)] == ["CUSTOMER_ADDED"] * 2
        await few.settle()
        assert few.waiting == []


@pytest.mark.parametrize(
    ("query", "scopes"),
    [
        ("subscription { events { id } }", ("customers:read", "merges:read")),
        ("subscription { customerMerged { id } }", ("events:read", "customers:read")),
        ("subscription { customerUnmerged { id } }", ("events:read", "customers:read")),
        ("subscription { customerMerged { main { id } } }", ("merges:read",)),
        ('subscription { customerChanged(customerId: "x") { id } }', ("merges:read",)),
        ('subscription { importProgress(importId: "x") { id } }', ("merges:read",)),
    ],
)
async def test_each_subscription_needs_its_scopes(
    gateway: Gateway, workspace: Workspace, query: str, scopes: tuple[str, ...]
) -> None:
    key = await a_key(workspace, Role.PARTNER, scopes)
    async with gateway.socket(key) as socket:
        await socket.subscribe(query)
        message = await socket.read()
    assert message["type"] == "error"
    assert message["payload"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_no_event_of_another_workspace_comes_by(
    gateway: Gateway, workspace: Workspace, other_workspace: Workspace
) -> None:
    async with (
        gateway.socket(await a_key(workspace)) as one,
        gateway.socket(await a_key(other_workspace)) as other,
    ):
        await one.subscribe(EVENTS)
        await other.subscribe(EVENTS)
        for number in range(20):
            await asyncio.gather(
                happen(workspace, ADDED, shop="one", number=number),
                happen(other_workspace, ADDED, shop="other", number=number),
            )
        for name, socket in (("one", one), ("other", other)):
            found = [(await socket.event())["payload"] for _ in range(20)]
            assert found == [{"shop": name, "number": number} for number in range(20)]
            await socket.settle()
            assert socket.waiting == []


@pytest.mark.parametrize(
    ("query", "model"),
    [
        ("subscription($row: ID!) { customerChanged(customerId: $row) { id } }", models.Customer),
        ("subscription($row: ID!) { importProgress(importId: $row) { id } }", models.Import),
    ],
)
async def test_an_id_of_another_workspace_answers_like_one_that_never_was(
    gateway: Gateway, workspace: Workspace, other_workspace: Workspace, query: str, model: Any
) -> None:
    records = Records(other_workspace)
    row = records.customer() if model is models.Customer else records.an_import()
    await records.save()
    never = global_id(model, workspace.id)
    answers = []
    async with gateway.socket(await a_key(workspace)) as socket:
        for named in (global_id(model, row.id), never):
            await socket.subscribe(query, row=named)
            answers.append(await socket.read())
    assert answers[0] == answers[1]
    assert answers[0]["payload"][0]["extensions"]["code"] == "NOT_FOUND"


FIELDS = object_type("Subscription").fields
NAMING = {"customerChanged", "importProgress"}


def test_every_subscription_that_takes_an_id_or_a_place_is_tried_here() -> None:
    naming = {
        name
        for name, field in FIELDS.items()
        if any(get_named_type(one.type).name == "ID" for one in field.args.values())
    }
    assert naming == NAMING
    assert {
        name for name, field in FIELDS.items() if "after" in field.args
    } == FIELDS.keys() - NAMING


@pytest.mark.parametrize("field", sorted(FIELDS.keys() - NAMING))
async def test_a_cursor_of_another_workspace_is_a_place_in_ones_own_log(
    gateway: Gateway, workspace: Workspace, other_workspace: Workspace, field: str
) -> None:
    for one, shop in ((workspace, "own"), (other_workspace, "theirs")):
        await happen(one, ADDED, MERGED, UNMERGED, ADDED, memberIds=[shop], source="API")
    query = "{ events(first: 1) { pageInfo { endCursor } } }"
    async with gateway.socket(await a_key(other_workspace)) as theirs:
        await theirs.send({"id": "q", "type": "subscribe", "payload": {"query": query}})
        cursor = (await theirs.told("q"))["events"]["pageInfo"]["endCursor"]
    selected = "payload" if field == "events" else "memberIds"
    query = f"subscription($after: String) {{ {field}(after: $after) {{ {selected} }} }}"
    async with gateway.socket(await a_key(workspace)) as socket:
        await socket.subscribe(query, after=cursor)
        found = [await socket.told() for _ in range(3 if field == "events" else 1)]
        assert "own" in str(found)
        assert "theirs" not in str(found)
        await socket.settle()
        assert socket.waiting == []
