"""Conversations as connected systems report them: status, assignee, times, whom they are with."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from models import Acquisition, ChannelKind, ConversationStatus, Workspace
from models.base import new_id
from services.customer_deletions import delete_customer
from services.errors import ErrorCode, Refusal
from tests.services.reports import (
    NOW,
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
UNASSIGNED = ConversationStatus.UNASSIGNED
ASSIGNED = ConversationStatus.ASSIGNED
RESOLVED = ConversationStatus.RESOLVED


async def test_a_conversation_with_an_unseen_identifier_makes_a_customer(
    workspace: Workspace,
) -> None:
    found = await conversation(workspace, opened_at=NOW - HOUR)
    customer = await the_customer(workspace, found.customer_id)
    assert customer.acquisition is Acquisition.API
    assert customer.first_contacted_at == NOW - HOUR
    assert customer.last_inbound_at is None
    assert found.status is UNASSIGNED
    assert found.opened_at == found.activity_at == NOW - HOUR
    assert await logged(workspace) == [("ADDED", "API", "WHATSAPP")]
    assert await happened(workspace) == ["CUSTOMER_ADDED"]


async def test_a_new_one_opens_now_unless_told(workspace: Workspace) -> None:
    assert (await conversation(workspace)).opened_at == NOW
    resolved = await conversation(workspace, external_id="room-2", resolved_at=NOW - HOUR)
    assert resolved.opened_at == NOW - HOUR


async def test_a_phone_that_a_customer_has_is_connected_to_them(workspace: Workspace) -> None:
    siti = await typed_in(workspace, phone="+6281234567890")
    assert (await conversation(workspace)).customer_id == siti.id
    assert await happened(workspace) == ["IDENTITY_CONNECTED"]


async def test_a_conversation_of_a_merged_members_identity_keeps_its_origin(
    workspace: Workspace,
) -> None:
    member = (await message(workspace)).customer
    main = await typed_in(workspace)
    await merged(workspace, main, member)
    found = await conversation(workspace)
    assert (found.customer_id, found.origin_customer_id) == (main.id, member.id)


async def test_nobody_wrote_so_a_deleted_customer_stays_deleted(workspace: Workspace) -> None:
    customer = (await message(workspace)).customer
    await within(workspace, lambda tx: delete_customer(tx, customer.id))
    found = await conversation(workspace, NOW + HOUR)
    assert found.customer_id == customer.id
    assert (await the_customer(workspace, customer.id)).deleted_at == NOW


async def test_an_assignee_without_a_status_assigns_it(workspace: Workspace) -> None:
    agent = await user(workspace)
    found = await conversation(workspace, assignee_id=agent.id)
    assert (found.status, found.assignee_id) == (ASSIGNED, agent.id)
    cleared = await conversation(workspace, assignee_id=None)
    assert (cleared.status, cleared.assignee_id) == (UNASSIGNED, None)


async def test_what_is_left_out_stays_as_it_is(workspace: Workspace) -> None:
    agent = await user(workspace)
    first = await conversation(
        workspace,
        assignee_id=agent.id,
        status=RESOLVED,
        resolved_at=NOW - MINUTE,
        opened_at=NOW - HOUR,
    )
    again = await conversation(workspace, NOW + HOUR)
    assert again.id == first.id
    assert (again.status, again.assignee_id) == (RESOLVED, agent.id)
    assert (again.opened_at, again.resolved_at) == (NOW - HOUR, NOW - MINUTE)


async def test_resolving_notes_the_time_and_reopening_clears_it(workspace: Workspace) -> None:
    await conversation(workspace, opened_at=NOW - HOUR)
    resolved = await conversation(workspace, status=RESOLVED)
    assert resolved.resolved_at == NOW
    still = await conversation(workspace, NOW + HOUR, status=RESOLVED)
    assert still.resolved_at == NOW
    reopened = await conversation(workspace, NOW + 2 * HOUR, status=UNASSIGNED)
    assert reopened.resolved_at is None


async def test_a_time_of_resolving_resolves_it(workspace: Workspace) -> None:
    found = await conversation(workspace, opened_at=NOW - HOUR, resolved_at=NOW - MINUTE)
    assert (found.status, found.resolved_at) == (RESOLVED, NOW - MINUTE)


async def test_an_assignment_that_comes_late_reopens_nothing(workspace: Workspace) -> None:
    agent = await user(workspace)
    await conversation(workspace, status=RESOLVED)
    late = await conversation(workspace, assignee_id=agent.id)
    assert (late.status, late.assignee_id) == (RESOLVED, agent.id)
    reopened = await conversation(workspace, status=ASSIGNED)
    assert (reopened.status, reopened.assignee_id) == (ASSIGNED, agent.id)


async def test_unassigned_takes_the_assignee_away(workspace: Workspace) -> None:
    agent = await user(workspace)
    await conversation(workspace, assignee_id=agent.id)
    assert (await conversation(workspace, status=UNASSIGNED)).assignee_id is None


async def test_sent_twice_it_is_one_conversation(workspace: Workspace) -> None:
    first = await conversation(workspace, opened_at=NOW - HOUR)
    before = await everything(workspace)
    again = await conversation(workspace, opened_at=NOW - HOUR)
    assert again.id == first.id
    assert await everything(workspace) == before


async def test_sent_many_times_at_one_instant_it_is_one_conversation(
    workspace: Workspace,
) -> None:
    found = await asyncio.gather(*(conversation(workspace) for _ in range(12)))
    assert len({one.id for one in found}) == 1
    assert await happened(workspace) == ["CUSTOMER_ADDED"]


async def test_messages_and_reports_of_one_conversation_meet(workspace: Workspace) -> None:
    found = await asyncio.gather(
        *(message(workspace, conversation_external_id="room-1") for _ in range(6)),
        *(conversation(workspace, opened_at=NOW - HOUR) for _ in range(6)),
    )
    (room,) = await rows(workspace, "SELECT * FROM conversations WHERE workspace_id = $1")
    assert len(found) == 12
    assert room["unread_count"] == 6
    assert room["opened_at"] == NOW - HOUR
    assert room["activity_at"] == room["last_message_at"] == NOW


async def test_a_report_does_not_move_a_conversation_in_the_list(workspace: Workspace) -> None:
    await message(workspace, conversation_external_id="room-1", sent_at=NOW - HOUR)
    found = await conversation(workspace, opened_at=NOW - 2 * HOUR)
    assert found.activity_at == NOW - HOUR


async def test_it_is_found_by_whom_it_is_with_and_what_was_said_last(
    workspace: Workspace,
) -> None:
    await message(
        workspace, conversation_external_id="Room-1", sender_name="Déwi", text="Mau pesan"
    )
    (room,) = await rows(workspace, "SELECT * FROM conversations WHERE workspace_id = $1")
    assert room["search_text"] == "dewi 6281234567890 room-1 mau pesan"


async def test_whom_it_is_with_never_changes(workspace: Workspace) -> None:
    await conversation(workspace)
    before = await everything(workspace)
    with pytest.raises(Refusal) as refused:
        await conversation(workspace, identifier="+6281299999999")
    assert (refused.value.code, refused.value.field) == (ErrorCode.CONFLICT, ("identifier",))
    assert await everything(workspace) == before


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"identifier": "12"}, "identifier"),
        ({"external_id": ""}, "externalId"),
        ({"opened_at": NOW + HOUR}, "openedAt"),
        ({"resolved_at": NOW + HOUR}, "resolvedAt"),
        ({"status": ASSIGNED, "resolved_at": NOW}, "resolvedAt"),
        ({"opened_at": NOW, "resolved_at": NOW - MINUTE}, "resolvedAt"),
        ({"status": UNASSIGNED, "assignee_id": new_id()}, "assigneeId"),
    ],
)
async def test_contradictions_are_refused_and_change_nothing(
    workspace: Workspace, given: dict[str, Any], field: str
) -> None:
    before = await everything(workspace)
    with pytest.raises(Refusal) as refused:
        await conversation(workspace, **given)
    assert (refused.value.code, refused.value.field) == (ErrorCode.INVALID, (field,))
    assert await everything(workspace) == before


async def test_another_workspaces_ids_are_not_found(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    branch = await account(other_workspace, ChannelKind.WHATSAPP)
    agent = await user(other_workspace)
    named: list[tuple[dict[str, Any], str]] = [
        ({"channel_id": branch.id}, "channelId"),
        ({"assignee_id": agent.id}, "assigneeId"),
    ]
    for given, field in named:
        with pytest.raises(Refusal) as refused:
            await conversation(workspace, **given)
        assert (refused.value.code, refused.value.field) == (ErrorCode.NOT_FOUND, (field,))


async def test_one_external_id_in_two_workspaces_is_two_conversations(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    first = await conversation(workspace)
    before = await everything(workspace)
    second = await conversation(other_workspace, status=RESOLVED)
    assert first.id != second.id
    assert await everything(workspace) == before
