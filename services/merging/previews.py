"""Previews: what a merge would do, and what stands in its way. Nothing is held and nothing written.

What a preview says of fields is said by the rules that the merge itself goes by
(`services.merging.survivorship`): it agrees with the merge, where nobody changes the customers
between the two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from models import ChannelIdentity, Customer, User
from services.customers import WHERE_THEY_STAND
from services.errors import invalid, not_found
from services.ids import global_id
from services.merged_values import PROPERTY, read_stacks
from services.merging.families import MOST_MEMBERS, STANDING_ORDER, Families
from services.merging.merges import decided
from services.merging.requests import Merging, Participants, read_overrides, too_many
from services.merging.survivorship import FieldResult
from services.properties import list_properties
from services.transactions import Transaction

MOST_NAMED = 100
"""How many may be named in a preview: with more than 10 it says that they are too many."""

FAMILIES = """
    SELECT * FROM customers
    WHERE workspace_id = $1 AND (id = ANY($2::uuid[]) OR merged_into_id = ANY($2::uuid[]))"""
IDENTITIES = """
    SELECT * FROM channel_identities
    WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[]) ORDER BY connected_at, id"""
COUNTED = {
    "conversations": "count(*)",
    "customer_tickets": "count(DISTINCT ticket_id)",
    "customer_deals": "count(DISTINCT deal_id)",
    "customer_tasks": "count(DISTINCT task_id)",
    "customer_companies": "count(DISTINCT company_id)",
}
VISIBLE = """
    SELECT count(*) AS count FROM campaign_interactions
    WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[]) AND visible_until > $3"""

LABELS = {
    "fullName": "Full name",
    "owner": "Owner",
    "assignee": "Assignee",
    "source": "Source",
    "username": "Username",
    "phone": "Phone",
    "email": "E-mail",
    "status": "Status",
    "jobTitle": "Job title",
    "province": "Province",
    "regencyCity": "Regency or city",
    "district": "District",
    "subdistrict": "Subdistrict",
    "zipCode": "Postal code",
}
"""What the fields that a merge decides of are called."""
USERS = frozenset({"owner", "assignee"})


class MergeBlockerCode(StrEnum):
    """Why a merge is not possible. Codes are stable."""

    TOO_MANY_MEMBERS = "TOO_MANY_MEMBERS"
    SAME_CUSTOMER = "SAME_CUSTOMER"
    ALREADY_MERGED = "ALREADY_MERGED"
    NOT_FOUND = "NOT_FOUND"
    DELETED = "DELETED"
    ERASED = "ERASED"


@dataclass(frozen=True)
class MergeBlocker:
    """One thing that stands in a merge's way."""

    code: MergeBlockerCode
    message: str
    customer_id: UUID | None = None
    """Whom it is about, by the id that was named; for ALREADY_MERGED, whom they are part of."""


@dataclass(frozen=True)
class FieldPreview:
    """What becomes of one field of the main customer. Values are as the API writes them."""

    field: str
    label: str
    result: Any
    conflict: bool
    values: tuple[tuple[UUID, Any], ...]
    """The value of each who takes part, the main customer's first."""


@dataclass(frozen=True)
class Moves:
    """How many records would move, by kind."""

    chats: int
    tickets: int
    deals: int
    tasks: int
    campaigns: int
    companies: int


@dataclass(frozen=True)
class MergePreview:
    """What a merge would do with those of its members who can be merged."""

    blockers: list[MergeBlocker]
    main: Customer
    members: list[Customer]
    """Who would become members: those named, then the members that they bring along."""
    fields: list[FieldPreview]
    identities: list[ChannelIdentity]
    """All that the main customer would be reached by, the main one first."""
    moves: Moves
    member_count_after: int

    @property
    def allowed(self) -> bool:
        """Whether the merge could be done."""
        return not self.blockers


async def preview_merge(tx: Transaction, merging: Merging) -> MergePreview:
    """What `merge_customers` would do with the same input, at this instant.

    Members who stand in the way are told of in `blockers` and left out of the rest. Raises a
    Refusal: NOT_FOUND (mainId) for a main customer who is unknown or erased, INVALID for an empty
    list of members and for an override that `merge_customers` refuses, LIMIT_EXCEEDED (memberIds)
    for more than 100 of them.
    """
    ids = list(dict.fromkeys(merging.member_ids))
    if not ids:
        raise invalid("memberIds is empty: name who is to be merged.", "memberIds")
    if len(ids) > MOST_NAMED:
        raise too_many(len(ids))
    families = await read_families(tx, [merging.main_id, *ids])
    main = families.standing(merging.main_id)
    if main is None or main.erased_at is not None:
        raise not_found("customer", "mainId")
    blockers = [blocker_of_main(main)] if main.deleted_at is not None else []
    named = []
    for id in ids:
        blocker = blocker_of(families, id, main, merging)
        if blocker is None:
            named.append(families.rows[id])
        else:
            blockers.append(blocker)
    brought = [one for member in named for one in families.members(member.id)]
    participants = Participants(main, named, brought, families.members(main.id))
    count = len(participants.standing) + len(participants.joining)
    if count > MOST_MEMBERS:
        message = str(too_many(count)).removesuffix(" Nothing was moved.")
        blockers.append(MergeBlocker(MergeBlockerCode.TOO_MANY_MEMBERS, message))
    overrides = await read_overrides(tx, merging.overrides, participants)
    stacks = await read_stacks(tx, [main, *participants.joining])
    results = decided(participants, stacks, merging, overrides)
    return MergePreview(
        blockers=blockers,
        main=main,
        members=participants.joining,
        fields=await shown(tx, results),
        identities=await identities_after(tx, participants),
        moves=await count_moves(tx, [one.id for one in named]),
        member_count_after=count,
    )


async def read_families(tx: Transaction, ids: Sequence[UUID]) -> Families:
    """The customers of these ids, those that they stand for, and all members of those, not held."""
    known = await tx.fetch(WHERE_THEY_STAND, tx.workspace_id, list(ids))
    heads = sorted({id for row in known for id in (row["id"], row["main_id"])})
    rows = [
        Customer._init_from_db(**row) for row in await tx.fetch(FAMILIES, tx.workspace_id, heads)
    ]
    order = await tx.fetch(STANDING_ORDER, tx.workspace_id, heads)
    found = {row.id: row for row in rows}
    told = [row["customer_id"] for row in order if row["customer_id"] in found]
    return Families(found, told)


def blocker_of_main(main: Customer) -> MergeBlocker:
    """What stands in the way of merging into a deleted customer."""
    message = "The main customer is deleted; restoreCustomer brings them back."
    return MergeBlocker(MergeBlockerCode.DELETED, message, main.id)


def blocker_of(
    families: Families, id: UUID, main: Customer, merging: Merging
) -> MergeBlocker | None:
    """What stands in the way of merging the customer of this id; None where nothing does."""
    row, now = families.get(id), families.standing(id)
    if row is None or now is None:
        return MergeBlocker(MergeBlockerCode.NOT_FOUND, "No customer has this id.", id)
    if now.erased_at is not None:
        return MergeBlocker(MergeBlockerCode.ERASED, "This customer was erased.", id)
    if id in (merging.main_id, main.id):
        message = "A customer cannot be merged into themselves."
        return MergeBlocker(MergeBlockerCode.SAME_CUSTOMER, message, id)
    if now.id != row.id:
        message = (
            "This customer is merged into the main one already."
            if now.id == main.id
            else "This customer is merged into another one. Unmerge them first, or merge that one."
        )
        return MergeBlocker(MergeBlockerCode.ALREADY_MERGED, message, id)
    if now.deleted_at is not None:
        message = "This customer is deleted; restoreCustomer brings them back."
        return MergeBlocker(MergeBlockerCode.DELETED, message, id)
    return None


async def shown(tx: Transaction, results: Sequence[FieldResult]) -> list[FieldPreview]:
    """The results as people read them: custom properties that are in use, in their order."""
    custom = {
        PROPERTY + one.key: one
        for one in sorted(await list_properties(tx), key=lambda one: (one.position, one.id))
        if one.enabled and one.archived_at is None
    }
    by_name = {one.field: one for one in results}
    plain = [shown_field(by_name[name], label) for name, label in LABELS.items()]
    return plain + [
        shown_field(by_name[name], definition.label)
        for name, definition in custom.items()
        if name in by_name
    ]


def shown_field(result: FieldResult, label: str) -> FieldPreview:
    """One result in the API's spelling: users by their ids."""
    return FieldPreview(
        result.field,
        label,
        in_api(result.field, result.value),
        result.conflict,
        tuple((id, in_api(result.field, value)) for id, value in result.values),
    )


def in_api(name: str, value: Any) -> Any:
    """A kept value as the API writes it."""
    return global_id(User, UUID(value)) if name in USERS and value is not None else value


async def identities_after(tx: Transaction, participants: Participants) -> list[ChannelIdentity]:
    """The identities of all who take part, the one first that would be the main one."""
    everyone = [participants.main, *participants.joining]
    rows = await tx.fetch(IDENTITIES, tx.workspace_id, [one.id for one in everyone])
    main_id = next((one.main_identity_id for one in everyone if one.main_identity_id), None)
    found = [ChannelIdentity._init_from_db(**row) for row in rows]
    return sorted(found, key=lambda one: one.id != main_id)


async def count_moves(tx: Transaction, ids: Sequence[UUID]) -> Moves:
    """How many records the members have, of those that people are shown."""
    counts = {}
    for table, counted in COUNTED.items():
        rows = await tx.fetch(
            f"SELECT {counted} AS count FROM {table}"
            " WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[])",
            tx.workspace_id,
            list(ids),
        )
        counts[table] = int(rows[0]["count"])
    visible = await tx.fetch(VISIBLE, tx.workspace_id, list(ids), tx.now)
    return Moves(
        chats=counts["conversations"],
        tickets=counts["customer_tickets"],
        deals=counts["customer_deals"],
        tasks=counts["customer_tasks"],
        campaigns=int(visible[0]["count"]),
        companies=counts["customer_companies"],
    )
