"""What the made sequences of `test_identity` have found: each as small as it gets, and by name."""

from datetime import timedelta

from models import ChannelKind, Customer, Workspace
from services.bulk.memberships import change_membership
from services.memberships import GROUPS
from services.merging.merges import merge_customers
from services.merging.requests import Merging
from services.merging.unmerges import unmerge_customer
from services.transactions import Transaction
from tests.records import Records
from tests.rows import NOW
from tests.services.writing import change, stored

HOUR = timedelta(hours=1)


async def merged(workspace: Workspace, main: Customer, *members: Customer) -> None:
    """Merge with the usual strategy."""
    merging = Merging(main_id=main.id, member_ids=[one.id for one in members])
    await change(workspace, merge_customers, merging, now=NOW)


async def unmerged(workspace: Workspace, member: Customer) -> None:
    """Unmerge, an hour later."""
    await change(workspace, unmerge_customer, member.id, now=NOW + HOUR)


async def test_who_loses_the_main_identity_is_reached_as_the_next_member(
    workspace: Workspace,
) -> None:
    records = Records(workspace)
    channel = records.channel(ChannelKind.WHATSAPP)
    main, first, second = (records.customer(name) for name in ("Budi", "Boedi", "Bud"))
    records.identity(first, channel, main=True)
    left = records.identity(second, channel, main=True)
    await records.save()
    await merged(workspace, main, first, second)
    await unmerged(workspace, first)
    assert (await stored(workspace, main.id)).main_identity_id == left.id
    await unmerged(workspace, second)
    assert (await stored(workspace, main.id)).main_identity_id is None
    assert (await stored(workspace, second.id)).main_identity_id == left.id


async def test_who_joins_a_group_while_merged_keeps_that_as_their_last_update(
    workspace: Workspace,
) -> None:
    records = Records(workspace)
    main, member = records.customer("Budi"), records.customer("Boedi")
    group = records.group()
    await records.save()
    await merged(workspace, main, member)
    later = NOW + HOUR / 2

    async def join(tx: Transaction) -> None:
        await change_membership(tx, GROUPS, group.id, [main.id], member=True)

    await change(workspace, join, now=later)
    await unmerged(workspace, member)
    assert (await stored(workspace, main.id)).updated_at == later
