"""Webhook endpoints over GraphQL: secrets that are shown once, replays, and who may do what."""

from typing import Any

import pytest

import models
from models import EventType, Role, Workspace
from models.base import new_id
from services.actors import Scope
from services.ids import global_id
from services.webhooks.endpoints import MOST_ENDPOINTS
from services.webhooks.messages import event_cursor
from services.webhooks.sending import Answer
from tests.asking import an_actor, answer, ask
from tests.rows import NOW
from tests.services.webhooks.deliveries import Clock, deliver, deliveries, happen, scripted
from tests.services.writing import rows

URL = "https://93.184.216.34/hooks"
ALL = "id url types enabled description disabledReason"
SAVE = f"""
mutation ($input: WebhookEndpointInput!) {{
  saveWebhookEndpoint(input: $input) {{
    endpoint {{ {ALL} }} secret errors {{ code field message }} }} }}"""
DELETE = """
mutation ($input: DeleteInput!) {
  deleteWebhookEndpoint(input: $input) { deletedId errors { code field } } }"""
REPLAY = """
mutation ($input: ReplayInput!) {
  replayWebhook(input: $input) { endpoint { id } secret errors { code field message } } }"""
READ = f"""
query ($status: DeliveryStatus) {{
  webhookEndpoints {{ {ALL}
    deliveries(status: $status) {{ totalCount nodes {{
      id status nextAttemptAt event {{ id type cursor }}
      attempts {{ at statusCode error durationMs }} }} }} }} }}"""


async def save(workspace: Workspace, **input: Any) -> Any:
    """The payload of saving; a URL and a type are made up where none are given."""
    given = {"url": URL, "types": ["CUSTOMER_MERGED"], **input}
    return (await ask(workspace, SAVE, input=given))["saveWebhookEndpoint"]


async def saved(workspace: Workspace, **input: Any) -> Any:
    """The endpoint after a saving that was not refused, and its new secret."""
    payload = await save(workspace, **input)
    assert payload["errors"] == []
    return payload["endpoint"], payload["secret"]


async def secrets_of(workspace: Workspace) -> list[dict[str, Any]]:
    return await rows(
        workspace,
        "SELECT secret, previous_secret, previous_secret_until FROM webhook_endpoints"
        " WHERE workspace_id = $1",
    )


async def test_a_new_endpoint_shows_its_secret_once(workspace: Workspace) -> None:
    endpoint, secret = await saved(workspace, description=" Our CRM ")
    assert secret.startswith("whsec_")
    assert endpoint == {
        "id": endpoint["id"],
        "url": URL,
        "types": ["CUSTOMER_MERGED"],
        "enabled": True,
        "description": "Our CRM",
        "disabledReason": None,
    }
    [read] = (await ask(workspace, READ))["webhookEndpoints"]
    assert read == {**endpoint, "deliveries": {"totalCount": 0, "nodes": []}}
    again, none = await saved(workspace, id=endpoint["id"], description=None)
    assert (again["description"], none) == (None, None)
    assert secret not in str(await ask(workspace, READ))


async def test_what_is_left_out_stays(workspace: Workspace) -> None:
    endpoint, _ = await saved(workspace, description="CRM", enabled=False)
    types = ["CUSTOMER_ADDED", "CUSTOMER_MERGED", "CUSTOMER_ADDED"]
    again, _ = await saved(workspace, id=endpoint["id"], types=types)
    assert again == {**endpoint, "types": ["CUSTOMER_ADDED", "CUSTOMER_MERGED"]}


async def test_a_rotated_secret_is_shown_and_the_one_before_signs_for_a_day(
    workspace: Workspace,
) -> None:
    endpoint, first = await saved(workspace)
    _, second = await saved(workspace, id=endpoint["id"], rotateSecret=True)
    assert second not in (None, first)
    [row] = await secrets_of(workspace)
    assert (row["secret"], row["previous_secret"]) == (second, first)
    assert (row["previous_secret_until"] - NOW).days == 1


async def test_deliveries_and_attempts_are_read_by_status(workspace: Workspace) -> None:
    await saved(workspace)
    await happen(workspace, EventType.CUSTOMER_MERGED, EventType.CUSTOMER_MERGED)
    clock = Clock()
    await deliver(workspace, scripted(Answer(500, 7, "No."), Answer(204, 5)), clock)
    [read] = (await ask(workspace, READ))["webhookEndpoints"]
    assert read["deliveries"]["totalCount"] == 2
    [failed] = (await ask(workspace, READ, status="FAILED"))["webhookEndpoints"]
    [delivery] = failed["deliveries"]["nodes"]
    assert delivery["event"]["type"] == "CUSTOMER_MERGED"
    assert delivery["nextAttemptAt"] == "2026-11-22T02:00:05.000000Z"
    assert delivery["attempts"] == [
        {"at": "2026-11-22T02:00:00.000000Z", "statusCode": 500, "error": "No.", "durationMs": 7}
    ]
    [dead] = (await ask(workspace, READ, status="DEAD"))["webhookEndpoints"]
    assert dead["deliveries"] == {"totalCount": 0, "nodes": []}


async def test_one_delivery_is_made_again_with_its_id(workspace: Workspace) -> None:
    endpoint, _ = await saved(workspace)
    await happen(workspace, EventType.CUSTOMER_MERGED)
    clock, send = Clock(), scripted()
    await deliver(workspace, send, clock)
    [row] = await deliveries(workspace)
    input = {
        "endpointId": endpoint["id"],
        "deliveryId": global_id(models.WebhookDelivery, row["id"]),
    }
    payload = (await ask(workspace, REPLAY, input=input))["replayWebhook"]
    assert (payload["errors"], payload["secret"]) == ([], None)
    clock.now = NOW
    await deliver(workspace, send, clock)
    first, second = (headers["webhook-id"] for _, headers, _ in send.sent)
    assert first == second


async def test_everything_after_a_cursor_is_sent_again(workspace: Workspace) -> None:
    endpoint, _ = await saved(workspace)
    await happen(workspace, *[EventType.CUSTOMER_MERGED] * 5)
    clock, send = Clock(), scripted()
    await deliver(workspace, send, clock)
    cursors = (await ask(workspace, "{ events { nodes { cursor id } } }"))["events"]["nodes"]
    input = {"endpointId": endpoint["id"], "after": cursors[1]["cursor"]}
    payload = (await ask(workspace, REPLAY, input=input))["replayWebhook"]
    assert payload["errors"] == []
    sent = len(send.sent)
    clock.now = NOW
    await deliver(workspace, send, clock)
    again = [headers["webhook-id"] for _, headers, _ in send.sent[sent:]]
    assert sorted(again) == sorted(one["id"] for one in cursors[2:])
    assert len(await deliveries(workspace)) == 5


async def test_a_replay_never_leaves_out_what_has_not_been_sent_yet(workspace: Workspace) -> None:
    endpoint, _ = await saved(workspace)
    await happen(workspace, *[EventType.CUSTOMER_MERGED] * 5)
    cursors = (await ask(workspace, "{ events { nodes { cursor } } }"))["events"]["nodes"]
    input = {"endpointId": endpoint["id"], "after": cursors[3]["cursor"]}
    await ask(workspace, REPLAY, input=input)
    send = scripted()
    await deliver(workspace, send, Clock())
    assert len(send.sent) == 5


async def test_a_deleted_endpoint_is_not_there_any_more(workspace: Workspace) -> None:
    endpoint, _ = await saved(workspace)
    await happen(workspace, EventType.CUSTOMER_MERGED)
    send = scripted()
    await deliver(workspace, send, Clock())
    [row] = await deliveries(workspace)
    gone = (await ask(workspace, DELETE, input={"id": endpoint["id"]}))["deleteWebhookEndpoint"]
    assert gone == {"deletedId": endpoint["id"], "errors": []}
    assert await ask(workspace, READ) == {"webhookEndpoints": []}
    for id in (endpoint["id"], global_id(models.WebhookDelivery, row["id"])):
        assert await ask(workspace, "query($id: ID!) { node(id: $id) { id } }", id=id) == {
            "node": None
        }
    await happen(workspace, EventType.CUSTOMER_MERGED)
    await deliver(workspace, send, Clock())
    assert len(send.sent) == 1
    for mutation, input in (
        (DELETE, {"id": endpoint["id"]}),
        (SAVE, {"id": endpoint["id"], "url": URL, "types": ["CUSTOMER_MERGED"]}),
        (REPLAY, {"endpointId": endpoint["id"], "after": row_cursor(row)}),
    ):
        [payload] = (await ask(workspace, mutation, input=input)).values()
        assert payload["errors"][0]["code"] == "NOT_FOUND"


def row_cursor(row: dict[str, Any]) -> str:
    """The cursor of a delivery's event."""
    return event_cursor(row["seq"], row["event_id"])


async def test_a_disabled_endpoint_is_not_replayed_and_goes_on_when_it_is_enabled(
    workspace: Workspace,
) -> None:
    endpoint, _ = await saved(workspace, enabled=False)
    await happen(workspace, EventType.CUSTOMER_MERGED)
    send = scripted()
    await deliver(workspace, send, Clock())
    assert send.sent == []
    cursors = (await ask(workspace, "{ events { nodes { cursor } } }"))["events"]["nodes"]
    input = {"endpointId": endpoint["id"], "after": cursors[0]["cursor"]}
    payload = (await ask(workspace, REPLAY, input=input))["replayWebhook"]
    assert [one["code"] for one in payload["errors"]] == ["CONFLICT"]
    again, _ = await saved(workspace, id=endpoint["id"], enabled=True)
    assert again["enabled"] is True
    await deliver(workspace, send, Clock())
    assert len(send.sent) == 1


async def test_enabled_again_an_endpoint_has_failed_at_nothing(workspace: Workspace) -> None:
    endpoint, _ = await saved(workspace)
    await happen(workspace, EventType.CUSTOMER_MERGED)
    await deliver(workspace, scripted(Answer(410, 3)), Clock())
    [read] = (await ask(workspace, READ))["webhookEndpoints"]
    assert (read["enabled"], "410 Gone" in read["disabledReason"]) == (False, True)
    again, _ = await saved(workspace, id=endpoint["id"], enabled=True)
    assert (again["enabled"], again["disabledReason"]) == (True, None)
    send, clock = scripted(), Clock()
    clock.forward(seconds=6)
    await deliver(workspace, send, clock)
    assert len(send.sent) == 1


@pytest.mark.parametrize(
    ("input", "code", "field"),
    [
        ({"types": []}, "INVALID", ["types"]),
        ({"url": "http://93.184.216.34/"}, "INVALID", ["url"]),
        ({"url": "https://127.0.0.1/"}, "INVALID", ["url"]),
        ({"url": "https://169.254.169.254/latest"}, "INVALID", ["url"]),
        ({"url": "https://a:b@93.184.216.34/"}, "INVALID", ["url"]),
        ({"url": "hooks"}, "INVALID", ["url"]),
        ({"description": "x" * 201}, "INVALID", ["description"]),
        ({"id": "1"}, "INVALID", ["id"]),
        ({"id": f"cus_{new_id().hex}"}, "INVALID", ["id"]),
        ({"id": f"whe_{new_id().hex}"}, "NOT_FOUND", ["id"]),
    ],
)
async def test_bad_input_is_refused(
    workspace: Workspace, input: dict[str, Any], code: str, field: list[str]
) -> None:
    payload = await save(workspace, **input)
    assert payload["endpoint"] is None
    assert [(one["code"], one["field"]) for one in payload["errors"]] == [(code, field)]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, ["deliveryId"]),
        ({"deliveryId": f"whd_{new_id().hex}", "after": "x"}, ["after"]),
        ({"after": "nonsense"}, ["after"]),
        ({"deliveryId": "evt_1"}, ["deliveryId"]),
    ],
)
async def test_bad_replays_are_refused(
    workspace: Workspace, given: dict[str, Any], field: list[str]
) -> None:
    endpoint, _ = await saved(workspace)
    input = {"endpointId": endpoint["id"], **given}
    payload = (await ask(workspace, REPLAY, input=input))["replayWebhook"]
    assert [(one["code"], one["field"]) for one in payload["errors"]] == [("INVALID", field)]


async def test_there_are_at_most_so_many_endpoints(workspace: Workspace) -> None:
    for _ in range(MOST_ENDPOINTS):
        await saved(workspace)
    payload = await save(workspace)
    assert [one["code"] for one in payload["errors"]] == ["LIMIT_EXCEEDED"]


async def test_an_endpoint_of_another_workspace_is_not_found(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    endpoint, _ = await saved(other_workspace)
    await happen(other_workspace, EventType.CUSTOMER_MERGED)
    await deliver(other_workspace, scripted(), Clock())
    [row] = await deliveries(other_workspace)
    own, _ = await saved(workspace)
    delivery = global_id(models.WebhookDelivery, row["id"])
    for mutation, input in (
        (SAVE, {"id": endpoint["id"], "url": URL, "types": ["CUSTOMER_MERGED"]}),
        (DELETE, {"id": endpoint["id"]}),
        (REPLAY, {"endpointId": endpoint["id"], "deliveryId": delivery}),
        (REPLAY, {"endpointId": own["id"], "deliveryId": delivery}),
    ):
        [payload] = (await ask(workspace, mutation, input=input)).values()
        assert [one["code"] for one in payload["errors"]] == ["NOT_FOUND"]
    [read] = (await ask(other_workspace, READ))["webhookEndpoints"]
    assert read["enabled"] is True


@pytest.mark.parametrize("role", [Role.AGENT, Role.PARTNER])
async def test_who_does_not_manage_webhooks_may_not(workspace: Workspace, role: Role) -> None:
    scopes = frozenset({Scope.EVENTS_READ, Scope.CUSTOMERS_READ, Scope.MERGES_READ})
    actor = an_actor(workspace, role, scopes=scopes)
    endpoint, _ = await saved(workspace)
    for mutation, input in (
        (SAVE, {"url": URL, "types": ["CUSTOMER_MERGED"]}),
        (DELETE, {"id": endpoint["id"]}),
        (REPLAY, {"endpointId": endpoint["id"], "after": "x"}),
    ):
        found = await answer(workspace, mutation, actor=actor, input=input)
        [payload] = found.data.values()
        assert [one["code"] for one in payload["errors"]] == ["FORBIDDEN"]
    found = await answer(
        workspace, "query($id: ID!) { node(id: $id) { id } }", actor=actor, id=endpoint["id"]
    )
    assert found.data == {"node": None}


async def test_an_endpoint_hears_of_no_more_than_who_saves_it_may_see(
    workspace: Workspace,
) -> None:
    actor = an_actor(workspace, Role.PARTNER, scopes=frozenset({Scope.WEBHOOKS_MANAGE}))
    input = {"url": URL, "types": ["WINDOW_OPENED", "CUSTOMER_MERGED"]}
    found = await answer(workspace, SAVE, actor=actor, input=input)
    [error] = found.data["saveWebhookEndpoint"]["errors"]
    assert (error["code"], error["field"]) == ("FORBIDDEN", ["types", "1"])
    merging = an_actor(
        workspace, Role.PARTNER, scopes=frozenset({Scope.WEBHOOKS_MANAGE, Scope.MERGES_READ})
    )
    found = await answer(workspace, SAVE, actor=merging, input=input)
    assert found.data["saveWebhookEndpoint"]["errors"] == []
