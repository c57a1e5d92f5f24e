"""Putting many customers into a group or under a tag at once, or taking them out."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tortoise.fields.data import JSON_DUMPS

from models import EventType
from models.base import new_id
from services.customer_updates import source_of
from services.ids import global_id
from services.memberships import Membership, count_pairs, insert_memberships
from services.merged_values import keep_edited
from services.segments.changes import note_change
from services.segments.criteria import Concern
from services.transactions import Transaction

NAMES = {"customer_groups": "groupIds", "customer_tags": "tagIds"}
"""How the history calls a membership."""
NOTE = """
    UPDATE customers SET version = version + 1, updated_at = $3
    WHERE workspace_id = $1 AND id = ANY($2::uuid[])
    RETURNING id, version"""
KEEP_CHANGES = """
    INSERT INTO profile_changes (workspace_id, id, customer_id, origin_customer_id, changes,
        source, user_id, api_key_id, changed_at)
    SELECT $1, h.id, h.customer_id, h.customer_id, h.changes::jsonb, $2, $3, $4, $5
    FROM unnest($6::uuid[], $7::uuid[], $8::text[]) AS h(id, customer_id, changes)
    ON CONFLICT (workspace_id, id) DO NOTHING"""


async def change_membership(
    tx: Transaction, membership: Membership, of_id: UUID, ids: Sequence[UUID], *, member: bool
) -> int:
    """Have the customers of `ids` be in the group (or under the tag) `of_id`, or not; how many it
    changed.

    They are main customers whom the transaction holds for changing. Who is in already stays as they
    are; a row that a merged member brought along counts, and leaves with the rest. Each change is
    in the customer's history, moves their version and records CUSTOMER_UPDATED.
    """
    before = await _sets(tx, membership, ids)
    changed = [id for id in ids if (of_id in before[id]) != member]
    if not changed:
        return 0
    note_change(tx, changed, membership.concern, Concern.PROFILE)
    if member:
        await insert_memberships(tx, membership, [(id, of_id) for id in changed])
    else:
        count_pairs(tx, membership, [(id, of_id) for id in changed], -1)
        await _delete(tx, membership, of_id, changed)
    await _note(tx, membership, of_id, changed, before)
    return len(changed)


async def _sets(
    tx: Transaction, membership: Membership, ids: Sequence[UUID]
) -> defaultdict[UUID, set[UUID]]:
    rows = await tx.fetch(
        f"SELECT DISTINCT customer_id, {membership.column} AS of_id FROM {membership.table}"
        " WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[])",
        tx.workspace_id,
        list(ids),
    )
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for row in rows:
        found[row["customer_id"]].add(row["of_id"])
    return found


async def _delete(
    tx: Transaction, membership: Membership, of_id: UUID, ids: Sequence[UUID]
) -> None:
    await tx.execute(
        f"DELETE FROM {membership.table} WHERE workspace_id = $1"
        f" AND {membership.column} = $2 AND customer_id = ANY($3::uuid[])",
        tx.workspace_id,
        of_id,
        list(ids),
    )


async def _note(
    tx: Transaction,
    membership: Membership,
    of_id: UUID,
    changed: Sequence[UUID],
    before: dict[UUID, set[UUID]],
) -> None:
    """The history, the version and the event of each customer who changed."""
    name = NAMES[membership.table]

    def named(found: set[UUID]) -> list[str]:
        return [global_id(membership.model, id) for id in sorted(found)]

    changes: list[str] = []
    for id in changed:
        old = before[id]
        change: dict[str, Any] = {"field": name, "old": named(old), "new": named(old ^ {of_id})}
        changes.append(JSON_DUMPS([change]))
    await tx.execute(
        KEEP_CHANGES,
        tx.workspace_id,
        source_of(tx).value,
        tx.actor.user_id if tx.actor else None,
        tx.actor.api_key_id if tx.actor else None,
        tx.now,
        [new_id() for _ in changed],
        list(changed),
        changes,
    )
    await keep_edited(tx, dict.fromkeys(changed, ()))
    for row in await tx.fetch(NOTE, tx.workspace_id, list(changed), tx.now):
        payload = {"fields": [name], "version": row["version"]}
        tx.record(EventType.CUSTOMER_UPDATED, row["id"], payload)
