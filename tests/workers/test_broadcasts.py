"""The jobs of broadcasts: what waits is handed in and done, what is all sent is closed."""

from datetime import timedelta

import pytest

from models import Campaign, CampaignStatus, Workspace
from services.broadcasts import ending
from services.broadcasts.ending import cancel_broadcast
from services.customer_deletions import delete_customer
from services.jobs import JobName
from tests.services.broadcasts.campaigning import (
    again,
    created,
    people,
    ran,
    report,
    reported,
    sent,
    statuses,
    to_group,
)
from tests.services.writing import NOW, change
from tests.workers.arq_workers import Handed
from workers.broadcasts import (
    close_sent_broadcasts,
    find_waiting_broadcasts,
    run_waiting_broadcast,
)
from workers.registrations import Resources

HOUR = timedelta(hours=1)


async def handed_in(campaign: Campaign, after: timedelta = timedelta()) -> list[tuple[str, ...]]:
    """The arguments of the jobs that are handed in for a broadcast."""
    handed = Handed()
    await find_waiting_broadcasts(Resources(enqueue=handed, clock=lambda: NOW + after))
    assert {job.name for job in handed.jobs} <= {JobName.RUN_BROADCAST}
    return [job.arguments for job in handed.jobs if str(campaign.id) in job.arguments]


async def test_a_broadcast_that_waits_is_handed_in_and_done(workspace: Workspace) -> None:
    group_id, _ = await people(workspace, 3)
    campaign = await created(workspace, to_group(group_id))
    [arguments] = await handed_in(campaign)
    await run_waiting_broadcast(Resources(enqueue=Handed(), clock=lambda: NOW), *arguments)
    assert await statuses(campaign) == {"QUEUED": 3}
    assert await handed_in(campaign) == []


async def test_a_scheduled_one_is_handed_in_again_at_its_time(workspace: Workspace) -> None:
    group_id, _ = await people(workspace, 1)
    campaign = await created(workspace, to_group(group_id, scheduled_at=NOW + HOUR))
    assert len(await handed_in(campaign)) == 1
    await ran(campaign)
    assert await handed_in(campaign, HOUR - timedelta(seconds=1)) == []
    [arguments] = await handed_in(campaign, HOUR)
    resources = Resources(enqueue=Handed(), clock=lambda: NOW + HOUR)
    await run_waiting_broadcast(resources, *arguments)
    assert (await again(campaign)).status is CampaignStatus.SENDING


async def test_of_a_cancelled_one_the_queue_is_cleared_by_and_by(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "SOME", 2)
    group_id, _ = await people(workspace, 7)
    campaign = await sent(workspace, group_id)
    await change(workspace, cancel_broadcast, campaign.id)
    assert await statuses(campaign) == {"FAILED": 2, "QUEUED": 5}
    [arguments] = await handed_in(campaign)
    await run_waiting_broadcast(Resources(enqueue=Handed(), clock=lambda: NOW), *arguments)
    assert await statuses(campaign) == {"FAILED": 7}
    assert await handed_in(campaign) == []
    assert (await again(campaign)).status is CampaignStatus.CANCELLED


async def test_what_only_waits_for_a_deleted_customer_is_closed(workspace: Workspace) -> None:
    group_id, made = await people(workspace, 2)
    campaign = await sent(workspace, group_id)
    await reported(workspace, report(campaign, made[0].id, "wa-0"))
    await change(workspace, delete_customer, made[1].id)
    assert (await again(campaign)).status is CampaignStatus.SENDING
    await close_sent_broadcasts(Resources(enqueue=Handed(), clock=lambda: NOW + HOUR))
    row = await again(campaign)
    assert (row.status, row.sent_at) == (CampaignStatus.SENT, NOW + HOUR)
    assert await statuses(campaign) == {"SENT": 1, "FAILED": 1}
