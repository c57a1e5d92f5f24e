"""Refusals: the pairs of customers of which a person has said that they are two.

A dismissed suggestion says so, and so does a merge that was undone. Either is said of two customers
and holds for whoever they are part of now: where A and B were dismissed, nobody suggests the one
whom A was merged into and the one whom B was. Nothing of it is written anywhere else; it is derived
from the dismissed suggestions and from `merge_members`.
"""

from collections.abc import Iterable
from uuid import UUID

from services.transactions import Transaction

Pair = tuple[UUID, UUID]
"""The ids of two customers, the lower one first."""


def separated(first: str, second: str, workspace: str = "$1") -> str:
    """SQL for whether a merge of exactly these two customers was undone."""
    return f"""EXISTS (SELECT 1 FROM merge_members m
        WHERE m.workspace_id = {workspace} AND m.unmerged_at IS NOT NULL
            AND (m.customer_id = {first} AND m.main_id = {second}
                OR m.customer_id = {second} AND m.main_id = {first}))"""


def refused(first: str, second: str, workspace: str = "$1") -> str:
    """SQL for whether a person has refused two customers, or any two who are part of them."""
    return f"""EXISTS (SELECT 1 FROM customers one CROSS JOIN customers other
        WHERE one.workspace_id = {workspace} AND other.workspace_id = {workspace}
            AND (one.id = {first} OR one.merged_into_id = {first})
            AND (other.id = {second} OR other.merged_into_id = {second})
            AND (EXISTS (SELECT 1 FROM duplicate_suggestions d
                    WHERE d.workspace_id = {workspace} AND d.status = 'DISMISSED'
                        AND d.first_customer_id = least(one.id, other.id)
                        AND d.second_customer_id = greatest(one.id, other.id))
                OR {separated("one.id", "other.id", workspace)}))"""


REFUSED = f"""
    SELECT p.first, p.second FROM unnest($2::uuid[], $3::uuid[]) AS p(first, second)
    WHERE {refused("p.first", "p.second")}"""


async def refused_pairs(tx: Transaction, pairs: Iterable[Pair]) -> set[Pair]:
    """Which of these pairs a person has refused."""
    asked = list(pairs)
    rows = await tx.fetch(
        REFUSED, tx.workspace_id, [one for one, _ in asked], [other for _, other in asked]
    )
    return {(row["first"], row["second"]) for row in rows}
