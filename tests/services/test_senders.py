"""Who is on the other end of a message: somebody new, known by a number, seen before, deleted."""

import json
from datetime import timedelta
from typing import Any

import pytest

from models import (
    Acquisition,
    ChannelKind,
    MessageDirection,
    WindowStatus,
    Workspace,
)
from services.customer_deletions import delete_customer
from tests.services.reports import (
    NOW,
    PHONE,
    account,
    happened,
    logged,
    merged,
    message,
    rows,
    the_customer,
    typed_in,
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
