"""Broadcasts: frozen when they are asked for, one message a person, whatever comes in between."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

import models
from models import CampaignInteractionStatus, CampaignStatus, EventType, Workspace
from services import audiences
from services.audiences import Audience
from services.broadcasts.creating import NewBroadcast, create_broadcast
from services.broadcasts.ending import CANCELLED, DELETED, MERGED, cancel_broadcast
from services.broadcasts.queueing import LEASE
from services.customer_deletions import delete_customer
from services.due_broadcasts import sent_broadcasts, waiting_broadcasts
from services.erasing.customers import erase_customer
from services.errors import ErrorCode
from services.groups import delete_group
from services.merging.merges import merge_customers
from services.merging.requests import Merging
from services.merging.unmerges import unmerge_customer
from tests.records import Records
from tests.services.broadcasts.campaigning import (
    again,
    created,
    messages,
    people,
    ran,
    report,
    reported,
    sent,
    statuses,
    to_group,
)
from tests.services.writing import NOW, change, event_types, refused, rows

HOUR = timedelta(hours=1)
SENT, READ = CampaignInteractionStatus.SENT, CampaignInteractionStatus.READ


async def merge(workspace: Workspace, main: Any, member: Any) -> None:
    await change(workspace, merge_customers, Merging(main_id=main.id, member_ids=[member.id]))


async def test_everybody_in_the_group_has_one_queued_message(workspace: Workspace) -> None:
    group_id, made = await people(workspace, 5)
    campaign = await created(workspace, to_group(group_id))
    assert (campaign.status, campaign.waiting_count) == (CampaignStatus.SENDING, 5)
    assert (await ran(campaign)).queued == 5
    found = await messages(campaign)
    assert {row["customer_id"] for row in found} == {one.id for one in made}
    assert {row["identity_id"] for row in found} == {one.main_identity_id for one in made}
    assert {row["origin_customer_id"] for row in found} == {one.id for one in made}
    assert {(row["status"], row["sent_at"]) for row in found} == {("QUEUED", NOW)}
    assert (await again(campaign)).waiting_count == 0
    assert await event_types(workspace) == [EventType.BROADCAST_QUEUED]


async def test_run_again_and_by_several_at_once_it_queues_nothing_twice(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audiences, "BATCH", 3)
    group_id, _ = await people(workspace, 20)
    campaign = await created(workspace, to_group(group_id))
    runs = await asyncio.gather(*(ran(campaign) for _ in range(4)))
    assert sum(run.queued for run in runs) == 20
    assert (await ran(campaign)).queued == 0
    assert await statuses(campaign) == {"QUEUED": 20}
    assert await event_types(workspace) == [EventType.BROADCAST_QUEUED]


async def test_the_same_key_makes_one_broadcast_also_of_two_at_once(workspace: Workspace) -> None:
    group_id, _ = await people(workspace, 3)
    new = to_group(group_id, idempotency_key="promo-1", scheduled_at=NOW + HOUR)
    first, second = await asyncio.gather(created(workspace, new), created(workspace, new))
    assert first.id == second.id
    await change(workspace, delete_group, group_id)
    later = await created(workspace, new, now=NOW + 2 * HOUR)
    assert later.id == first.id
    assert len(await rows(workspace, "SELECT 1 FROM campaigns WHERE workspace_id = $1")) == 1
    other = to_group(group_id, idempotency_key="promo-1", name="Lain")
    await refused(ErrorCode.CONFLICT, ("idempotencyKey",), created(workspace, other))


async def test_who_joins_or_leaves_the_group_later_changes_nothing(workspace: Workspace) -> None:
    group_id, made = await people(workspace, 4)
    campaign = await created(workspace, to_group(group_id))
    records = Records(workspace, NOW)
    late = records.customer("Terlambat")
    records.identity(late, records.channel(external_id="late"), main=True)
    records.add(
        models.CustomerGroup,
        group_id=group_id,
        customer_id=late.id,
        origin_customer_id=late.id,
        created_at=NOW,
    )
    await records.save()
    await change(workspace, delete_group, group_id)
    await ran(campaign)
    assert {row["customer_id"] for row in await messages(campaign)} == {one.id for one in made}


async def test_who_is_gone_or_merged_before_their_turn_is_left_out(workspace: Workspace) -> None:
    group_id, made = await people(workspace, 6)
    campaign = await created(workspace, to_group(group_id))
    await change(workspace, delete_customer, made[0].id)
    await change(workspace, erase_customer, made[1].id)
    await merge(workspace, made[2], made[3])
    assert (await ran(campaign)).queued == 3
    found = {row["customer_id"] for row in await messages(campaign)}
    assert found == {made[2].id, made[4].id, made[5].id}
    row = await again(campaign)
    assert (row.waiting_count, row.left_out_count) == (0, 3)


async def test_a_message_to_a_member_s_identity_goes_with_the_member(workspace: Workspace) -> None:
    group_id, made = await people(workspace, 2)
    campaign = await created(workspace, to_group(group_id))
    await ran(campaign)
    await merge(workspace, made[0], made[1])
    assert {row["customer_id"] for row in await messages(campaign)} == {made[0].id}
    await change(workspace, unmerge_customer, made[1].id)
    assert {row["customer_id"] for row in await messages(campaign)} == {one.id for one in made}


async def test_a_scheduled_one_is_queued_now_and_begins_at_its_time(workspace: Workspace) -> None:
    group_id, made = await people(workspace, 5)
    at = NOW + HOUR
    campaign = await created(workspace, to_group(group_id, scheduled_at=at))
    await ran(campaign)
    assert await statuses(campaign) == {"QUEUED": 5}
    assert {row["sent_at"] for row in await messages(campaign)} == {at}
    assert (await again(campaign)).status is CampaignStatus.SCHEDULED
    assert (workspace.id, campaign.id) not in await waiting_broadcasts(at - timedelta(seconds=1))
    assert await event_types(workspace) == []
    await change(workspace, delete_customer, made[0].id)
    await merge(workspace, made[1], made[2])
    assert (workspace.id, campaign.id) in await waiting_broadcasts(at)
    await ran(campaign, at)
    assert (await again(campaign)).status is CampaignStatus.SENDING
    found = {row["id"]: row for row in await messages(campaign)}
    why = {row["failure_reason"] for row in found.values() if row["status"] == "FAILED"}
    assert why == {DELETED, MERGED}
    queued = {row["customer_id"] for row in found.values() if row["status"] == "QUEUED"}
    assert queued == {made[1].id, made[3].id, made[4].id}
    assert (await event_types(workspace))[-1] is EventType.BROADCAST_QUEUED
    assert (workspace.id, campaign.id) not in await waiting_broadcasts(at + 2 * LEASE)


async def test_reports_follow_the_queued_messages_and_end_the_broadcast(
    workspace: Workspace,
) -> None:
    group_id, made = await people(workspace, 3)
    campaign = await sent(workspace, group_id)
    [first] = await reported(workspace, report(campaign, made[0].id, "wa-0"))
    assert first.id in {row["id"] for row in await messages(campaign)}
    await reported(workspace, report(campaign, made[0].id, "wa-0", READ, read_at=NOW + HOUR))
    assert await statuses(campaign) == {"READ": 1, "QUEUED": 2}
    await reported(workspace, report(campaign, made[1].id, "wa-1"))
    assert (await again(campaign)).status is CampaignStatus.SENDING
    await reported(workspace, report(campaign, made[2].id, "wa-2"), now=NOW + HOUR)
    row = await again(campaign)
    assert (row.status, row.sent_at) == (CampaignStatus.SENT, NOW + HOUR)
    assert len(await messages(campaign)) == 3


async def test_a_report_of_a_member_or_main_customer_finds_the_person_s_message(
    workspace: Workspace,
) -> None:
    group_id, made = await people(workspace, 2)
    await merge(workspace, made[0], made[1])
    campaign = await sent(workspace, group_id)
    assert len(await messages(campaign)) == 1
    await reported(workspace, report(campaign, made[1].id, "wa-1"))
    [row] = await messages(campaign)
    assert (row["status"], row["external_id"], row["customer_id"]) == ("SENT", "wa-1", made[0].id)


async def test_an_external_id_of_another_message_is_refused(workspace: Workspace) -> None:
    group_id, made = await people(workspace, 2)
    campaign = await sent(workspace, group_id)
    await reported(workspace, report(campaign, made[0].id, "wa-0"))
    again_ = reported(workspace, report(campaign, made[1].id, "wa-0"))
    await refused(ErrorCode.CONFLICT, ("externalId",), again_)


async def test_reports_at_the_same_instant_each_find_their_message(workspace: Workspace) -> None:
    group_id, made = await people(workspace, 8)
    campaign = await sent(workspace, group_id)
    reports = [report(campaign, one.id, f"wa-{i}") for i, one in enumerate(made)]
    await asyncio.gather(*(reported(workspace, one) for one in (*reports, *reports)))
    assert await statuses(campaign) == {"SENT": 8}
    waiting = [id for _, id in await sent_broadcasts()]
    assert ((await again(campaign)).status is CampaignStatus.SENT) != (campaign.id in waiting)


async def test_a_deleted_customer_s_message_is_not_waited_for(workspace: Workspace) -> None:
    group_id, made = await people(workspace, 2)
    campaign = await sent(workspace, group_id)
    await change(workspace, delete_customer, made[0].id)
    await reported(workspace, report(campaign, made[1].id, "wa-1"))
    assert (await again(campaign)).status is CampaignStatus.SENT
    assert await statuses(campaign) == {"SENT": 1, "FAILED": 1}


async def test_an_erased_customer_s_message_leaves_the_queue(workspace: Workspace) -> None:
    group_id, made = await people(workspace, 2)
    campaign = await sent(workspace, group_id)
    await change(workspace, erase_customer, made[0].id)
    assert await statuses(campaign) == {"QUEUED": 1, "FAILED": 1}


async def test_cancelled_nothing_more_is_sent_and_what_was_sent_stays(workspace: Workspace) -> None:
    group_id, made = await people(workspace, 4)
    campaign = await sent(workspace, group_id)
    await reported(workspace, report(campaign, made[0].id, "wa-0"))
    row = await change(workspace, cancel_broadcast, campaign.id)
    assert row.status is CampaignStatus.CANCELLED
    assert await statuses(campaign) == {"SENT": 1, "FAILED": 3}
    why = {row["failure_reason"] for row in await messages(campaign) if row["status"] == "FAILED"}
    assert why == {CANCELLED}
    assert (await change(workspace, cancel_broadcast, campaign.id)).id == campaign.id


async def test_one_that_is_cancelled_before_its_turn_queues_nothing(workspace: Workspace) -> None:
    group_id, _ = await people(workspace, 4)
    campaign = await created(workspace, to_group(group_id))
    await change(workspace, cancel_broadcast, campaign.id)
    assert (await ran(campaign)).queued == 0
    assert await messages(campaign) == []
    row = await again(campaign)
    assert (row.waiting_count, row.left_out_count) == (0, 4)


async def test_what_cannot_be_cancelled_says_why(workspace: Workspace) -> None:
    records = Records(workspace, NOW)
    foreign = records.campaign()
    await records.save()
    attempt = change(workspace, cancel_broadcast, foreign.id)
    await refused(ErrorCode.INVALID, ("campaignId",), attempt)
    group_id, [one] = await people(workspace, 1)
    campaign = await sent(workspace, group_id)
    await reported(workspace, report(campaign, one.id, "wa-0"))
    attempt = change(workspace, cancel_broadcast, campaign.id)
    await refused(ErrorCode.CONFLICT, ("campaignId",), attempt)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"template": " "}, "template"),
        ({"template": "\x00"}, "template"),
        ({"template": "x" * 65_537}, "template"),
        ({"scheduled_at": NOW - timedelta(microseconds=1)}, "scheduledAt"),
        ({"scheduled_at": NOW.replace(year=3_000)}, "scheduledAt"),
        ({"idempotency_key": ""}, "idempotencyKey"),
        ({"audience": Audience()}, "audience"),
    ],
)
async def test_a_bad_broadcast_is_refused_at_its_field(
    workspace: Workspace, values: dict[str, Any], field: str
) -> None:
    group_id, _ = await people(workspace, 1)
    told = {
        "name": "Promo",
        "template": "Halo",
        "audience": Audience(group_ids=[group_id]),
        **values,
    }
    await refused(
        ErrorCode.INVALID, (field,), change(workspace, create_broadcast, NewBroadcast(**told))
    )
    assert await rows(workspace, "SELECT 1 FROM campaigns WHERE workspace_id = $1") == []


async def test_an_audience_that_reaches_nobody_makes_no_broadcast(workspace: Workspace) -> None:
    records = Records(workspace, NOW)
    empty, unreachable = records.group(), records.group()
    records.associate(records.customer(), unreachable)
    await records.save()
    for group in (empty, unreachable):
        attempt = created(workspace, to_group(group.id))
        found = await refused(ErrorCode.INVALID, ("audience",), attempt)
        assert "reaches nobody" in found.message
