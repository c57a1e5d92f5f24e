"""Recording messages: once each, by whom, in which conversation, and what they open."""

import asyncio
import json
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from models import (
    Acquisition,
    ChannelKind,
    ConversationStatus,
    MessageDirection,
    WindowStatus,
    Workspace,
)
from models.base import new_id
from services.customer_deletions import delete_customer
from services.errors import ErrorCode, Refusal
from services.ids import global_id
from services.messages import RecordedMessage
from services.windows import close_windows, window_of
from tests.services.reports import (
    NOW,
    PHONE,
    account,
    conversation,
    everything,
    happened,
    logged,
    merged,
    message,
    rows,
    the_customer,
    typed_in,
    user,
    within,
)

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
OUTBOUND = MessageDirection.OUTBOUND


# A sender not seen before


async def test_an_unseen_sender_becomes_a_customer(workspace: Workspace) -> None:
    found = await message(workspace, sender_name="Dewi Lestari", sent_at=NOW - HOUR)
    customer = await the_customer(workspace, found.customer.id)
    assert found.created
    assert customer.full_name == "Dewi Lestari"
    assert customer.acquisition is Acquisition.INBOUND
    assert customer.source is ChannelKind.WHATSAPP
    assert customer.phone == PHONE
    assert customer.first_contacted_at == NOW - HOUR
    assert customer.last_inbound_at == NOW - HOUR
    assert customer.window_status is WindowStatus.ACTIVE
    assert customer.created_at == customer.updated_at == NOW
    assert "6281234567890" in customer.search_text
    (identity,) = await rows(workspace, "SELECT * FROM channel_identities WHERE workspace_id = $1")
    assert identity["id"] == customer.main_identity_id
    assert identity["identifier"] == identity["phone"] == PHONE
    assert identity["customer_id"] == identity["origin_customer_id"] == customer.id
    assert identity["last_inbound_at"] == NOW - HOUR
    assert await logged(workspace) == [("ADDED", "INCOMING_MESSAGE", "WHATSAPP")]
    assert await happened(workspace) == ["CUSTOMER_ADDED", "WINDOW_OPENED"]


async def test_the_events_tell_what_happened(workspace: Workspace) -> None:
    found = await message(workspace, sent_at=NOW - HOUR)
    added, opened = await rows(
        workspace, "SELECT * FROM events WHERE workspace_id = $1 ORDER BY seq"
    )
    assert added["customer_id"] == opened["customer_id"] == found.customer.id
    assert json.loads(added["payload"]) == {"acquisition": "INBOUND", "source": "WHATSAPP"}
    assert json.loads(opened["payload"]) == {
        "lastInboundAt": "2026-11-22T08:30:00.000000Z",
        "expiresAt": "2026-11-23T08:30:00.000000Z",
    }


@pytest.mark.parametrize(
    ("kind", "identifier", "phone", "email"),
    [
        (ChannelKind.WHATSAPP, "6281234567890", PHONE, None),
        (ChannelKind.SMS, "0812-3456-7890", PHONE, None),
        (ChannelKind.PHONE, "+62 812 3456 7890", PHONE, None),
        (ChannelKind.EMAIL, "Dewi@Example.COM", None, "dewi@example.com"),
        (ChannelKind.INSTAGRAM, "@dewi", None, None),
    ],
)
async def test_an_identifier_that_is_a_phone_or_an_email_fills_that_field(
    workspace: Workspace, kind: ChannelKind, identifier: str, phone: str | None, email: str | None
) -> None:
    found = await message(workspace, channel=kind, identifier=identifier)
    assert (found.customer.phone, found.customer.email) == (phone, email)
    assert found.customer.source is kind


async def test_the_name_is_the_senders_else_the_username_else_the_identifier(
    workspace: Workspace,
) -> None:
    instagram: dict[str, Any] = {"channel": ChannelKind.INSTAGRAM}
    named = await message(
        workspace, **instagram, identifier="1", sender_name="Dewi", username="dewi_l"
    )
    handle = await message(workspace, **instagram, identifier="2", username="rudi_h")
    number = await message(workspace, identifier=PHONE)
    assert named.customer.full_name == "Dewi"
    assert handle.customer.full_name == handle.customer.username == "rudi_h"
    assert number.customer.full_name == PHONE


async def test_an_outbound_message_to_an_unseen_identifier_adds_a_customer_by_api(
    workspace: Workspace,
) -> None:
    found = await message(workspace, direction=OUTBOUND, sender_name="Agen Budi")
    assert found.customer.acquisition is Acquisition.API
    assert found.customer.full_name == PHONE
    assert found.customer.last_inbound_at is None
    assert await logged(workspace) == [("ADDED", "API", "WHATSAPP")]
    assert await happened(workspace) == ["CUSTOMER_ADDED"]


async def test_two_accounts_of_one_platform_are_two_channels_of_one_customer(
    workspace: Workspace,
) -> None:
    first = await message(workspace)
    branch = await account(workspace, ChannelKind.WHATSAPP)
    second = await message(workspace, channel_id=branch.id)
    assert second.customer.id == first.customer.id
    assert second.conversation.id != first.conversation.id
    assert second.conversation.channel_id == branch.id


# A sender who is known without the channel


async def test_a_whatsapp_number_of_a_typed_in_customer_connects_to_them(
    workspace: Workspace,
) -> None:
    siti = await typed_in(workspace, phone=PHONE)
    found = await message(workspace, identifier="6281234567890", sender_name="siti_olshop")
    assert found.customer.id == siti.id
    customer = await the_customer(workspace, siti.id)
    assert customer.full_name == "Siti Aminah"
    assert customer.main_identity_id == found.conversation.identity_id
    assert await logged(workspace) == [("CONNECTED", "INCOMING_MESSAGE", "WHATSAPP")]
    assert await happened(workspace) == ["IDENTITY_CONNECTED", "WINDOW_OPENED"]


async def test_an_email_of_a_typed_in_customer_connects_to_them_whatever_the_case(
    workspace: Workspace,
) -> None:
    siti = await typed_in(workspace, email="Siti@example.com")
    found = await message(workspace, channel=ChannelKind.EMAIL, identifier="siti@EXAMPLE.com")
    assert found.customer.id == siti.id


async def test_of_several_with_the_number_the_oldest_is_connected(workspace: Workspace) -> None:
    await typed_in(workspace, phone=PHONE, created_at=NOW - HOUR)
    oldest = await typed_in(workspace, phone=PHONE, created_at=NOW - 2 * HOUR)
    assert (await message(workspace)).customer.id == oldest.id


async def test_who_has_written_from_the_number_goes_before_who_was_typed_in_with_it(
    workspace: Workspace,
) -> None:
    wrote = await message(workspace, channel=ChannelKind.SMS)
    await typed_in(workspace, phone=PHONE, created_at=NOW - HOUR)
    assert (await message(workspace)).customer.id == wrote.customer.id


async def test_a_merged_customer_with_the_number_connects_to_the_main_one_as_its_member(
    workspace: Workspace,
) -> None:
    main = await typed_in(workspace)
    member = await typed_in(workspace, phone=PHONE)
    await merged(workspace, main, member)
    found = await message(workspace)
    assert found.customer.id == main.id
    assert found.conversation.customer_id == main.id
    assert found.conversation.origin_customer_id == member.id


@pytest.mark.parametrize("gone", ["deleted_at", "erased_at"])
async def test_a_deleted_customer_with_the_number_is_passed_over(
    workspace: Workspace, gone: str
) -> None:
    old = await typed_in(workspace, phone=PHONE, **{gone: NOW - HOUR})
    found = await message(workspace)
    assert found.customer.id != old.id
    assert (await logged(workspace))[-1] == ("ADDED", "INCOMING_MESSAGE", "WHATSAPP")


async def test_a_handle_is_nobodys_phone_number(workspace: Workspace) -> None:
    siti = await typed_in(workspace, phone=PHONE, username="siti")
    found = await message(workspace, channel=ChannelKind.TELEGRAM, identifier=PHONE)
    assert found.customer.id != siti.id


# A sender seen before


async def test_a_second_message_joins_the_customer_and_the_open_conversation(
    workspace: Workspace,
) -> None:
    first = await message(workspace, sent_at=NOW - HOUR)
    second = await message(workspace, text="  Kak?\nSaya mau pesan  ")
    assert second.customer.id == first.customer.id
    assert second.conversation.id == first.conversation.id
    assert second.conversation.unread_count == 2
    assert second.conversation.last_message_at == NOW
    assert second.conversation.last_message_preview == "Kak? Saya mau pesan"
    assert second.conversation.opened_at == NOW - HOUR


async def test_messages_leave_the_profiles_last_update_and_version_alone(
    workspace: Workspace,
) -> None:
    first = await message(workspace)
    await message(workspace, NOW + HOUR)
    customer = await the_customer(workspace, first.customer.id)
    assert (customer.updated_at, customer.version) == (NOW, 1)


async def test_a_message_of_a_merged_member_belongs_to_the_main_one_and_keeps_its_origin(
    workspace: Workspace,
) -> None:
    member = (await message(workspace)).customer
    main = await typed_in(workspace)
    await merged(workspace, main, member)
    found = await message(workspace, conversation_external_id="room-2")
    assert found.customer.id == found.conversation.customer_id == main.id
    assert found.conversation.origin_customer_id == member.id
    assert (await the_customer(workspace, main.id)).last_inbound_at == NOW


async def test_the_identity_keeps_the_last_username(workspace: Workspace) -> None:
    instagram: dict[str, Any] = {"channel": ChannelKind.INSTAGRAM, "identifier": "17841400"}
    await message(workspace, **instagram, username="dewi")
    await message(workspace, **instagram, username="dewi.official")
    await message(workspace, **instagram)
    (identity,) = await rows(workspace, "SELECT * FROM channel_identities WHERE workspace_id = $1")
    assert identity["username"] == "dewi.official"


async def test_a_deleted_customer_who_writes_again_is_restored(workspace: Workspace) -> None:
    first = await message(workspace)
    await within(workspace, lambda tx: delete_customer(tx, first.customer.id))
    again = await message(workspace, NOW + HOUR)
    assert again.customer.id == first.customer.id
    assert (await the_customer(workspace, first.customer.id)).deleted_at is None
    assert (await logged(workspace))[-1] == ("RESTORED", "INCOMING_MESSAGE", "WHATSAPP")
    assert (await happened(workspace))[-2:] == ["CUSTOMER_DELETED", "CUSTOMER_RESTORED"]


@pytest.mark.parametrize(
    "given",
    [{"direction": OUTBOUND}, {"sent_at": NOW - MINUTE}],
    ids=["written to them", "written before the deletion"],
)
async def test_only_what_they_write_after_the_deletion_restores_a_customer(
    workspace: Workspace, given: dict[str, Any]
) -> None:
    first = await message(workspace, sent_at=NOW - HOUR)
    await within(workspace, lambda tx: delete_customer(tx, first.customer.id))
    late = await message(workspace, NOW + HOUR, **given)
    assert late.customer.id == first.customer.id
    assert (await the_customer(workspace, first.customer.id)).deleted_at == NOW


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


# The window


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (timedelta(hours=24) - timedelta(seconds=1), WindowStatus.ACTIVE),
        (timedelta(hours=24), WindowStatus.PASSIVE),
    ],
)
async def test_a_message_opens_the_window_for_24_hours_from_its_sending(
    workspace: Workspace, age: timedelta, status: WindowStatus
) -> None:
    found = await message(workspace, sent_at=NOW - age)
    customer = await the_customer(workspace, found.customer.id)
    assert customer.window_status is status
    assert window_of(customer.last_inbound_at, 24, NOW).status is status
    assert ("WINDOW_OPENED" in await happened(workspace)) == (status is WindowStatus.ACTIVE)


async def test_an_open_window_is_prolonged_without_an_event(workspace: Workspace) -> None:
    await message(workspace)
    found = await message(workspace, NOW + 23 * HOUR)
    assert found.customer.last_inbound_at == NOW + 23 * HOUR
    assert (await happened(workspace)).count("WINDOW_OPENED") == 1


async def test_an_old_message_replayed_neither_opens_nor_shortens_a_window(
    workspace: Workspace,
) -> None:
    found = await message(workspace)
    await message(workspace, NOW + HOUR, sent_at=NOW - HOUR)
    assert (await the_customer(workspace, found.customer.id)).last_inbound_at == NOW
    await message(workspace, NOW + 48 * HOUR, sent_at=NOW + HOUR)
    assert (await happened(workspace)).count("WINDOW_OPENED") == 1


async def test_a_window_opens_again_after_the_job_has_closed_it(workspace: Workspace) -> None:
    await message(workspace)
    later = NOW + 25 * HOUR
    await close_windows(workspace.id, clock=lambda: later, proceed=lambda: True)
    found = await message(workspace, later)
    assert found.customer.window_status is WindowStatus.ACTIVE
    assert (await happened(workspace))[1:] == ["WINDOW_OPENED", "WINDOW_CLOSED", "WINDOW_OPENED"]


async def test_a_window_that_ran_out_unseen_is_told_closed_before_it_opens_again(
    workspace: Workspace,
) -> None:
    await message(workspace)
    await message(workspace, NOW + 25 * HOUR)
    assert (await happened(workspace))[1:] == ["WINDOW_OPENED", "WINDOW_CLOSED", "WINDOW_OPENED"]
    later = NOW + 25 * HOUR
    run = await close_windows(workspace.id, clock=lambda: later, proceed=lambda: True)
    assert run.closed == 0


@pytest.mark.parametrize(
    "given",
    [{"direction": OUTBOUND}, {"channel": ChannelKind.SMS}],
    ids=["outbound", "on another platform"],
)
async def test_nothing_but_an_inbound_whatsapp_message_opens_the_window(
    workspace: Workspace, given: dict[str, Any]
) -> None:
    found = await message(workspace, **given)
    customer = await the_customer(workspace, found.customer.id)
    assert customer.last_inbound_at is None
    assert customer.window_status is WindowStatus.PASSIVE
    assert "WINDOW_OPENED" not in await happened(workspace)


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
