"""Unmerging: a member becomes a customer of their own again, with all that was and is theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models import ContactLogKind, Customer, EventType, Merge, MergeSource
from services.contact_logs import log_contact
from services.conversations import ALSO_CALLED
from services.customer_additions import customer_now
from services.customer_updates import source_of
from services.customers import refuse_dead
from services.errors import ErrorCode, Refusal
from services.ids import global_id
from services.merged_values import MAIN_IDENTITY, MERGE_OF, Stacks, read_stacks
from services.merging.derived import Cause, first_contact, write_families
from services.merging.families import Families, hold_families
from services.merging.moves import give_back_records
from services.merging.requests import source_of_merge
from services.standing import join_counts, leave_counts
from services.transactions import Transaction

FORGET_NAME = """
    UPDATE conversations SET search_text = split_part(search_text, $3, 1)
    WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[]) AND origin_customer_id = customer_id
        AND strpos(search_text, $3) > 0"""
LEAVE = """
    UPDATE merge_members SET unmerged_at = $3
    WHERE workspace_id = $1 AND customer_id = $2 AND unmerged_at IS NULL
    RETURNING merge_id"""
UNDO = """
    UPDATE merges SET undone_at = $3
    WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND undone_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM merge_members m
            WHERE m.workspace_id = $1 AND m.merge_id = merges.id AND m.unmerged_at IS NULL)"""


@dataclass(frozen=True)
class UnmergedCustomers:
    """Two customers who were one, as they are now."""

    customer: Customer
    """Who was a member."""
    main: Customer


async def unmerge_customer(tx: Transaction, customer_id: UUID) -> UnmergedCustomers:
    """Take a member out of their main customer, whatever has happened since the merge.

    - Every record, identity, group and tag that came in with them goes back, what arrived for them
      since the merge included.
    - The values that they gave and nobody has edited since leave the main customer: what lay under
      them is there again. Edits since the merge stay with the main customer.
    - Other members stay, those included who came along with this one.

    A contact log and a CUSTOMER_UNMERGED event tell of it; events that it causes say so. Raises a
    Refusal at `customerId`: NOT_FOUND for one who is unknown, and where the main customer is
    deleted; CONFLICT for one who is not merged into anybody. Raises RetryTransaction where others
    have got in first: call it through `retrying`.
    """
    families = await hold_families(tx, [customer_id])
    member, main = families.get(customer_id), families.standing(customer_id)
    refuse_dead(main, "customerId")
    assert member is not None
    assert main is not None
    if member.id == main.id:
        raise Refusal(
            ErrorCode.CONFLICT,
            "This customer is not merged into another one. Name the member who is to leave.",
            ("customerId",),
        )
    await leave_counts(tx, [main])
    merge_id = await _close(tx, member)
    await give_back_records(tx, main.id, member.id)
    await _forget_names(tx, main, member)
    await _tell(tx, main, member, merge_id)
    await _part(tx, families, main, member, merge_id)
    await join_counts(tx, [main, member])
    return UnmergedCustomers(await customer_now(tx, member.id), await customer_now(tx, main.id))


async def _close(tx: Transaction, member: Customer) -> UUID:
    """End the membership, and every merge that has no member any more; the merge it was by."""
    [standing] = await tx.fetch(MERGE_OF, tx.workspace_id, member.id)
    left = await tx.fetch(LEAVE, tx.workspace_id, member.id, tx.now)
    await tx.execute(UNDO, tx.workspace_id, [row["merge_id"] for row in left], tx.now)
    merge_id: UUID = standing["merge_id"]
    return merge_id


async def _forget_names(tx: Transaction, main: Customer, member: Customer) -> None:
    """Have the member's conversations no longer be found by the main customer's name, and those of
    a main customer without other members only by their own."""
    alone = [main.id] if main.member_count == 1 else []
    await tx.execute(FORGET_NAME, tx.workspace_id, [member.id, *alone], ALSO_CALLED)


async def _part(
    tx: Transaction, families: Families, main: Customer, member: Customer, merge_id: UUID
) -> None:
    """Have each be what they are without the other."""
    stacks = await read_stacks(tx, [main])
    stacks |= await read_stacks(tx, [member])
    stacks[main.id].take_out(member.id)
    others = [one for one in families.members(main.id) if one.id != member.id]
    await _keep_reachable(tx, stacks[main.id], others)
    member.merged_into_id = None
    main.member_count = len(others)
    if others:
        main.first_contacted_at = first_contact(main, others)
    else:
        main.first_contacted_at, main.own_first_contacted_at = main.own_first_contacted_at, None
    cause = Cause("unmerge", global_id(Merge, merge_id))
    await write_families(tx, stacks.values(), cause)


async def _keep_reachable(tx: Transaction, stacks: Stacks, others: Sequence[Customer]) -> None:
    """Have a main customer who has lost their main identity be reached as the first member left."""
    reached = [one for one in others if one.main_identity_id is not None]
    if stacks.customer.main_identity_id is None and reached:
        [row] = await tx.fetch(MERGE_OF, tx.workspace_id, reached[0].id)
        identity = str(reached[0].main_identity_id)
        stacks.lay(row["merge_id"], reached[0].id, MAIN_IDENTITY, identity)


async def _tell(tx: Transaction, main: Customer, member: Customer, merge_id: UUID) -> None:
    """Log it, and record its event: before those of what it causes."""
    await log_contact(tx, ContactLogKind.UNMERGED, main, source_of(tx))
    source: MergeSource = source_of_merge(tx, None)
    payload: dict[str, Any] = {
        "mergeId": global_id(Merge, merge_id),
        "mainId": global_id(Customer, main.id),
        "memberIds": [global_id(Customer, member.id)],
        "source": source.value,
        "version": main.version + 1,
    }
    tx.record(EventType.CUSTOMER_UNMERGED, main.id, payload)
