"""What a merge is asked to do, held to the rules before anything moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from models import Customer, LogSource, MergeSource, SurvivorshipStrategy
from services.customers import refuse_dead
from services.errors import ErrorCode, Refusal, invalid, not_found
from services.merged_values import FIELDS, PROPERTY
from services.merging.families import MOST_MEMBERS, Families, hold_families
from services.transactions import Transaction

OTHER_NAMES = {"ownerId": "owner", "assigneeId": "assignee", "channel": "source"}
"""Inputs of customers call some fields otherwise; overrides take both names."""
LOGGED = {
    MergeSource.CUSTOMER_PAGE: LogSource.USER,
    MergeSource.INBOX: LogSource.INBOX,
    MergeSource.SUGGESTION: LogSource.SUGGESTION,
    MergeSource.API: LogSource.API,
    MergeSource.IMPORT: LogSource.IMPORT,
}
"""What the contact log calls the source of a merge."""
KEYS = "SELECT key FROM property_definitions WHERE workspace_id = $1 AND key = ANY($2::text[])"


@dataclass(frozen=True)
class FieldChoice:
    """Whose value a field takes, whatever the strategy says."""

    field: str
    from_customer_id: UUID


@dataclass(frozen=True, kw_only=True)
class Merging:
    """A merge that is asked for. Without a source it is the customer page's, or the API's for a
    key."""

    main_id: UUID
    member_ids: Sequence[UUID]
    strategy: SurvivorshipStrategy = SurvivorshipStrategy.FILL_GAPS
    overrides: Sequence[FieldChoice] = ()
    source: MergeSource | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class ConversationMerging:
    """A merge that is asked for in the inbox: of the customer of a conversation."""

    conversation_id: UUID
    main_id: UUID
    strategy: SurvivorshipStrategy = SurvivorshipStrategy.FILL_GAPS
    overrides: Sequence[FieldChoice] = ()


@dataclass
class Participants:
    """Who takes part in a merge, held by the transaction."""

    main: Customer
    named: list[Customer]
    """The members, in the order in which they were named."""
    brought: list[Customer]
    """The members that they bring along, in the same order."""
    standing: list[Customer] = field(default_factory=list)
    """Who is merged into the main customer already."""

    @property
    def joining(self) -> list[Customer]:
        """All who become members, in the order of survivorship."""
        return [*self.named, *self.brought]


async def hold_participants(tx: Transaction, merging: Merging) -> Participants:
    """Hold those who take part in a merge, with all their members, and refuse what may not be.

    Raises a Refusal: INVALID (memberIds) where nobody is named or somebody is to be merged into
    themselves; NOT_FOUND at `mainId` or the member's place for one who is unknown or deleted;
    CONFLICT that names where for a member who is merged already; LIMIT_EXCEEDED (memberIds) where
    the main customer would have more than 10 members.
    """
    ids = list(dict.fromkeys(merging.member_ids))
    if not ids:
        raise invalid("memberIds is empty: name who is to be merged.", "memberIds")
    if len(ids) > MOST_MEMBERS:
        raise too_many(len(ids))
    families = await hold_families(tx, [merging.main_id, *ids])
    main = families.standing(merging.main_id)
    refuse_dead(main, "mainId")
    assert main is not None
    named = [
        checked_member(families, id, main, merging, str(merging.member_ids.index(id))) for id in ids
    ]
    brought = [one for member in named for one in families.members(member.id)]
    standing = families.members(main.id)
    if len(standing) + len(named) + len(brought) > MOST_MEMBERS:
        raise too_many(len(standing) + len(named) + len(brought))
    return Participants(main, named, brought, standing)


def checked_member(
    families: Families, id: UUID, main: Customer, merging: Merging, place: str
) -> Customer:
    """The row of one who is to be merged into `main`; a Refusal where they may not be."""
    path = ("memberIds", place)
    member, now = families.get(id), families.standing(id)
    if member is None or now is None or now.erased_at is not None:
        raise not_found("customer", *path)
    if id == merging.main_id:
        raise invalid("A customer cannot be merged into themselves.", *path)
    if now.id == main.id:
        what = (
            "mainId is merged into this customer already."
            if member.id == main.id
            else "This customer is merged into the main one already."
        )
        raise Refusal(ErrorCode.CONFLICT, what, path, (Customer, main.id))
    refuse_dead(now, *path)
    if now.id != member.id:
        raise Refusal(
            ErrorCode.CONFLICT,
            "This customer is merged into another one. Unmerge them first, or merge that one.",
            path,
            (Customer, now.id),
        )
    return member


def too_many(count: int) -> Refusal:
    """The refusal of a main customer with more members than are allowed."""
    return Refusal(
        ErrorCode.LIMIT_EXCEEDED,
        f"A customer has at most {MOST_MEMBERS} members, those of members included, and this one "
        f"would have {count}. Nothing was moved.",
        ("memberIds",),
    )


async def read_overrides(
    tx: Transaction, choices: Sequence[FieldChoice], participants: Participants
) -> Mapping[str, UUID]:
    """Whose value each chosen field takes, by the field's name on the API's Customer.

    Raises a Refusal (INVALID) at the choice's place for a field that no merge decides of, one that
    is chosen twice, and a customer who takes no part in the merge.
    """
    part = {participants.main.id, *(one.id for one in participants.joining)}
    custom = [one.field.removeprefix(PROPERTY) for one in choices if one.field.startswith(PROPERTY)]
    rows = await tx.fetch(KEYS, tx.workspace_id, custom) if custom else []
    known = {*FIELDS, *(PROPERTY + row["key"] for row in rows)}
    found: dict[str, UUID] = {}
    for index, choice in enumerate(choices):
        path = ("overrides", str(index))
        name = OTHER_NAMES.get(choice.field, choice.field)
        if name not in known:
            raise invalid(f"No merge decides of a field “{choice.field[:80]}”.", *path, "field")
        if name in found:
            raise invalid(f"The field {name} is chosen twice.", *path, "field")
        if choice.from_customer_id not in part:
            raise invalid("This customer takes no part in the merge.", *path, "fromCustomerId")
        found[name] = choice.from_customer_id
    return found


def source_of_merge(tx: Transaction, source: MergeSource | None) -> MergeSource:
    """Where a merge was asked for, where it does not say: by a key, or on the customer's page."""
    if source is not None:
        return source
    by_key = tx.actor is not None and tx.actor.api_key_id is not None
    return MergeSource.API if by_key else MergeSource.CUSTOMER_PAGE
