"""Audiences and broadcasts over GraphQL: previewed, created, fetched, reported, cancelled."""

from datetime import timedelta
from typing import Any

import pytest

import models
from models import Campaign, CampaignStatus, Group, Role, Workspace
from models.base import new_id
from services.actors import Scope
from services.broadcasts.queueing import run_broadcast
from services.errors import ErrorCode
from services.ids import decode_id, global_id
from tests.asking import an_actor, ask, refusal
from tests.records import Records
from tests.rows import NOW
from tests.services.broadcasts.campaigning import people

PREVIEW = """query ($input: AudienceInput!) { audiencePreview(input: $input) {
    matched recipients duplicatesAvoided unreachable sample { id fullName } } }"""
CAMPAIGN = """campaign { id name channel status template scheduledAt sentAt recipientCount
    interactionCounts { queued sent delivered read replied failed }
    audience { matched recipients duplicatesAvoided unreachable waiting leftOut } }"""
ERRORS = "errors { code field message }"
CREATE = f"""mutation ($input: BroadcastInput!) {{
    createBroadcast(input: $input) {{ {CAMPAIGN} {ERRORS} }} }}"""
CANCEL = f"""mutation ($input: CancelBroadcastInput!) {{
    cancelBroadcast(input: $input) {{ {CAMPAIGN} {ERRORS} }} }}"""
REPORT = f"""mutation ($input: CampaignInteractionInput!) {{
    recordCampaignInteraction(input: $input) {{
        campaignInteraction {{ id status sentAt }} {ERRORS} }} }}"""
LINES = """query ($id: ID!) { customer(id: $id) {
    campaigns { totalCount } timeline(kinds: [CAMPAIGN]) { nodes { title } } } }"""
FETCH = """query ($id: ID!, $after: String) { node(id: $id) { ... on Campaign {
    status template recipientCount interactionCounts { queued sent failed }
    queue(first: 2, after: $after) { totalCount pageInfo { hasNextPage endCursor }
        nodes { id status sentAt customer { id } identity { identifier kind channel { id } } } }
    interactions(filter: { statuses: [SENT, FAILED] }) { totalCount nodes { status } } } } }"""


async def group_of(workspace: Workspace, count: int, name: str = "Pelanggan") -> tuple[str, Any]:
    group_id, made = await people(workspace, count, name)
    return global_id(Group, group_id), made


async def did(workspace: Workspace, mutation: str, **input: Any) -> Any:
    """The payload of a mutation that is not refused."""
    (payload,) = (await ask(workspace, mutation, input=input)).values()
    assert payload.pop("errors") == []
    (thing,) = payload.values()
    return thing


async def errors(workspace: Workspace, mutation: str, actor: Any = None, **input: Any) -> Any:
    """The codes and fields of what a mutation is refused for."""
    (payload,) = (await ask(workspace, mutation, actor=actor, input=input)).values()
    return [(one["code"], one["field"]) for one in payload["errors"]]


async def test_a_preview_counts_and_shows_whom_it_would_reach(workspace: Workspace) -> None:
    group, made = await group_of(workspace, 3)
    ids = [global_id(models.Customer, one.id) for one in made]
    input = {"groupIds": [group], "customerIds": ids[:2], "channel": "WHATSAPP"}
    found = (await ask(workspace, PREVIEW, input=input))["audiencePreview"]
    assert {one["id"] for one in found.pop("sample")} == set(ids)
    assert found == {"matched": 5, "recipients": 3, "duplicatesAvoided": 2, "unreachable": 0}
    found = (await ask(workspace, PREVIEW, input={**input, "channel": "EMAIL"}))["audiencePreview"]
    assert (found["recipients"], found["unreachable"], found["sample"]) == (0, 3, [])


async def test_a_bad_preview_says_where(workspace: Workspace) -> None:
    group, _ = await group_of(workspace, 1)
    for input, code, field in (
        ({}, ErrorCode.INVALID, ()),
        ({"groupIds": []}, ErrorCode.INVALID, ()),
        ({"groupIds": ["x"]}, ErrorCode.INVALID, ("groupIds", "0")),
        ({"tagIds": [group]}, ErrorCode.INVALID, ("tagIds", "0")),
        (
            {"groupIds": [group, global_id(Group, new_id())]},
            ErrorCode.NOT_FOUND,
            ("groupIds", "1"),
        ),
    ):
        found = await refusal(workspace, PREVIEW, input=input)
        assert (found.code, found.field) == (code, field)


async def test_a_small_broadcast_is_queued_by_the_answer(workspace: Workspace) -> None:
    group, _ = await group_of(workspace, 3)
    made = await did(
        workspace, CREATE, name="Promo", template="Halo", audience={"groupIds": [group]}
    )
    del made["id"]
    assert made == {
        "name": "Promo",
        "channel": "WHATSAPP",
        "status": "SENDING",
        "template": "Halo",
        "scheduledAt": None,
        "sentAt": None,
        "recipientCount": 3,
        "interactionCounts": {
            "queued": 3,
            "sent": 0,
            "delivered": 0,
            "read": 0,
            "replied": 0,
            "failed": 0,
        },
        "audience": {
            "matched": 3,
            "recipients": 3,
            "duplicatesAvoided": 0,
            "unreachable": 0,
            "waiting": 0,
            "leftOut": 0,
        },
    }


async def test_a_large_one_shows_how_far_it_is(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schema.mutations.broadcasts.AT_ONCE", 2)
    group, _ = await group_of(workspace, 3)
    made = await did(
        workspace, CREATE, name="Promo", template="Halo", audience={"groupIds": [group]}
    )
    assert (made["recipientCount"], made["interactionCounts"]["queued"]) == (3, 0)
    assert made["audience"]["waiting"] == 3
    model, id = decode_id(made["id"]) or (None, None)
    assert model is Campaign
    assert id is not None
    await run_broadcast(workspace.id, id, clock=lambda: NOW, proceed=lambda: True)
    again = (await ask(workspace, FETCH, id=made["id"]))["node"]
    assert (again["recipientCount"], again["interactionCounts"]["queued"]) == (3, 3)


async def test_the_queue_is_fetched_page_by_page_and_empties_with_the_reports(
    workspace: Workspace,
) -> None:
    group, people_ = await group_of(workspace, 3)
    made = await did(
        workspace, CREATE, name="Promo", template="Halo", audience={"groupIds": [group]}
    )
    first = (await ask(workspace, FETCH, id=made["id"]))["node"]["queue"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (3, True)
    after = first["pageInfo"]["endCursor"]
    second = (await ask(workspace, FETCH, id=made["id"], after=after))["node"]["queue"]
    queued = first["nodes"] + second["nodes"]
    numbers = {one["identity"]["identifier"] for one in queued}
    assert numbers == {f"+62813{number:08}" for number in range(3)}
    assert {one["customer"]["id"] for one in queued} == {
        global_id(models.Customer, one.id) for one in people_
    }
    for number, one in enumerate(queued):
        reported = await did(
            workspace,
            REPORT,
            externalId=f"wa-{number}",
            campaignId=made["id"],
            customerId=one["customer"]["id"],
            status="FAILED" if number == 2 else "SENT",
            sentAt="2026-11-22T09:31:00Z",
        )
        assert reported["id"] == one["id"]
    node = (await ask(workspace, FETCH, id=made["id"]))["node"]
    assert node["status"] == "SENT"
    assert node["queue"]["nodes"] == []
    assert node["interactionCounts"] == {"queued": 0, "sent": 2, "failed": 1}
    assert node["interactions"]["totalCount"] == node["recipientCount"] == 3


async def test_a_scheduled_one_has_its_messages_but_no_queue_before_its_time(
    workspace: Workspace,
) -> None:
    group, [one, _] = await group_of(workspace, 2)
    at = NOW + timedelta(hours=1)
    made = await did(
        workspace,
        CREATE,
        name="Promo",
        template="Halo",
        audience={"groupIds": [group]},
        scheduledAt=at.isoformat(),
    )
    assert (made["status"], made["interactionCounts"]["queued"]) == ("SCHEDULED", 2)
    node = (await ask(workspace, FETCH, id=made["id"]))["node"]
    assert node["queue"]["totalCount"] == 0
    who = global_id(models.Customer, one.id)
    shown = (await ask(workspace, LINES, id=who))["customer"]
    assert shown == {"campaigns": {"totalCount": 1}, "timeline": {"nodes": []}}
    _, id = decode_id(made["id"]) or (None, None)
    assert id is not None
    await run_broadcast(workspace.id, id, clock=lambda: at, proceed=lambda: True)
    node = (await ask(workspace, FETCH, id=made["id"], now=at))["node"]
    assert (node["status"], node["queue"]["totalCount"]) == ("SENDING", 2)
    shown = (await ask(workspace, LINES, id=who, now=at))["customer"]
    assert [line["title"] for line in shown["timeline"]["nodes"]] == ["Promo"]


async def test_sent_twice_with_a_key_it_answers_with_the_first(workspace: Workspace) -> None:
    group, _ = await group_of(workspace, 2)
    input = {
        "name": "Promo",
        "template": "Halo",
        "audience": {"groupIds": [group]},
        "idempotencyKey": "k",
    }
    first, second = [await did(workspace, CREATE, **input) for _ in range(2)]
    assert first == second
    assert await errors(workspace, CREATE, **{**input, "name": "Lain"}) == [
        ("CONFLICT", ["idempotencyKey"])
    ]


async def test_cancelled_it_has_no_queue(workspace: Workspace) -> None:
    group, _ = await group_of(workspace, 2)
    made = await did(
        workspace, CREATE, name="Promo", template="Halo", audience={"groupIds": [group]}
    )
    cancelled = await did(workspace, CANCEL, campaignId=made["id"])
    assert cancelled["status"] == CampaignStatus.CANCELLED
    assert cancelled["interactionCounts"]["failed"] == 2
    node = (await ask(workspace, FETCH, id=made["id"]))["node"]
    assert node["queue"]["totalCount"] == 0


async def test_bad_broadcasts_are_data_in_errors(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    group, _ = await group_of(workspace, 1)
    theirs, _ = await group_of(other_workspace, 1)
    audience = {"groupIds": [group]}
    for input, code, field in (
        ({"name": "", "template": "T", "audience": audience}, "INVALID", ["name"]),
        ({"name": "P", "template": "T", "audience": {}}, "INVALID", ["audience"]),
        (
            {
                "name": "P",
                "template": "T",
                "audience": audience,
                "scheduledAt": "2026-11-22T09:29:00Z",
            },
            "INVALID",
            ["scheduledAt"],
        ),
        (
            {"name": "P", "template": "T", "audience": {"groupIds": [group, theirs]}},
            "NOT_FOUND",
            ["audience", "groupIds", "1"],
        ),
        (
            {"name": "P", "template": "T", "audience": {"excludeTagIds": ["x"]}},
            "INVALID",
            ["audience", "excludeTagIds", "0"],
        ),
    ):
        assert await errors(workspace, CREATE, **input) == [(code, field)]
    foreign = await did(
        other_workspace, CREATE, name="P", template="T", audience={"groupIds": [theirs]}
    )
    found = await errors(workspace, CANCEL, campaignId=foreign["id"])
    assert found == [("NOT_FOUND", ["campaignId"])]


async def test_who_may_not_write_customers_broadcasts_nothing(workspace: Workspace) -> None:
    group, _ = await group_of(workspace, 1)
    scopes = frozenset({Scope.CUSTOMERS_READ, Scope.INGEST_WRITE})
    partner = an_actor(workspace, Role.PARTNER, scopes=scopes)
    input = {"name": "P", "template": "T", "audience": {"groupIds": [group]}}
    assert await errors(workspace, CREATE, actor=partner, **input) == [("FORBIDDEN", None)]
    agent = an_actor(workspace, Role.AGENT)
    assert await errors(workspace, CREATE, actor=agent, **input) == []
    found = await ask(workspace, PREVIEW, actor=partner, input={"groupIds": [group]})
    assert found["audiencePreview"]["recipients"] == 1


async def test_a_reported_campaign_has_no_audience_and_no_queue(workspace: Workspace) -> None:
    records = Records(workspace)
    campaign = records.campaign()
    records.interaction(
        campaign, records.customer(), status=models.CampaignInteractionStatus.QUEUED
    )
    await records.save()
    query = """query ($id: ID!) { node(id: $id) { ... on Campaign {
        audience { matched } recipientCount queue { totalCount } } } }"""
    found = await ask(workspace, query, id=global_id(Campaign, campaign.id))
    assert found["node"] == {"audience": None, "recipientCount": 1, "queue": {"totalCount": 0}}
