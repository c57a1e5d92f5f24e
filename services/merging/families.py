"""Families: the customers that a merge is about, held together with all their members."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from models import Customer
from services.customers import WHERE_THEY_STAND
from services.transactions import RetryTransaction, Transaction

MOST_MEMBERS = 10
"""How many customers may be merged into one: Qiscus's limit, and ours."""

HOLD_FAMILIES = """
    SELECT * FROM customers
    WHERE workspace_id = $1 AND (id = ANY($2::uuid[]) OR merged_into_id = ANY($2::uuid[]))
    ORDER BY id FOR NO KEY UPDATE"""
STANDING_ORDER = """
    SELECT customer_id FROM merge_members
    WHERE workspace_id = $1 AND main_id = ANY($2::uuid[])
        AND unmerged_at IS NULL AND carried_on_at IS NULL
    ORDER BY merged_at, id"""
MEMBERS = """
    SELECT id FROM customers WHERE workspace_id = $1 AND merged_into_id = ANY($2::uuid[])"""


@dataclass
class Families:
    """Customers whom the transaction holds for changing, with their main customers and members."""

    rows: dict[UUID, Customer]
    order: list[UUID] = field(default_factory=list)
    """The members, the oldest merge first."""

    def get(self, id: UUID) -> Customer | None:
        """The very row of an id, a member's own; None where there is none."""
        return self.rows.get(id)

    def standing(self, id: UUID) -> Customer | None:
        """The row that an id stands for: the main customer's where it was merged away."""
        row = self.rows.get(id)
        return self.rows[row.merged_into_id] if row and row.merged_into_id else row

    def members(self, main_id: UUID) -> list[Customer]:
        """The members of a main customer, the oldest merge first."""
        return [self.rows[id] for id in self.order if self.rows[id].merged_into_id == main_id]


async def hold_families(tx: Transaction, ids: Iterable[UUID]) -> Families:
    """Hold the customers of these ids, those that they stand for, and all members of those.

    Rows are locked in the order of ids, as everywhere, and by one statement, so that merges of the
    same customers come one after another. Unknown ids are left out. Raises RetryTransaction where
    others have merged or unmerged some of them before they were held.
    """
    asked = list(ids)
    known = {
        row["id"]: row["main_id"]
        for row in await tx.fetch(WHERE_THEY_STAND, tx.workspace_id, asked)
    }
    heads = sorted({*known, *known.values()})
    locked = await tx.fetch(HOLD_FAMILIES, tx.workspace_id, heads)
    rows = {row["id"]: Customer._init_from_db(**row) for row in locked}
    if any(id not in rows or (rows[id].merged_into_id or id) != known[id] for id in known):
        raise RetryTransaction
    mains = sorted(set(known.values()))
    members = {row["id"] for row in await tx.fetch(MEMBERS, tx.workspace_id, mains)}
    if not members <= rows.keys():
        raise RetryTransaction
    return Families(rows, await _in_order(tx, mains, members))


async def _in_order(tx: Transaction, mains: Sequence[UUID], members: set[UUID]) -> list[UUID]:
    """The members by the time of their merge."""
    if not members:
        return []
    told = [row["customer_id"] for row in await tx.fetch(STANDING_ORDER, tx.workspace_id, mains)]
    return [*(id for id in told if id in members), *sorted(members - set(told))]
