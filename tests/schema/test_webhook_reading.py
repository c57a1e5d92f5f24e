"""What callers see of webhooks' deliveries, and what an endpoint is sent that others change: no
more than each may see themselves."""

from typing import Any

import pytest

import models
from models import EventType, Role, Workspace
from services.actors import Actor, Scope
from services.ids import global_id
from services.webhooks.sending import Answer
from tests.asking import an_actor, ask
from tests.rows import NOW
from tests.schema.test_webhook_mutations import REPLAY, SAVE, URL, save, saved
from tests.services.webhooks.deliveries import Clock, deliver, deliveries, happen, scripted
from tests.services.writing import rows

READ = """
{ webhookEndpoints { deliveries { totalCount nodes { id event { type } } } } }
"""
NODE = "query ($id: ID!) { node(id: $id) { id ... on WebhookDelivery { event { type } } } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
MANAGING = frozenset({Scope.WEBHOOKS_MANAGE, Scope.EVENTS_READ})
MIXED = (EventType.CUSTOMER_MERGED, EventType.CUSTOMER_ADDED, EventType.CUSTOMER_UNMERGED)


def partner(workspace: Workspace, *more: Scope) -> Actor:
    """A key that manages webhooks and reads events, and may do `more`."""
    return an_actor(workspace, Role.PARTNER, scopes=MANAGING | {*more})


async def by_event(workspace: Workspace) -> dict[str, str]:
    """The deliveries' global ids by the types of their events."""
    found = await rows(
        workspace,
        "SELECT d.id, e.type FROM webhook_deliveries d JOIN events e"
        " ON e.workspace_id = $1 AND e.id = d.event_id WHERE d.workspace_id = $1",
    )
    return {row["type"]: global_id(models.WebhookDelivery, row["id"]) for row in found}


async def told(workspace: Workspace) -> str:
    """An endpoint that an owner made, with a delivery of each type; its id."""
    endpoint, _ = await saved(workspace, types=[one.value for one in MIXED])
    await happen(workspace, *MIXED)
    await deliver(workspace, scripted(), Clock())
    assert len(await by_event(workspace)) == len(MIXED)
    return str(endpoint["id"])


async def test_deliveries_of_merges_are_not_there_without_the_scope(workspace: Workspace) -> None:
    await told(workspace)
    [read] = (await ask(workspace, READ, actor=partner(workspace)))["webhookEndpoints"]
    assert read["deliveries"]["totalCount"] == 1
    assert [one["event"]["type"] for one in read["deliveries"]["nodes"]] == ["CUSTOMER_ADDED"]
    seeing = partner(workspace, Scope.MERGES_READ)
    [read] = (await ask(workspace, READ, actor=seeing))["webhookEndpoints"]
    assert read["deliveries"]["totalCount"] == 3


async def test_a_delivery_of_a_merge_answers_like_an_unknown_one(workspace: Workspace) -> None:
    await told(workspace)
    found = await by_event(workspace)
    ids = [found[type] for type in sorted(found)]
    blind, seeing = partner(workspace), partner(workspace, Scope.MERGES_READ)
    for type, id in found.items():
        hidden = type != "CUSTOMER_ADDED"
        assert ((await ask(workspace, NODE, actor=blind, id=id))["node"] is None) == hidden
        assert (await ask(workspace, NODE, actor=seeing, id=id))["node"]["event"]["type"] == type
    nodes = (await ask(workspace, NODES, actor=blind, ids=ids))["nodes"]
    assert [one and one["id"] for one in nodes] == [found["CUSTOMER_ADDED"], None, None]


async def test_who_redirects_an_endpoint_is_not_sent_what_they_may_not_see(
    workspace: Workspace,
) -> None:
    """Neither what waits for another attempt, nor what is replayed."""
    endpoint, _ = await saved(workspace, types=[one.value for one in MIXED])
    await happen(workspace, *MIXED)
    clock, failing, send = Clock(), scripted(Answer(500, 3)), scripted()
    await deliver(workspace, failing, clock)
    found = await by_event(workspace)
    actor = partner(workspace)
    input: dict[str, Any] = {"id": endpoint["id"], "url": URL + "/theirs"}
    refused = await ask(workspace, SAVE, actor=actor, input={**input, "types": list(found)})
    assert [one["code"] for one in refused["saveWebhookEndpoint"]["errors"]] == ["FORBIDDEN"]
    kept = await ask(workspace, SAVE, actor=actor, input={**input, "types": ["CUSTOMER_ADDED"]})
    assert kept["saveWebhookEndpoint"]["errors"] == []
    for type, id in found.items():
        again = {"endpointId": endpoint["id"], "deliveryId": id}
        payload = (await ask(workspace, REPLAY, actor=actor, input=again))["replayWebhook"]
        codes = [one["code"] for one in payload["errors"]]
        assert codes == ([] if type == "CUSTOMER_ADDED" else ["NOT_FOUND"])
    clock.now = NOW
    clock.forward(seconds=60)
    await deliver(workspace, send, clock)
    assert [b'"CUSTOMER_ADDED"' in body for _, _, body in send.sent] == [True]
    statuses = {row["status"] for row in await deliveries(workspace)}
    assert statuses == {"DELIVERED", "DEAD"}


@pytest.mark.parametrize("types", [["CUSTOMER_ADDED"], ["CUSTOMER_MERGED", "CUSTOMER_ADDED"]])
async def test_what_an_endpoint_still_hears_of_waits_on(
    workspace: Workspace, types: list[str]
) -> None:
    endpoint, _ = await saved(workspace, types=["CUSTOMER_ADDED"])
    await happen(workspace, EventType.CUSTOMER_ADDED)
    clock = Clock()
    await deliver(workspace, scripted(Answer(500, 3)), clock)
    assert (await save(workspace, id=endpoint["id"], types=types))["errors"] == []
    clock.forward(seconds=6)
    await deliver(workspace, send := scripted(), clock)
    assert len(send.sent) == 1
