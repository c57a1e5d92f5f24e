"""Campaigns, and what became of them with each customer, in whatever order it is reported."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from models import (
    Campaign,
    CampaignInteraction,
    CampaignInteractionStatus,
    CampaignStatus,
    ChannelKind,
    Workspace,
)
from models.base import new_id
from services.campaign_interactions import InteractionReport, record_campaign_interaction
from services.campaigns import CampaignReport, upsert_campaign
from services.customer_deletions import delete_customer
from services.errors import ErrorCode, Refusal
from tests.services.reports import NOW, everything, merged, message, rows, typed_in, within

HOUR = timedelta(hours=1)
QUEUED, SENT, DELIVERED, READ, REPLIED, FAILED = CampaignInteractionStatus


async def campaign(workspace: Workspace, now: datetime = NOW, **given: Any) -> Campaign:
    report = CampaignReport(**{"external_id": "promo-1", "name": "Promo Gajian"} | given)
    return await within(workspace, lambda tx: upsert_campaign(tx, report), now)


async def interaction(
    workspace: Workspace, of: Campaign, customer_id: object, now: datetime = NOW, **given: Any
) -> CampaignInteraction:
    values: dict[str, Any] = {
        "external_id": "promo-1-siti",
        "campaign_id": of.id,
        "customer_id": customer_id,
        "status": SENT,
        "sent_at": NOW,
    }
    report = InteractionReport(**values | given)
    return await within(workspace, lambda tx: record_campaign_interaction(tx, report), now)


# Campaigns


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, CampaignStatus.DRAFT),
        ({"scheduled_at": NOW + HOUR}, CampaignStatus.SCHEDULED),
        ({"scheduled_at": NOW, "sent_at": NOW}, CampaignStatus.SENT),
        ({"sent_at": NOW, "status": CampaignStatus.SENDING}, CampaignStatus.SENDING),
    ],
)
async def test_a_new_campaign_is_on_whatsapp_and_stands_where_its_times_say(
    workspace: Workspace, given: dict[str, Any], status: CampaignStatus
) -> None:
    found = await campaign(workspace, **given)
    assert (found.channel, found.status) == (ChannelKind.WHATSAPP, status)


async def test_what_is_left_out_of_a_campaign_stays_and_null_clears(workspace: Workspace) -> None:
    first = await campaign(
        workspace,
        channel=ChannelKind.EMAIL,
        template="Halo {nama}",
        status=CampaignStatus.SCHEDULED,
        scheduled_at=NOW + HOUR,
    )
    again = await campaign(workspace, name="Promo Akhir Tahun", scheduled_at=None)
    assert again.id == first.id
    assert (again.name, again.search_text) == ("Promo Akhir Tahun", "promo akhir tahun")
    assert (again.channel, again.template) == (ChannelKind.EMAIL, "Halo {nama}")
    assert (again.status, again.scheduled_at) == (CampaignStatus.SCHEDULED, None)


async def test_a_campaign_sent_twice_or_at_one_instant_is_one(workspace: Workspace) -> None:
    found = await asyncio.gather(*(campaign(workspace) for _ in range(10)))
    assert len({one.id for one in found}) == 1
    before = await everything(workspace)
    await campaign(workspace)
    assert await everything(workspace) == before


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"external_id": ""}, "externalId"),
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"template": "a\x07b"}, "template"),
        ({"scheduled_at": NOW.replace(year=9999)}, "scheduledAt"),
        ({"sent_at": NOW.replace(year=1)}, "sentAt"),
    ],
)
async def test_a_malformed_campaign_is_refused_and_changes_nothing(
    workspace: Workspace, given: dict[str, Any], field: str
) -> None:
    before = await everything(workspace)
    with pytest.raises(Refusal) as refused:
        await campaign(workspace, **given)
    assert (refused.value.code, refused.value.field) == (ErrorCode.INVALID, (field,))
    assert await everything(workspace) == before


async def test_one_external_id_in_two_workspaces_is_two_campaigns(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    first = await campaign(workspace)
    second = await campaign(other_workspace, name="Lain")
    assert first.id != second.id
    assert (await campaign(workspace)).name == "Promo Gajian"


# Interactions


async def test_an_interaction_is_visible_for_twelve_months_in_the_workspaces_zone(
    workspace: Workspace,
) -> None:
    siti, promo = await typed_in(workspace), await campaign(workspace)
    # 18:00 UTC on 28 February 2023 is 1 March in Jakarta: a year later there is a 29 February.
    found = await interaction(
        workspace, promo, siti.id, sent_at=datetime(2023, 2, 28, 18, tzinfo=UTC)
    )
    assert found.visible_until == datetime(2024, 2, 29, 18, tzinfo=UTC)
    later = await interaction(workspace, promo, siti.id, sent_at=NOW)
    assert later.id == found.id
    assert later.visible_until == NOW.replace(year=2027)


async def test_one_that_was_marked_as_expired_is_back_when_it_was_sent_later_after_all(
    workspace: Workspace,
) -> None:
    siti, promo = await typed_in(workspace), await campaign(workspace)
    old = NOW.replace(year=2020)
    found = await interaction(workspace, promo, siti.id, sent_at=old)
    await within(
        workspace,
        lambda tx: tx.execute(
            "UPDATE campaign_interactions SET expired_at = $3 WHERE workspace_id = $1 AND id = $2",
            workspace.id,
            found.id,
            NOW,
        ),
    )
    assert (await interaction(workspace, promo, siti.id, sent_at=old)).expired_at == NOW
    assert (await interaction(workspace, promo, siti.id, sent_at=NOW)).expired_at is None


@pytest.mark.parametrize("order", list(permutations((SENT, DELIVERED, READ))))
async def test_receipts_in_any_order_come_to_the_same(
    workspace: Workspace, order: tuple[CampaignInteractionStatus, ...]
) -> None:
    siti, promo = await typed_in(workspace), await campaign(workspace)
    times = {DELIVERED: {"delivered_at": NOW + HOUR}, READ: {"read_at": NOW + 2 * HOUR}}
    for status in order:
        found = await interaction(workspace, promo, siti.id, status=status, **times.get(status, {}))
    assert found.status is READ
    assert (found.delivered_at, found.read_at) == (NOW + HOUR, NOW + 2 * HOUR)


@pytest.mark.parametrize(
    ("before", "reported", "after"),
    [
        (QUEUED, FAILED, FAILED),
        (SENT, FAILED, FAILED),
        (FAILED, SENT, FAILED),
        (FAILED, DELIVERED, DELIVERED),
        (DELIVERED, FAILED, DELIVERED),
        (READ, DELIVERED, READ),
        (REPLIED, READ, REPLIED),
        (READ, REPLIED, REPLIED),
    ],
)
async def test_a_report_never_takes_back_what_is_known(
    workspace: Workspace,
    before: CampaignInteractionStatus,
    reported: CampaignInteractionStatus,
    after: CampaignInteractionStatus,
) -> None:
    siti, promo = await typed_in(workspace), await campaign(workspace)
    await interaction(workspace, promo, siti.id, status=before)
    assert (await interaction(workspace, promo, siti.id, status=reported)).status is after


async def test_a_reason_of_failure_is_kept_while_it_has_failed(workspace: Workspace) -> None:
    siti, promo = await typed_in(workspace), await campaign(workspace)
    failed = await interaction(workspace, promo, siti.id, status=FAILED, failure_reason="No route")
    assert failed.failure_reason == "No route"
    assert (await interaction(workspace, promo, siti.id)).failure_reason == "No route"
    delivered = await interaction(workspace, promo, siti.id, status=DELIVERED)
    assert delivered.failure_reason is None


async def test_sent_twice_or_at_one_instant_it_is_one_interaction(workspace: Workspace) -> None:
    siti, promo = await typed_in(workspace), await campaign(workspace)
    statuses = [QUEUED, SENT, DELIVERED, READ, REPLIED] * 4
    random.Random(3).shuffle(statuses)
    found = await asyncio.gather(
        *(interaction(workspace, promo, siti.id, status=status) for status in statuses)
    )
    assert len({one.id for one in found}) == 1
    (row,) = await rows(workspace, "SELECT * FROM campaign_interactions WHERE workspace_id = $1")
    assert row["status"] == "REPLIED"
    before = await everything(workspace)
    await interaction(workspace, promo, siti.id, status=REPLIED)
    assert await everything(workspace) == before


async def test_it_knows_the_identity_on_the_campaigns_channel(workspace: Workspace) -> None:
    dewi = await message(workspace)
    promo = await campaign(workspace)
    by_mail = await campaign(workspace, external_id="mail", channel=ChannelKind.EMAIL)
    found = await interaction(workspace, promo, dewi.customer.id)
    mailed = await interaction(workspace, by_mail, dewi.customer.id, external_id="mail-dewi")
    assert found.identity_id == dewi.conversation.identity_id
    assert mailed.identity_id is None


async def test_one_of_a_merged_member_is_the_main_ones_and_keeps_its_origin(
    workspace: Workspace,
) -> None:
    main, member, promo = await typed_in(workspace), await typed_in(workspace), None
    promo = await campaign(workspace)
    await merged(workspace, main, member)
    found = await interaction(workspace, promo, member.id)
    again = await interaction(workspace, promo, main.id)
    for one in (found, again):
        assert (one.customer_id, one.origin_customer_id) == (main.id, member.id)


async def test_a_deleted_customers_interactions_are_kept(workspace: Workspace) -> None:
    siti, promo = await typed_in(workspace), await campaign(workspace)
    await within(workspace, lambda tx: delete_customer(tx, siti.id))
    assert (await interaction(workspace, promo, siti.id)).customer_id == siti.id


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"external_id": ""}, "externalId"),
        ({"sent_at": NOW.replace(year=9999)}, "sentAt"),
        ({"read_at": NOW.replace(year=1)}, "readAt"),
        ({"failure_reason": "x" * 2_001}, "failureReason"),
    ],
)
async def test_a_malformed_interaction_is_refused_and_changes_nothing(
    workspace: Workspace, given: dict[str, Any], field: str
) -> None:
    siti, promo = await typed_in(workspace), await campaign(workspace)
    before = await everything(workspace)
    with pytest.raises(Refusal) as refused:
        await interaction(workspace, promo, siti.id, **given)
    assert (refused.value.code, refused.value.field) == (ErrorCode.INVALID, (field,))
    assert await everything(workspace) == before


async def test_another_workspaces_campaigns_and_customers_are_not_found(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    siti, promo = await typed_in(workspace), await campaign(workspace)
    rudi, foreign = await typed_in(other_workspace), await campaign(other_workspace)
    for customer_id, field in ((rudi.id, "customerId"), (new_id(), "customerId")):
        with pytest.raises(Refusal) as refused:
            await interaction(workspace, promo, customer_id)
        assert (refused.value.code, refused.value.field) == (ErrorCode.NOT_FOUND, (field,))
    with pytest.raises(Refusal) as refused:
        await interaction(workspace, foreign, siti.id)
    assert (refused.value.code, refused.value.field) == (ErrorCode.NOT_FOUND, ("campaignId",))


async def test_one_external_id_in_two_workspaces_is_two_interactions(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    first = await interaction(workspace, await campaign(workspace), (await typed_in(workspace)).id)
    before = await everything(workspace)
    second = await interaction(
        other_workspace,
        await campaign(other_workspace),
        (await typed_in(other_workspace)).id,
        status=READ,
    )
    assert first.id != second.id
    assert await everything(workspace) == before
