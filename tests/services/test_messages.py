"""Recording messages: once each, in which conversation, and what is refused."""

import asyncio
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from models import (
    ChannelKind,
    ConversationStatus,
    MessageDirection,
    Workspace,
)
from models.base import new_id
from services.errors import ErrorCode, Refusal
from services.ids import global_id
from services.messages import RecordedMessage
from tests.services.reports import (
    NOW,
    account,
    conversation,
    everything,
    happened,
    logged,
    message,
    rows,
    user,
)

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
OUTBOUND = MessageDirection.OUTBOUND


# Once each


async def test_the_same_external_id_again_changes_nothing(workspace: Workspace) -> None:
    first = await message(workspace, external_id="wamid-1", sender_name="Dewi")
    before = await everything(workspace)
    again = await message(workspace, external_id="wamid-1", sender_name="Dewi")
    other = await message(
        workspace,
        NOW + 30 * HOUR,
        external_id="wamid-1",
        identifier="+6281299999999",
        channel=ChannelKind.SMS,
        text="lain",
        conversation_external_id="room-9",
    )
    assert first.created
    for repeated in (again, other):
        assert not repeated.created
        assert repeated.message.id == first.message.id
        assert repeated.message.text == first.message.text
        assert repeated.conversation.id == first.conversation.id
        assert repeated.customer.id == first.customer.id
    assert await everything(workspace) == before


async def test_twenty_messages_of_a_new_sender_at_one_instant_make_one_customer(
    workspace: Workspace,
) -> None:
    found = await asyncio.gather(
        *(message(workspace, external_id=f"wamid-{number // 2}") for number in range(20))
    )
    assert sum(one.created for one in found) == 10
    assert len({one.customer.id for one in found}) == 1
    assert len({one.conversation.id for one in found}) == 1
    assert max(one.conversation.unread_count for one in found) == 10
    assert await logged(workspace) == [("ADDED", "INCOMING_MESSAGE", "WHATSAPP")]
    assert await happened(workspace) == ["CUSTOMER_ADDED", "WINDOW_OPENED"]
    counted = await rows(
        workspace,
        "SELECT (SELECT count(*) FROM customers WHERE workspace_id = $1) AS customers,"
        " (SELECT count(*) FROM channel_identities WHERE workspace_id = $1) AS identities,"
        " (SELECT count(*) FROM messages WHERE workspace_id = $1) AS messages,"
        " (SELECT count(*) FROM channels WHERE workspace_id = $1) AS channels",
    )
    assert counted == [{"customers": 1, "identities": 1, "messages": 10, "channels": 1}]


async def test_new_senders_without_a_phone_number_race_to_one_customer_too(
    workspace: Workspace,
) -> None:
    found = await asyncio.gather(
        *(message(workspace, channel=ChannelKind.INSTAGRAM, identifier="dewi") for _ in range(20))
    )
    assert all(one.created for one in found)
    assert len({one.customer.id for one in found}) == 1
    assert await logged(workspace) == [("ADDED", "INCOMING_MESSAGE", "INSTAGRAM")]


async def test_one_external_id_of_several_senders_at_one_instant_is_one_message(
    workspace: Workspace,
) -> None:
    found = await asyncio.gather(
        *(
            message(workspace, external_id="wamid-1", identifier=f"+62812345678{number}")
            for number in range(10, 20)
        )
    )
    assert sum(one.created for one in found) == 1
    assert len({one.customer.id for one in found}) == 1
    counted = await rows(
        workspace, "SELECT count(*) AS customers FROM customers WHERE workspace_id = $1"
    )
    assert counted == [{"customers": 1}]


async def test_one_number_on_two_platforms_at_one_instant_is_one_customer(
    workspace: Workspace,
) -> None:
    kinds = [ChannelKind.WHATSAPP, ChannelKind.SMS, ChannelKind.PHONE] * 4
    found = await asyncio.gather(*(message(workspace, channel=kind) for kind in kinds))
    assert len({one.customer.id for one in found}) == 1


# Its conversation


async def test_a_message_joins_the_conversation_that_it_names(workspace: Workspace) -> None:
    await message(workspace, conversation_external_id="room-1", sent_at=NOW - HOUR)
    other = await message(workspace, conversation_external_id="room-2")
    again = await message(workspace, conversation_external_id="room-1")
    assert again.conversation.external_id == "room-1"
    assert again.conversation.id != other.conversation.id


async def test_without_a_name_it_joins_the_latest_that_is_not_resolved(
    workspace: Workspace,
) -> None:
    await message(workspace, conversation_external_id="room-1", sent_at=NOW - 2 * HOUR)
    await message(workspace, conversation_external_id="room-2", sent_at=NOW - HOUR)
    await message(workspace, conversation_external_id="room-3", sent_at=NOW - MINUTE)
    await conversation(workspace, external_id="room-3", status=ConversationStatus.RESOLVED)
    assert (await message(workspace)).conversation.external_id == "room-2"


async def test_after_a_resolved_conversation_a_new_one_begins(workspace: Workspace) -> None:
    first = await message(workspace, conversation_external_id="room-1")
    await conversation(workspace, external_id="room-1", status=ConversationStatus.RESOLVED)
    second = await message(workspace)
    assert second.conversation.id != first.conversation.id
    assert second.conversation.status is ConversationStatus.UNASSIGNED
    assert second.conversation.opened_at == NOW


async def test_a_message_leaves_its_conversations_status_to_the_connected_system(
    workspace: Workspace,
) -> None:
    await conversation(workspace, external_id="room-1", status=ConversationStatus.RESOLVED)
    found = await message(workspace, conversation_external_id="room-1")
    assert found.conversation.status is ConversationStatus.RESOLVED


async def test_a_conversation_with_somebody_else_is_a_conflict(workspace: Workspace) -> None:
    first = await message(workspace, conversation_external_id="room-1")
    before = await everything(workspace)
    with pytest.raises(Refusal) as refused:
        await message(workspace, identifier="+6281299999999", conversation_external_id="room-1")
    assert refused.value.code is ErrorCode.CONFLICT
    assert refused.value.field == ("conversationExternalId",)
    assert refused.value.conflicting is not None
    assert global_id(*refused.value.conflicting) == global_id(
        type(first.conversation), first.conversation.id
    )
    assert await everything(workspace) == before


@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_in_whatever_order_messages_are_reported_the_conversation_shows_the_same(
    workspace: Workspace, order: tuple[int, ...]
) -> None:
    said: list[dict[str, Any]] = [
        {"sent_at": NOW - 4 * MINUTE, "text": "Halo"},
        {"sent_at": NOW - 3 * MINUTE, "text": "Ya, kak?", "direction": OUTBOUND},
        {"sent_at": NOW - 2 * MINUTE, "text": "Ada ukuran L?"},
        {"sent_at": NOW - 1 * MINUTE, "text": "Warna hitam"},
    ]
    found: RecordedMessage | None = None
    for index in order:
        found = await message(workspace, **said[index])
    assert found is not None
    assert found.conversation.unread_count == 2
    assert found.conversation.last_message_at == NOW - MINUTE
    assert found.conversation.last_message_preview == "Warna hitam"
    assert found.customer.first_contacted_at == NOW - 4 * MINUTE
    assert found.customer.last_inbound_at == NOW - MINUTE


async def test_an_answer_leaves_nothing_unread(workspace: Workspace) -> None:
    await message(workspace, sent_at=NOW - HOUR)
    agent = await user(workspace)
    answer = await message(workspace, direction=OUTBOUND, agent_id=agent.id)
    assert answer.conversation.unread_count == 0
    assert answer.message.agent_id == agent.id


async def test_a_message_without_text_has_no_preview(workspace: Workspace) -> None:
    await message(workspace, sent_at=NOW - HOUR)
    found = await message(workspace, text=" ")
    assert found.message.text is None
    assert found.conversation.last_message_preview is None


# What is refused


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"identifier": "bukan nomor"}, "identifier"),
        ({"identifier": ""}, "identifier"),
        ({"channel": ChannelKind.EMAIL, "identifier": "dewi@"}, "identifier"),
        ({"external_id": " "}, "externalId"),
        ({"external_id": "x" * 256}, "externalId"),
        ({"text": "x" * 65_537}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"sender_name": "a\nb"}, "senderName"),
        ({"sender_name": "x" * 2_000_000}, "senderName"),
        ({"username": "x" * 256}, "username"),
        ({"conversation_external_id": "x" * 256}, "conversationExternalId"),
        ({"sent_at": NOW + 5 * MINUTE + timedelta(microseconds=1)}, "sentAt"),
        ({"sent_at": NOW.replace(year=1066)}, "sentAt"),
    ],
)
async def test_what_is_malformed_is_refused_and_changes_nothing(
    workspace: Workspace, given: dict[str, Any], field: str
) -> None:
    before = await everything(workspace)
    with pytest.raises(Refusal) as refused:
        await message(workspace, **given)
    assert refused.value.code is ErrorCode.INVALID
    assert refused.value.field == (field,)
    assert await everything(workspace) == before


async def test_a_clock_five_minutes_ahead_and_a_text_of_65536_characters_are_taken(
    workspace: Workspace,
) -> None:
    found = await message(workspace, sent_at=NOW + 5 * MINUTE, text="é" * 65_536)
    assert found.created
    assert found.conversation.last_message_preview == "é" * 200


async def test_a_channel_of_another_kind_is_refused(workspace: Workspace) -> None:
    shop = await account(workspace, ChannelKind.SHOPEE)
    with pytest.raises(Refusal) as refused:
        await message(workspace, channel_id=shop.id)
    assert (refused.value.code, refused.value.field) == (ErrorCode.INVALID, ("channelId",))


# Another workspace


async def test_another_workspaces_ids_are_not_found(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    branch = await account(other_workspace, ChannelKind.WHATSAPP)
    agent = await user(other_workspace)
    before = await everything(workspace)
    named: list[tuple[dict[str, Any], str]] = [
        ({"channel_id": branch.id}, "channelId"),
        ({"agent_id": agent.id}, "agentId"),
        ({"agent_id": new_id()}, "agentId"),
    ]
    for given, field in named:
        with pytest.raises(Refusal) as refused:
            await message(workspace, **given)
        assert (refused.value.code, refused.value.field) == (ErrorCode.NOT_FOUND, (field,))
    assert await everything(workspace) == before


async def test_the_same_ids_and_numbers_in_two_workspaces_are_two_of_each(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    same: dict[str, Any] = {"external_id": "wamid-1", "conversation_external_id": "room-1"}
    first = await message(workspace, **same)
    before = await everything(workspace)
    second = await message(other_workspace, **same)
    assert first.created
    assert second.created
    assert second.customer.id != first.customer.id
    assert second.conversation.id != first.conversation.id
    assert await everything(workspace) == before
