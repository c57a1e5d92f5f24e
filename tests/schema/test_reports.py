"""What connected systems write over GraphQL: what comes back, what is left out, what is refused."""

import asyncio
from typing import Any

import pytest

from models import Role, Workspace
from tests.asking import an_actor, answer, ask
from tests.rows import NOW
from tests.services.reports import everything, happened

RECORD_MESSAGE = """
    mutation ($input: RecordMessageInput!) {
        recordMessage(input: $input) {
            created
            message { id externalId direction text sentAt agent { name } }
            conversation { id externalId status unreadCount messages { totalCount } }
            customer {
                id fullName phone acquisition source
                window { status expiresAt }
                mainIdentity { identifier isMain }
                activityCounts { chats }
            }
            errors { code field message conflictingId }
        }
    }"""
UPSERT_CONVERSATION = """
    mutation ($input: ConversationInput!) {
        upsertConversation(input: $input) {
            conversation { id status openedAt resolvedAt customer { fullName } }
            errors { code field }
        }
    }"""
UPSERT_ORDER = """
    mutation ($input: OrderInput!) {
        upsertOrder(input: $input) {
            order { id status total currency paidAt items { product sku quantity unitPrice } }
            errors { code field }
        }
    }"""
UPSERT_CAMPAIGN = """
    mutation ($input: CampaignInput!) {
        upsertCampaign(input: $input) {
            campaign { id name channel status template recipientCount }
            errors { code field }
        }
    }"""
RECORD_INTERACTION = """
    mutation ($input: CampaignInteractionInput!) {
        recordCampaignInteraction(input: $input) {
            campaignInteraction { id status visibleUntil campaign { name } customer { fullName } }
            errors { code field }
        }
    }"""
UPSERT_PIPELINE = """
    mutation ($input: PipelineInput!) {
        upsertPipeline(input: $input) {
            pipeline { id kind name stages { name position } }
            errors { code field }
        }
    }"""
SENT_AT = "2026-11-22T09:00:00+07:00"
MESSAGE = {
    "channel": "WHATSAPP",
    "identifier": "6281234567890",
    "direction": "INBOUND",
    "externalId": "wamid-1",
    "sentAt": SENT_AT,
    "text": "Halo kak",
    "senderName": "Dewi Lestari",
}


async def send(workspace: Workspace, mutation: str, **input: Any) -> Any:
    """The payload of a mutation."""
    (payload,) = (await ask(workspace, mutation, now=NOW, input=input)).values()
    return payload


def error(payload: Any) -> tuple[str, list[str]]:
    """The one error of a payload, whose other fields hold nothing."""
    (found,) = payload["errors"]
    assert not any(value for name, value in payload.items() if name != "errors")
    return found["code"], found["field"]


async def test_a_message_comes_back_with_where_it_stands(workspace: Workspace) -> None:
    found = await send(workspace, RECORD_MESSAGE, **MESSAGE)
    assert found["errors"] == []
    assert found["created"] is True
    assert found["message"]["sentAt"] == "2026-11-22T02:00:00.000000Z"
    assert found["conversation"]["unreadCount"] == 1
    assert found["conversation"]["messages"] == {"totalCount": 1}
    customer = found["customer"]
    assert (customer["fullName"], customer["phone"]) == ("Dewi Lestari", "+6281234567890")
    assert (customer["acquisition"], customer["source"]) == ("INBOUND", "WHATSAPP")
    assert customer["window"] == {
        "status": "ACTIVE",
        "expiresAt": "2026-11-23T02:00:00.000000Z",
    }
    assert customer["mainIdentity"] == {"identifier": "+6281234567890", "isMain": True}
    assert customer["activityCounts"] == {"chats": 1}


async def test_a_message_sent_again_comes_back_as_it_was(workspace: Workspace) -> None:
    first = await send(workspace, RECORD_MESSAGE, **MESSAGE)
    before = await everything(workspace)
    again = await send(workspace, RECORD_MESSAGE, **MESSAGE | {"text": "lain"})
    assert again == first | {"created": False}
    assert await everything(workspace) == before


async def test_messages_of_a_new_sender_at_one_instant_make_one_customer(
    workspace: Workspace,
) -> None:
    found = await asyncio.gather(
        *(
            send(workspace, RECORD_MESSAGE, **MESSAGE | {"externalId": f"wamid-{number % 4}"})
            for number in range(8)
        )
    )
    assert sum(one["created"] for one in found) == 4
    assert len({one["customer"]["id"] for one in found}) == 1
    assert await happened(workspace) == ["CUSTOMER_ADDED", "WINDOW_OPENED"]


async def test_optional_fields_given_as_null_are_as_good_as_left_out(
    workspace: Workspace,
) -> None:
    nothing = dict.fromkeys(("channelId", "text", "username", "agentId", "conversationExternalId"))
    found = await send(workspace, RECORD_MESSAGE, **MESSAGE | nothing)
    assert found["errors"] == []
    assert found["message"]["text"] is None


async def test_a_conversation_keeps_what_is_left_out(workspace: Workspace) -> None:
    room = {"externalId": "room-1", "channel": "INSTAGRAM", "identifier": "@dewi"}
    first = await send(workspace, UPSERT_CONVERSATION, **room, openedAt=SENT_AT, status="RESOLVED")
    again = await send(workspace, UPSERT_CONVERSATION, **room, status=None)
    assert again == first
    assert first["conversation"]["status"] == "RESOLVED"
    assert first["conversation"]["customer"] == {"fullName": "dewi"}


async def test_an_order_comes_back_and_counts_at_once(workspace: Workspace) -> None:
    customer = (await send(workspace, RECORD_MESSAGE, **MESSAGE))["customer"]
    order = {
        "externalId": "INV-1",
        "customerId": customer["id"],
        "status": "PAID",
        "total": "29.33",
        "orderedAt": SENT_AT,
    }
    items = [{"product": "Kopi", "quantity": 2, "unitPrice": "14.50"}]
    first = await send(workspace, UPSERT_ORDER, **order, items=items)
    assert first["order"]["total"] == "29.33"
    assert first["order"]["currency"] == "IDR"
    assert first["order"]["items"] == [
        {"product": "Kopi", "sku": None, "quantity": 2, "unitPrice": "14.50"}
    ]
    assert await send(workspace, UPSERT_ORDER, **order) == first
    cleared = await send(workspace, UPSERT_ORDER, **order, items=None)
    assert cleared["order"]["items"] == []
    query = "query ($id: ID!) { customer(id: $id) { lifetimeValue isProductive } }"
    assert (await ask(workspace, query, now=NOW, id=customer["id"]))["customer"] == {
        "lifetimeValue": "29.33",
        "isProductive": True,
    }


async def test_a_campaign_and_what_became_of_it(workspace: Workspace) -> None:
    customer = (await send(workspace, RECORD_MESSAGE, **MESSAGE))["customer"]
    campaign = await send(
        workspace, UPSERT_CAMPAIGN, externalId="promo", name="Promo", template="Halo"
    )
    assert (campaign["campaign"]["channel"], campaign["campaign"]["status"]) == (
        "WHATSAPP",
        "DRAFT",
    )
    cleared = await send(
        workspace, UPSERT_CAMPAIGN, externalId="promo", name="Promo", template=None, channel=None
    )
    assert cleared["campaign"] == campaign["campaign"] | {"template": None}
    report = {
        "externalId": "promo-dewi",
        "campaignId": campaign["campaign"]["id"],
        "customerId": customer["id"],
        "status": "READ",
        "sentAt": "2024-02-29T10:00:00+07:00",
    }
    found = await send(workspace, RECORD_INTERACTION, **report)
    assert found["campaignInteraction"] == {
        "id": found["campaignInteraction"]["id"],
        "status": "READ",
        "visibleUntil": "2025-02-28T03:00:00.000000Z",
        "campaign": {"name": "Promo"},
        "customer": {"fullName": "Dewi Lestari"},
    }
    late = await send(workspace, RECORD_INTERACTION, **report | {"status": "DELIVERED"})
    assert late == found


async def test_a_pipeline_with_its_stages(workspace: Workspace) -> None:
    first = await send(
        workspace, UPSERT_PIPELINE, kind="DEAL", name="Penjualan", stages=["Baru", "Menang"]
    )
    id = first["pipeline"]["id"]
    found = await send(
        workspace, UPSERT_PIPELINE, id=id, kind="DEAL", name="Grosir", stages=["Menang", "Kalah"]
    )
    assert found["pipeline"] == {
        "id": id,
        "kind": "DEAL",
        "name": "Grosir",
        "stages": [{"name": "Menang", "position": 1}, {"name": "Kalah", "position": 2}],
    }


async def test_a_refusal_is_data_with_the_path_into_the_input(workspace: Workspace) -> None:
    found = await send(workspace, RECORD_MESSAGE, **MESSAGE | {"identifier": "bukan nomor"})
    assert error(found) == ("INVALID", ["identifier"])
    customer = (await send(workspace, RECORD_MESSAGE, **MESSAGE))["customer"]
    order = {
        "externalId": "INV-1",
        "status": "PAID",
        "total": "1",
        "orderedAt": SENT_AT,
        "items": [{"product": "Kopi", "quantity": 0, "unitPrice": "1"}],
    }
    found = await send(workspace, UPSERT_ORDER, **order, customerId=customer["id"])
    assert error(found) == ("INVALID", ["items", "0", "quantity"])


async def test_ids_that_are_none_of_another_type_or_of_nobody_here_are_refused(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    foreign = (await send(other_workspace, RECORD_MESSAGE, **MESSAGE))["customer"]["id"]
    own = await send(workspace, RECORD_MESSAGE, **MESSAGE)
    order = {"externalId": "INV-1", "status": "PAID", "total": "1", "orderedAt": SENT_AT}
    before = await everything(workspace)
    for id, code in (
        ("cus_1", "INVALID"),
        (own["message"]["id"], "INVALID"),
        (foreign, "NOT_FOUND"),
        ("cus_" + "0" * 32, "NOT_FOUND"),
    ):
        found = await send(workspace, UPSERT_ORDER, **order, customerId=id)
        assert error(found) == (code, ["customerId"])
    assert await everything(workspace) == before


@pytest.mark.parametrize("total", ["NaN", "Infinity", 1.5, True])
async def test_an_amount_that_is_none_is_refused_before_anything_runs(
    workspace: Workspace, total: object
) -> None:
    before = await everything(workspace)
    found = await answer(
        workspace,
        UPSERT_ORDER,
        input={
            "externalId": "INV-1",
            "customerId": "cus_" + "0" * 32,
            "status": "PAID",
            "total": total,
            "orderedAt": SENT_AT,
        },
    )
    assert len(found.errors) == 1
    assert found.data is None
    assert await everything(workspace) == before


async def test_writing_needs_the_scope_of_a_connected_system(workspace: Workspace) -> None:
    partner = an_actor(workspace, Role.PARTNER, scopes=frozenset({"customers:write"}))
    before = await everything(workspace)
    found = await ask(workspace, RECORD_MESSAGE, now=NOW, actor=partner, input=MESSAGE)
    (refused,) = found["recordMessage"]["errors"]
    assert refused["code"] == "FORBIDDEN"
    assert "ingest:write" in refused["message"]
    assert await everything(workspace) == before
