"""Merging customers into a main one: in one transaction, and so that unmerging gives all back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from models import ContactLogKind, Customer, EventType, Merge, MergeMember, MergeSource
from models.base import new_id
from services.contact_logs import log_contact
from services.customer_additions import customer_now
from services.errors import Refusal, not_found
from services.idempotency import claim_key
from services.ids import global_id
from services.merged_values import MAIN_IDENTITY, UPDATED_AT, Layer, Stacks, read_stacks, value_of
from services.merging.derived import Cause, first_contact, write_families
from services.merging.moves import move_records
from services.merging.requests import (
    LOGGED,
    ConversationMerging,
    Merging,
    Participants,
    hold_participants,
    read_overrides,
    source_of_merge,
)
from services.merging.survivorship import FieldResult, has_value, profile_of, survivors
from services.standing import join_counts, leave_counts
from services.transactions import Transaction

CONVERSATION = """
    SELECT customer_id, origin_customer_id FROM conversations
    WHERE workspace_id = $1 AND id = $2"""
CARRY_ON = """
    UPDATE merge_members SET carried_on_at = $2
    WHERE workspace_id = $1 AND customer_id = ANY($3::uuid[])
        AND unmerged_at IS NULL AND carried_on_at IS NULL"""


@dataclass(frozen=True)
class MergedCustomers:
    """A merge that was done, and its main customer as they are now."""

    customer: Customer
    merge: Merge


@dataclass
class Work:
    """A merge that is being done."""

    merge: Merge
    participants: Participants
    stacks: dict[UUID, Stacks]
    parted: dict[UUID, dict[str, list[Layer]]] = field(default_factory=dict)
    """What lay on those who join before it was taken off, by customer and field."""
    given: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    """What each member has given, by field: for the record."""

    @property
    def main(self) -> Stacks:
        """The main customer's values."""
        return self.stacks[self.participants.main.id]

    def lay(self, giver_id: UUID, name: str, value: Any) -> None:
        """Put a value on the main customer, and note whose it is."""
        self.main.lay(self.merge.id, giver_id, name, value)
        if giver_id != self.participants.main.id:
            self.given.setdefault(giver_id, {})[name] = value


async def merge_customers(tx: Transaction, merging: Merging) -> MergedCustomers:
    """Merge members, and the members they have, into the customer that `main_id` stands for.

    - Their records, identities, groups and tags become the main customer's; of each row it stays
      known with whom it came in.
    - Fields are decided as `services.merging.survivorship` says. What the members give is kept as
      theirs (`services.merged_values`) until somebody edits it.
    - A main customer without a main identity gets the first that the members have.
    - Their ids answer with the main customer from now on. The merge is recorded, logged and told of
      in one CUSTOMER_MERGED event; events that it causes say so.
    - Repeated with its key, it answers with the first merge and changes nothing.

    It is one transaction, however many records move, and they move in pieces (`move_records`): only
    who wants these customers is held up meanwhile, and no statement is timed out. Raises a Refusal
    as `hold_participants` and `read_overrides` say, CONFLICT for a key that was used with another
    input; RetryTransaction where others have merged the same customers meanwhile: call it through
    `retrying`.
    """
    id = new_id()
    if merging.idempotency_key is not None:
        first = await claim_key(tx, "mergeCustomers", merging.idempotency_key, merging, id)
        if first is not None:
            return await _done_before(tx, first)
    participants = await hold_participants(tx, merging)
    overrides = await read_overrides(tx, merging.overrides, participants)
    work = await _begin(tx, id, merging, participants)
    results = decided(participants, work.stacks, merging, overrides)
    await leave_counts(tx, _all(participants))
    _take_apart(work)
    _give(tx, work, results)
    await _record(tx, work)
    await _move(tx, work)
    await _tell(tx, work)
    await _renew(tx, work)
    await join_counts(tx, _all(participants))
    return MergedCustomers(await customer_now(tx, participants.main.id), work.merge)


async def merge_conversation_customer(
    tx: Transaction, merging: ConversationMerging
) -> MergedCustomers:
    """Merge whom a conversation is with into the customer that `main_id` stands for.

    A merge like any other, with INBOX as its source; what `merge_customers` refuses of a member is
    refused at `conversationId`, and NOT_FOUND there for an unknown conversation. Where the
    conversation is the main customer's already it is INVALID, or CONFLICT where a merge has made it
    so.
    """
    rows = await tx.fetch(CONVERSATION, tx.workspace_id, merging.conversation_id)
    if not rows:
        raise not_found("conversation", "conversationId")
    member_id: UUID = rows[0]["customer_id"]
    if member_id != rows[0]["origin_customer_id"] and member_id == merging.main_id:
        member_id = rows[0]["origin_customer_id"]
    asked = Merging(
        main_id=merging.main_id,
        member_ids=[member_id],
        strategy=merging.strategy,
        overrides=merging.overrides,
        source=MergeSource.INBOX,
    )
    try:
        return await merge_customers(tx, asked)
    except Refusal as refusal:
        if refusal.field[:1] == ("memberIds",):
            refusal.field = ("conversationId",)
        raise


async def _done_before(tx: Transaction, merge_id: UUID) -> MergedCustomers:
    merge = await Merge.get(workspace_id=tx.workspace_id, id=merge_id, using_db=tx.connection)
    return MergedCustomers(await customer_now(tx, merge.main_id), merge)


async def _begin(tx: Transaction, id: UUID, merging: Merging, participants: Participants) -> Work:
    merge = Merge(
        id=id,
        workspace_id=tx.workspace_id,
        main_id=participants.main.id,
        source=source_of_merge(tx, merging.source),
        strategy=merging.strategy,
        overrides=[[one.field, str(one.from_customer_id)] for one in merging.overrides],
        values_before={},
        user_id=tx.actor.user_id if tx.actor else None,
        api_key_id=tx.actor.api_key_id if tx.actor else None,
        merged_at=tx.now,
    )
    return Work(merge, participants, await read_stacks(tx, _all(participants)))


def _all(participants: Participants) -> list[Customer]:
    return [participants.main, *participants.joining]


def decided(
    participants: Participants,
    stacks: Mapping[UUID, Stacks],
    merging: Merging,
    overrides: Mapping[str, UUID],
) -> list[FieldResult]:
    """What each field becomes, of the values as they stand: a preview asks here too."""
    ages = {one.id: one.updated_at for one in (*participants.standing, *participants.brought)}
    main, *others = (profile_of(stacks[one.id], ages) for one in _all(participants))
    return survivors(main, others, merging.strategy, overrides)


def _take_apart(work: Work) -> None:
    """Have those who join be what they are without the members that they bring along."""
    for one in work.participants.named:
        work.parted[one.id] = work.stacks[one.id].clear()


def _give(tx: Transaction, work: Work, results: list[FieldResult]) -> None:
    """Put the surviving values on the main customer, each as its giver's.

    The value of one who has members may be a member's: it is laid as that member's, on what would
    be there without them.
    """
    main = work.participants.main
    for one in results:
        if one.giver_id == main.id:
            continue
        work.merge.values_before[one.field] = value_of(main, one.field)
        lay_as_given(work, one.giver_id, one.field, chosen=one.chosen)
    if main.main_identity_id is None:
        _give_main_identity(work)
    for member in work.participants.joining:
        work.main.lay(work.merge.id, member.id, UPDATED_AT, tx.now.isoformat())


def lay_as_given(work: Work, giver_id: UUID, name: str, *, chosen: bool = False) -> None:
    """Lay what a giver has of themselves, then what their members had given them."""
    own = value_of(work.stacks[giver_id].customer, name)
    brought = work.parted.get(giver_id, {}).get(name, [])
    if has_value(own) or (chosen and not brought):
        work.lay(giver_id, name, own)
    for one in brought:
        work.lay(one.customer_id, name, one.value)


def _give_main_identity(work: Work) -> None:
    """Have the main customer be reached by what the first of the others is reached by."""
    for one in work.participants.joining:
        brought = work.parted.get(one.id, {}).get(MAIN_IDENTITY, [])
        if one.main_identity_id is not None or brought:
            lay_as_given(work, one.id, MAIN_IDENTITY)
            return


async def _move(tx: Transaction, work: Work) -> None:
    """Have all records of the members be the main customer's."""
    await move_records(tx, [one.id for one in work.participants.named], work.merge.main_id)


async def _renew(tx: Transaction, work: Work) -> None:
    """Bring the customers' rows after what has moved, write them, and tell of it."""
    participants = work.participants
    main = participants.main
    for one in participants.named:
        if one.member_count:
            one.first_contacted_at, one.own_first_contacted_at = one.own_first_contacted_at, None
        one.member_count, one.merged_into_id = 0, main.id
    for one in participants.brought:
        one.merged_into_id = main.id
    if not participants.standing:
        main.own_first_contacted_at = main.first_contacted_at
    members = [*participants.standing, *participants.joining]
    main.member_count = len(members)
    main.first_contacted_at = first_contact(main, members)
    await write_families(tx, work.stacks.values(), Cause("merge", global_id(Merge, work.merge.id)))


async def _record(tx: Transaction, work: Work) -> None:
    """Write the merge and its members; those who come along leave the merges that they were in."""
    merge = work.merge
    await merge.save(using_db=tx.connection, force_create=True)
    brought = [one.id for one in work.participants.brought]
    if brought:
        await tx.execute(CARRY_ON, tx.workspace_id, tx.now, brought)
    joining = work.participants.joining
    # In the order of the merge also where the clock gives several the same instant.
    ids = sorted(new_id() for _ in joining)
    members = [
        MergeMember(
            id=id,
            workspace_id=tx.workspace_id,
            merge_id=merge.id,
            main_id=merge.main_id,
            customer_id=one.id,
            values=work.given.get(one.id, {}),
            merged_at=tx.now,
            merged_by_id=merge.user_id,
        )
        for id, one in zip(ids, joining, strict=True)
    ]
    await MergeMember.bulk_create(members, using_db=tx.connection)


async def _tell(tx: Transaction, work: Work) -> None:
    """Log the merge, and record its event: before those of what it causes."""
    main, merge = work.participants.main, work.merge
    named = len(work.participants.named)
    await log_contact(tx, ContactLogKind.MERGED, main, LOGGED[merge.source], customers=named)
    tx.record(
        EventType.CUSTOMER_MERGED,
        main.id,
        {
            "mergeId": global_id(Merge, merge.id),
            "mainId": global_id(Customer, main.id),
            "memberIds": [global_id(Customer, one.id) for one in work.participants.joining],
            "source": merge.source.value,
            "fields": list(merge.values_before),
            "version": main.version + 1,
        },
    )
