"""How many customers each group and segment has, kept: what the largest ones are found by.

Counting a group of a million members takes a second. So each change adds to the number in
`audience_sizes`, in its own transaction, at its end. Only shown customers count, and each once,
however many members of theirs came in with the same group.

A customer whose row in `customer_groups` or `customer_segments` comes or goes is counted by who
writes it; one who is deleted, restored, merged or parted by `services.standing`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from models import AudienceKind
from models.base import new_id
from services.transactions import Transaction

NAME = "sizes"
"""Among what is written at a transaction's end: behind the segments that customers enter there."""
OF_CUSTOMERS = """
    SELECT 'GROUP' AS kind, a.group_id AS id, count(DISTINCT a.customer_id) AS customers
    FROM customer_groups a WHERE a.workspace_id = $1 AND a.customer_id = ANY($2::uuid[])
    GROUP BY a.group_id
    UNION ALL
    SELECT 'SEGMENT', a.segment_id, count(DISTINCT a.customer_id)
    FROM customer_segments a WHERE a.workspace_id = $1 AND a.customer_id = ANY($2::uuid[])
    GROUP BY a.segment_id"""
ADD = """
    INSERT INTO audience_sizes (workspace_id, id, kind, audience_id, customers)
    SELECT $1, s.id, s.kind, s.audience_id, s.customers
    FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::bigint[])
        AS s(id, kind, audience_id, customers)
    ON CONFLICT (workspace_id, kind, audience_id) DO UPDATE SET
        customers = audience_sizes.customers + excluded.customers"""
FORGET = """
    DELETE FROM audience_sizes WHERE workspace_id = $1 AND kind = $2 AND audience_id = $3"""


class Audience(NamedTuple):
    """A group or a segment."""

    kind: str
    id: UUID


async def count_audiences(tx: Transaction, customer_ids: Sequence[UUID], sign: int) -> None:
    """Add (1) or take off (-1) these shown customers, in all groups and segments that they are in
    at this point of the transaction."""
    if not customer_ids:
        return
    rows = await tx.fetch(OF_CUSTOMERS, tx.workspace_id, list(customer_ids))
    mend_sizes(tx, {Audience(row["kind"], row["id"]): sign * row["customers"] for row in rows})


def count_members(tx: Transaction, kind: AudienceKind, ids: Iterable[UUID], sign: int = 1) -> None:
    """Count a customer more (or fewer) in each of these groups or segments; an id comes once for
    each customer. Nobody counts who is not shown, or is in already."""
    counts = Counter(Audience(kind.value, id) for id in ids)
    mend_sizes(tx, {audience: sign * number for audience, number in counts.items()})


def mend_sizes(tx: Transaction, changes: Mapping[Audience, int]) -> None:
    """Have sizes change by so much; written at the transaction's end."""
    tx.at_end(NAME, Counter(changes), write_sizes)


async def forget_size(tx: Transaction, kind: AudienceKind, id: UUID) -> None:
    """Keep no number of a group or segment that is deleted."""
    await tx.execute(FORGET, tx.workspace_id, kind.value, id)


async def write_sizes(tx: Transaction, counts: Counter[Any]) -> None:
    """Add to the sizes, always in the same order, so that no two wait for each other."""
    changed = sorted(audience for audience, number in counts.items() if number)
    if not changed:
        return
    await tx.execute(
        ADD,
        tx.workspace_id,
        [new_id() for _ in changed],
        [audience.kind for audience in changed],
        [audience.id for audience in changed],
        [counts[audience] for audience in changed],
    )
