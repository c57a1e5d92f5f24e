"""Groups and tags that a customer is in by hand, as whole sets."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from models import AudienceKind, Customer, Group, Tag
from models.base import WorkspaceModel, new_id
from services.audience_sizes import count_members
from services.ids import global_id
from services.segments.changes import note_change
from services.segments.criteria import Concern
from services.transactions import Transaction


@dataclass(frozen=True)
class Membership:
    """A table of memberships: of what, and in which column."""

    model: type[WorkspaceModel]
    table: str
    column: str
    concern: Concern
    """What segments call a change of it."""


GROUPS = Membership(Group, "customer_groups", "group_id", Concern.GROUPS)
TAGS = Membership(Tag, "customer_tags", "tag_id", Concern.TAGS)


@dataclass(frozen=True)
class SetChange:
    """A set of memberships before and after, as global ids in a stable order."""

    before: list[str]
    after: list[str]


async def replace_memberships(
    tx: Transaction, customer: Customer, membership: Membership, ids: Sequence[UUID]
) -> SetChange | None:
    """Have the customer be in exactly these groups (or tags); None where they were already.

    What a merged member brought along leaves with the rest: the set is the main customer's.
    """
    table, column = membership.table, membership.column
    rows = await tx.fetch(
        f"SELECT DISTINCT {column} AS id FROM {table} WHERE workspace_id = $1 AND customer_id = $2",
        tx.workspace_id,
        customer.id,
    )
    before, after = {row["id"] for row in rows}, set(ids)
    if before == after:
        return None
    note_change(tx, [customer.id], membership.concern)
    count_pairs(tx, membership, [(customer.id, id) for id in before - after], -1)
    if before - after:
        await tx.execute(
            f"DELETE FROM {table}"
            f" WHERE workspace_id = $1 AND customer_id = $2 AND {column} = ANY($3::uuid[])",
            tx.workspace_id,
            customer.id,
            list(before - after),
        )
    joined = [(customer.id, id) for id in sorted(after - before)]
    await insert_memberships(tx, membership, joined)
    return SetChange(_named(membership, before), _named(membership, after))


async def insert_memberships(
    tx: Transaction, membership: Membership, pairs: Sequence[tuple[UUID, UUID]]
) -> None:
    """Put customers into groups (or under tags), each pair a main customer and what they join.

    They are shown, and are not in yet, be it by a member of theirs.
    """
    if not pairs:
        return
    note_change(tx, {customer_id for customer_id, _ in pairs}, membership.concern)
    count_pairs(tx, membership, pairs)
    column = membership.column
    await tx.execute(
        f"INSERT INTO {membership.table} (workspace_id, id, customer_id, origin_customer_id,"
        f" {column}, added_by_id, created_at)"
        " SELECT $1, e.id, e.customer_id, e.customer_id, e.of_id, $2, $3"
        " FROM unnest($4::uuid[], $5::uuid[], $6::uuid[]) AS e(id, customer_id, of_id)"
        f" ON CONFLICT (workspace_id, {column}, origin_customer_id) DO NOTHING",
        tx.workspace_id,
        tx.actor.user_id if tx.actor else None,
        tx.now,
        [new_id() for _ in pairs],
        [customer_id for customer_id, _ in pairs],
        [of_id for _, of_id in pairs],
    )


def count_pairs(
    tx: Transaction, membership: Membership, pairs: Sequence[tuple[UUID, UUID]], sign: int = 1
) -> None:
    """Count who joins groups (or leaves them, -1), each pair a main customer and what they join."""
    if membership is GROUPS:
        count_members(tx, AudienceKind.GROUP, [of_id for _, of_id in {*pairs}], sign)


def _named(membership: Membership, ids: set[UUID]) -> list[str]:
    return [global_id(membership.model, id) for id in sorted(ids)]
