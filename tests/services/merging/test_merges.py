"""Merging: who becomes whose member, and what follows from the records that move."""

from datetime import timedelta
from decimal import Decimal

from models import (
    ChannelIdentity,
    ChannelKind,
    Customer,
    EventType,
    Merge,
    OrderStatus,
    Workspace,
)
from services.customer_deletions import delete_customer
from services.errors import ErrorCode
from services.ids import global_id
from services.merging.families import MOST_MEMBERS
from services.orders import OrderReport, upsert_order
from tests.services.merging.families import events, hear, merge, people, snapshot, unmerge
from tests.services.writing import (
    NOW,
    change,
    customer,
    identities,
    refused,
    stored,
)

HOUR = timedelta(hours=1)


async def order(workspace: Workspace, of: Customer, name: str, total: int) -> None:
    """Record a paid order."""
    report = OrderReport(
        external_id=name,
        customer_id=of.id,
        status=OrderStatus.PAID,
        total=Decimal(total),
        currency="IDR",
        ordered_at=NOW,
    )
    await change(workspace, upsert_order, report)


# -- who ------------------------------------------------------------------------------------


async def test_members_become_part_of_the_main_customer(workspace: Workspace) -> None:
    main, *members = await people(workspace, 3)
    done = await merge(workspace, main, *members)
    assert (done.customer.id, done.customer.member_count) == (main.id, 2)
    for member in members:
        assert (await stored(workspace, member.id)).merged_into_id == main.id


async def test_a_main_customer_with_members_takes_more(workspace: Workspace) -> None:
    main, first, second = await people(workspace, 3)
    await merge(workspace, main, first)
    assert (await merge(workspace, main, second)).customer.member_count == 2


async def test_members_of_a_member_come_along(workspace: Workspace) -> None:
    main, middle, last = await people(workspace, 3)
    await merge(workspace, middle, last)
    done = await merge(workspace, main, middle)
    assert done.customer.member_count == 2
    assert (await stored(workspace, middle.id)).member_count == 0
    assert (await stored(workspace, last.id)).merged_into_id == main.id


async def test_a_main_id_that_was_merged_away_stands_for_the_main_customer(
    workspace: Workspace,
) -> None:
    main, member, third = await people(workspace, 3)
    await merge(workspace, main, member)
    assert (await merge(workspace, member, third)).customer.id == main.id


async def test_there_are_ten_members_at_most_those_who_come_along_included(
    workspace: Workspace,
) -> None:
    main, other, *rest = await people(workspace, MOST_MEMBERS + 2)
    await merge(workspace, main, *rest[:8])
    await merge(workspace, other, rest[8])
    assert (await merge(workspace, main, other)).customer.member_count == MOST_MEMBERS
    before = await snapshot(workspace)
    await refused(ErrorCode.LIMIT_EXCEEDED, ("memberIds",), merge(workspace, main, rest[9]))
    assert await snapshot(workspace) == before


async def test_a_member_named_twice_is_one(workspace: Workspace) -> None:
    main, member = await people(workspace, 2)
    assert (await merge(workspace, main, member, member)).customer.member_count == 1


async def test_a_merge_that_is_refused_changes_nothing(workspace: Workspace) -> None:
    main, member, gone = await people(workspace, 3)
    await change(workspace, delete_customer, gone.id)
    before = await snapshot(workspace)
    attempt = merge(workspace, main, member, gone)
    await refused(ErrorCode.NOT_FOUND, ("memberIds", "1"), attempt)
    assert await snapshot(workspace) == before


# -- what follows from records ---------------------------------------------------------------


async def test_what_was_paid_is_the_main_customers(workspace: Workspace) -> None:
    main, member = await people(workspace, 2)
    await order(workspace, main, "A", 100)
    await order(workspace, member, "B", 250)
    done = await merge(workspace, main, member)
    assert (done.customer.lifetime_value, done.customer.paid_order_count) == (350, 2)
    found = await stored(workspace, member.id)
    assert (found.lifetime_value, found.paid_order_count) == (0, 0)
    parted = await unmerge(workspace, member)
    assert (parted.main.lifetime_value, parted.customer.lifetime_value) == (100, 250)


async def test_an_open_window_opens_the_main_customers(workspace: Workspace) -> None:
    [main] = await people(workspace, 1)
    member = (await hear(workspace, "+628120000001", "m1", sent_at=NOW - HOUR)).customer
    done = await merge(workspace, main, member)
    assert (done.customer.last_inbound_at, done.customer.window_status) == (NOW - HOUR, "ACTIVE")
    found = await stored(workspace, member.id)
    assert (found.last_inbound_at, found.window_status) == (None, "PASSIVE")
    cause = {"merge": global_id(Merge, done.merge.id)}
    told = await events(workspace, EventType.WINDOW_OPENED, EventType.WINDOW_CLOSED)
    caused = [one for one in told if one["payload"].get("cause") == cause]
    assert {(one["type"], one["customer"]) for one in caused} == {
        ("WINDOW_OPENED", main.id),
        ("WINDOW_CLOSED", member.id),
    }
    assert len(told) == 3


async def test_unmerging_closes_a_window_that_was_the_members(workspace: Workspace) -> None:
    [main] = await people(workspace, 1)
    member = (await hear(workspace, "+628120000001", "m1", sent_at=NOW - HOUR)).customer
    done = await merge(workspace, main, member)
    parted = await unmerge(workspace, member)
    assert (parted.main.last_inbound_at, parted.main.window_status) == (None, "PASSIVE")
    assert parted.customer.window_status == "ACTIVE"
    cause = {"unmerge": global_id(Merge, done.merge.id)}
    told = await events(workspace, EventType.WINDOW_OPENED, EventType.WINDOW_CLOSED)
    caused = [one for one in told if one["payload"].get("cause") == cause]
    assert {(one["type"], one["customer"]) for one in caused} == {
        ("WINDOW_CLOSED", main.id),
        ("WINDOW_OPENED", member.id),
    }


async def test_an_earlier_message_of_a_member_opens_nothing(workspace: Workspace) -> None:
    main = (await hear(workspace, "+628120000001", "m1", sent_at=NOW - HOUR)).customer
    member = (await hear(workspace, "+628120000002", "m2", sent_at=NOW - 30 * HOUR)).customer
    done = await merge(workspace, main, member)
    assert done.customer.last_inbound_at == NOW - HOUR
    assert done.customer.first_contacted_at == NOW - 30 * HOUR
    told = await events(workspace, EventType.WINDOW_OPENED, EventType.WINDOW_CLOSED)
    assert [(one["type"], one["customer"]) for one in told] == [("WINDOW_OPENED", main.id)]


async def test_who_has_no_main_identity_gets_the_first_of_the_members(
    workspace: Workspace,
) -> None:
    main, first = await people(workspace, 2)
    second = await customer(workspace, "Ani", phone="08120000002", channel=ChannelKind.WHATSAPP)
    [identity] = await identities(workspace, second.id)
    done = await merge(workspace, main, first, second)
    assert done.customer.main_identity_id == identity.id
    [told] = await events(workspace, EventType.MAIN_IDENTITY_CHANGED)
    assert told["payload"] == {
        "identityId": global_id(ChannelIdentity, identity.id),
        "cause": {"merge": global_id(Merge, done.merge.id)},
    }
    assert (await unmerge(workspace, second)).main.main_identity_id is None


async def test_a_main_identity_of_ones_own_stays(workspace: Workspace) -> None:
    main = await customer(workspace, "Siti", phone="08120000001", channel=ChannelKind.WHATSAPP)
    member = await customer(workspace, "Ani", phone="08120000002", channel=ChannelKind.WHATSAPP)
    [identity] = await identities(workspace, main.id)
    assert (await merge(workspace, main, member)).customer.main_identity_id == identity.id
    assert await events(workspace, EventType.MAIN_IDENTITY_CHANGED) == []
