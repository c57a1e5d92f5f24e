"""Unmerging: each is what they would be if they had never been merged."""

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from models import (
    CampaignInteractionStatus,
    CampaignStatus,
    ChannelKind,
    Customer,
    MessageDirection,
    OrderStatus,
    Workspace,
)
from services.associations import Association, associate
from services.campaign_interactions import InteractionReport, record_campaign_interaction
from services.campaigns import CampaignReport, upsert_campaign
from services.companies import CompanyReport, upsert_company
from services.conversations import ConversationReport, upsert_conversation
from services.customer_deletions import delete_customer, restore_customer
from services.customer_fields import CustomerChanges
from services.customer_updates import update_customer
from services.deals import DealReport, upsert_deal
from services.errors import ErrorCode
from services.orders import OrderReport, upsert_order
from services.tasks import TaskReport, upsert_task
from services.tickets import TicketReport, upsert_ticket
from tests.services.merging.families import hear, merge, people, snapshot, unmerge
from tests.services.writing import NOW, change, customer, group, refused, rows, stored, tag

HOUR = timedelta(hours=1)
NUMBERS = ("+628120000001", "+628120000002", "+628120000003")


async def crowd(workspace: Workspace) -> list[Customer]:
    """Three customers who have been heard of."""
    return [
        (
            await hear(workspace, number, f"m{n}", sent_at=NOW - 9 * HOUR, sender_name=f"Siti {n}")
        ).customer
        for n, number in enumerate(NUMBERS)
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_in_any_order_it_gives_all_back(workspace: Workspace, order: tuple[int, ...]) -> None:
    main = await customer(workspace, "Siti", email="siti@toko.example", channel=ChannelKind.EMAIL)
    others = await crowd(workspace)
    for one in others:
        await belongings(workspace, one.id, f"of {one.id}")
    before = await snapshot(workspace)
    await merge(workspace, others[0], others[1])
    await merge(workspace, main, others[0], others[2])
    for place in order:
        await unmerge(workspace, others[place])
    assert await snapshot(workspace) == before


async def belongings(workspace: Workspace, of: Any, name: str) -> None:
    """One record of each kind that names its customer by an id."""
    campaign = CampaignReport(
        external_id="promo", name="Promo", channel=ChannelKind.WHATSAPP, status=CampaignStatus.SENT
    )
    campaign_id = (await change(workspace, upsert_campaign, campaign)).id
    await change(
        workspace,
        record_campaign_interaction,
        InteractionReport(
            external_id=name,
            campaign_id=campaign_id,
            customer_id=of,
            status=CampaignInteractionStatus.SENT,
            sent_at=NOW - HOUR,
        ),
    )
    order = OrderReport(
        external_id=name,
        customer_id=of,
        status=OrderStatus.PAID,
        total=Decimal(100),
        currency="IDR",
        ordered_at=NOW,
    )
    await change(workspace, upsert_order, order)
    ids = [of]
    for verb, report in (
        (upsert_company, CompanyReport(external_id="X", name="PT Maju", customer_ids=ids)),
        (upsert_ticket, TicketReport(external_id=name, subject="Rusak", customer_ids=ids)),
        (upsert_task, TaskReport(external_id=name, title="Telepon", customer_ids=ids)),
        (
            upsert_deal,
            DealReport(external_id=name, name="Besar", amount=Decimal(1), customer_ids=ids),
        ),
    ):
        await change(workspace, verb, report)


async def arrivals(workspace: Workspace, members: list[Customer]) -> None:
    """What arrives for customers by their ids and their identities, whoever they belong to."""
    for n, (member, number) in enumerate(zip(members, NUMBERS, strict=True)):
        await belongings(workspace, member.id, f"later {n}")
        await hear(workspace, number, f"later {n}", sent_at=NOW - n * HOUR, text=f"Halo {n}")
        await hear(
            workspace,
            number,
            f"earlier {n}",
            sent_at=NOW - (50 + n) * HOUR,
            direction=MessageDirection.OUTBOUND,
        )
        report = ConversationReport(
            external_id=f"chat {n}", channel=ChannelKind.WHATSAPP, identifier=number
        )
        await change(workspace, upsert_conversation, report)
        await hear(workspace, number, f"sms {n}", kind=ChannelKind.SMS)
        await hear(workspace, number, f"phone {n}", kind=ChannelKind.PHONE)
        company = CompanyReport(external_id=f"Y{n}", name="PT Jaya")
        company_id = (await change(workspace, upsert_company, company)).id
        association = Association(customer_id=member.id, company_id=company_id)
        await change(workspace, associate, association)


async def test_what_arrived_meanwhile_goes_where_it_would_have_gone(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    members, never = await crowd(workspace), await crowd(other_workspace)
    await merge(workspace, members[1], members[2])
    await merge(workspace, members[0], members[1], overrides={"fullName": members[1]})
    await arrivals(workspace, members)
    await arrivals(other_workspace, never)
    for member in (members[1], members[2]):
        await unmerge(workspace, member)
    assert await plain(workspace) == await plain(other_workspace)


async def plain(workspace: Workspace) -> dict[str, list[str]]:
    """The rows of a workspace with small numbers in the places of its ids, to compare two."""
    found = await snapshot(workspace)
    known: dict[str, str] = {str(workspace.id): "workspace"}
    order = "SELECT id FROM customers WHERE workspace_id = $1 ORDER BY phone"
    for row in await rows(workspace, order):
        known[str(row["id"])] = f"customer {len(known)}"
    compared = {}
    for table in (
        "customers",
        "conversations",
        "channel_identities",
        "orders",
        "customer_tasks",
        "campaign_interactions",
        "customer_companies",
        "customer_tickets",
        "customer_deals",
    ):
        texts = []
        for text in found[table]:
            for id, name in known.items():
                text = text.replace(id, name)
            texts.append(without_ids(text))
        compared[table] = sorted(texts)
    return compared


def without_ids(text: str) -> str:
    """A row without the ids that were made for it."""
    parts = text.split('"')
    return '"'.join("id" if len(part) == 36 and part.count("-") == 4 else part for part in parts)


async def test_what_a_member_is_sent_is_the_main_customers_until_then(
    workspace: Workspace,
) -> None:
    main, member, _ = await crowd(workspace)
    await merge(workspace, main, member)
    await belongings(workspace, member.id, "later")
    heard = await hear(workspace, NUMBERS[1], "later", sent_at=NOW)
    assert (heard.customer.id, heard.conversation.customer_id) == (main.id, main.id)
    assert heard.conversation.origin_customer_id == member.id
    found = await stored(workspace, main.id)
    assert (found.paid_order_count, found.last_inbound_at) == (1, NOW)


async def test_edits_by_the_members_id_stay_with_the_main_customer(workspace: Workspace) -> None:
    main, member = await people(workspace, 2)
    await merge(workspace, main, member)
    edited = CustomerChanges(full_name="Siti Aminah", job_title="Guru")
    assert (await change(workspace, update_customer, member.id, edited)).id == main.id
    await unmerge(workspace, member)
    assert (await stored(workspace, main.id)).full_name == "Siti Aminah"
    found = await stored(workspace, member.id)
    assert (found.full_name, found.job_title) == ("Siti 1", None)


async def test_groups_and_tags_are_united_and_parted(workspace: Workspace) -> None:
    both, one = await group(workspace, "Both"), await group(workspace, "One")
    label = await tag(workspace, "Tag")
    main = await customer(workspace, "Siti", group_ids=[both.id])
    member = await customer(workspace, "Rahma", group_ids=[both.id, one.id], tag_ids=[label.id])
    before = await snapshot(workspace)
    await merge(workspace, main, member)
    united = "SELECT DISTINCT group_id FROM customer_groups WHERE workspace_id = $1"
    assert len(await rows(workspace, united + " AND customer_id = $2", main.id)) == 2
    await unmerge(workspace, member)
    assert await snapshot(workspace) == before


async def test_a_conversation_is_found_by_the_names_of_both_until_then(
    workspace: Workspace,
) -> None:
    main, member, _ = await crowd(workspace)
    await merge(workspace, main, member)
    heard = await hear(workspace, NUMBERS[1], "later", sent_at=NOW, text="Halo")
    text = "SELECT search_text FROM conversations WHERE workspace_id = $1 AND id = $2"
    [row] = await rows(workspace, text, heard.conversation.id)
    assert "siti 1" in row["search_text"]
    assert "siti 0" in row["search_text"]
    await unmerge(workspace, member)
    [row] = await rows(workspace, text, heard.conversation.id)
    assert row["search_text"] == "siti 1 628120000002 halo"


async def test_who_writes_from_a_number_that_only_a_profile_has_is_the_one_it_is_of(
    workspace: Workspace,
) -> None:
    main = await customer(workspace, "Siti", phone=NUMBERS[0])
    member = await customer(workspace, "Rahma", phone=NUMBERS[1])
    await merge(workspace, main, member, overrides={"phone": member})
    under = await hear(workspace, NUMBERS[0], "m1")
    assert under.conversation.origin_customer_id == main.id
    given = await hear(workspace, NUMBERS[1], "m2")
    assert given.conversation.origin_customer_id == member.id
    assert {under.customer.id, given.customer.id} == {main.id}
    parted = await unmerge(workspace, member)
    assert parted.customer.main_identity_id == given.conversation.identity_id
    assert parted.main.main_identity_id == under.conversation.identity_id


async def test_members_of_a_deleted_customer_come_back_with_them(workspace: Workspace) -> None:
    main, member = await people(workspace, 2)
    await merge(workspace, main, member)
    await change(workspace, delete_customer, member.id)
    await refused(ErrorCode.NOT_FOUND, ("customerId",), unmerge(workspace, member))
    await change(workspace, restore_customer, main.id)
    assert (await unmerge(workspace, member)).customer.id == member.id


async def test_one_who_left_may_be_merged_anew(workspace: Workspace) -> None:
    main, member, other = await people(workspace, 3)
    await merge(workspace, main, member)
    await unmerge(workspace, member)
    assert (await merge(workspace, other, member)).customer.member_count == 1
    assert (await stored(workspace, member.id)).merged_into_id == other.id
