"""Who is in a segment: looked at again for some customers, or found out of all."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from tortoise.fields.data import JSON_LOADS

from models import AudienceKind, EventType, PropertyDefinition, Segment
from models.base import new_id
from services.audience_sizes import count_members
from services.ids import global_id
from services.segments.compiling import all_who_meet, who_of
from services.segments.criteria import Criteria
from services.segments.reading import kept_criteria
from services.transactions import Transaction

TOGETHER = 20
"""How many segments one statement looks at: it has their conditions one by one."""
HOLD = """
    SELECT id, deleted_at IS NULL AND merged_into_id IS NULL AS shown
    FROM customers WHERE workspace_id = $1 AND id = ANY($2::uuid[])
    ORDER BY id FOR NO KEY UPDATE"""
MEMBERS = """
    SELECT customer_id, segment_id FROM customer_segments
    WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[]) AND segment_id = ANY($3::uuid[])"""
ENTER = """
    INSERT INTO customer_segments (workspace_id, id, customer_id, segment_id, entered_at)
    SELECT $1, e.id, e.customer_id, e.segment_id, $2
    FROM unnest($3::uuid[], $4::uuid[], $5::uuid[]) AS e(id, customer_id, segment_id)
    ON CONFLICT (workspace_id, segment_id, customer_id) DO NOTHING"""
LEAVE = """
    DELETE FROM customer_segments
    USING unnest($2::uuid[], $3::uuid[]) AS gone(customer_id, segment_id)
    WHERE customer_segments.workspace_id = $1
        AND customer_segments.customer_id = gone.customer_id
        AND customer_segments.segment_id = gone.segment_id"""
# The order of ids is that of all who do this, so that none waits for another in a circle.
TOUCH = """
    UPDATE segments SET refreshed_at = $3::timestamptz
    WHERE workspace_id = $1 AND refreshed_at < $3::timestamptz AND id IN (
        SELECT id FROM segments WHERE workspace_id = $1 AND id = ANY($2::uuid[])
        ORDER BY id FOR NO KEY UPDATE)"""

GENEROUS = """
    SELECT set_config('work_mem', '64MB', true), set_config('hash_mem_multiplier', '8', true),
        set_config('plan_cache_mode', 'force_custom_plan', true)"""

Pair = tuple[UUID, UUID]
"""A customer and a segment."""


def readable(
    tx: Transaction, segments: Sequence[Segment], known: Mapping[str, PropertyDefinition]
) -> list[tuple[Segment, Criteria]]:
    """The segments with their criteria as trees. One whose criteria cannot be read any more keeps
    whom it has, until somebody mends it."""
    found = []
    for segment in segments:
        kept = segment.criteria
        criteria = kept_criteria(tx, JSON_LOADS(kept) if isinstance(kept, str) else kept, known)
        if criteria is not None:
            found.append((segment, criteria))
    return found


async def look_again(
    tx: Transaction, segments: Sequence[tuple[Segment, Criteria]], ids: Collection[UUID]
) -> int:
    """Have customers be in those of the segments whose criteria they meet, and in no other of
    them; how many entered or left one, each with its event.

    The customers are held first, so that of two transactions that change one of them the second
    looks at what the first has done.
    """
    if not segments or not ids:
        return 0
    asked = sorted(ids)
    held = await tx.fetch(HOLD, tx.workspace_id, asked)
    shown = {row["id"] for row in held if row["shown"]}
    entered: list[Pair] = []
    left: list[Pair] = []
    for first in range(0, len(segments), TOGETHER):
        some = segments[first : first + TOGETHER]
        meets = await _who_meets(tx, some, asked)
        members = await _members(tx, [one.id for one, _ in some], asked)
        entered += sorted(meets - members)
        left += sorted(members - meets)
    await _move(tx, entered, left)
    # Who is shown no more was taken off as they went (`services.standing`).
    count_members(tx, AudienceKind.SEGMENT, [segment for _, segment in entered])
    gone = [segment for customer, segment in left if customer in shown]
    count_members(tx, AudienceKind.SEGMENT, gone, -1)
    changed = sorted({segment_id for _, segment_id in (*entered, *left)})
    if changed:
        await tx.execute(TOUCH, tx.workspace_id, changed, tx.now)
    return len(entered) + len(left)


async def _who_meets(
    tx: Transaction, segments: Sequence[tuple[Segment, Criteria]], ids: list[UUID]
) -> set[Pair]:
    compiled = who_of(tx, [criteria for _, criteria in segments], ids)
    rows = await tx.fetch(compiled.sql, *compiled.values)
    return {(row["id"], segments[place - 1][0].id) for row in rows for place in row["met"]}


async def _members(tx: Transaction, segment_ids: list[UUID], ids: list[UUID]) -> set[Pair]:
    rows = await tx.fetch(MEMBERS, tx.workspace_id, ids, segment_ids)
    return {(row["customer_id"], row["segment_id"]) for row in rows}


async def _move(tx: Transaction, entered: Sequence[Pair], left: Sequence[Pair]) -> None:
    if left:
        await tx.execute(LEAVE, tx.workspace_id, *_columns(left))
    if entered:
        ids = [new_id() for _ in entered]
        await tx.execute(ENTER, tx.workspace_id, tx.now, ids, *_columns(entered))
    for type, pairs in ((EventType.SEGMENT_LEFT, left), (EventType.SEGMENT_ENTERED, entered)):
        for customer_id, segment_id in pairs:
            tx.record(type, customer_id, {"segmentId": global_id(Segment, segment_id)})


def _columns(pairs: Sequence[Pair]) -> list[list[UUID]]:
    return [list(column) for column in zip(*pairs, strict=True)]


async def who_differs(
    tx: Transaction, segment: Segment, criteria: Criteria, limit: int
) -> list[UUID]:
    """Up to `limit` customers who meet a segment's criteria and are not in it, or the other way
    round: one statement over all customers."""
    sql, parameters = all_who_meet(tx, criteria)
    id = parameters.bind(segment.id, "uuid")
    most = parameters.bind(limit, "int")
    await generous(tx)
    rows = await tx.fetch(
        f"SELECT coalesce(met.id, kept.customer_id) AS id FROM ({sql}) met FULL JOIN ("
        "SELECT s.customer_id FROM customer_segments s "
        f"WHERE s.workspace_id = $1 AND s.segment_id = {id}) kept ON kept.customer_id = met.id "
        f"WHERE met.id IS NULL OR kept.customer_id IS NULL LIMIT {most}",
        *parameters.values,
    )
    return [row["id"] for row in rows]


async def generous(tx: Transaction) -> None:
    """Have what follows in the transaction be planned for its very values, and hash in memory.

    Ids that do not fit into memory would be searched one after another, for each customer; 512 MB
    hold some ten million.
    """
    await tx.fetch(GENEROUS)


async def preview(tx: Transaction, criteria: Criteria, sample: int) -> tuple[int, list[UUID]]:
    """How many customers meet criteria now, and the ids of those last updated among them."""
    sql, parameters = all_who_meet(tx, criteria)
    most = parameters.bind(sample, "int")
    await generous(tx)
    [row] = await tx.fetch(
        f"WITH met AS MATERIALIZED ({sql}) SELECT (SELECT count(*) FROM met) AS count, "
        f"ARRAY(SELECT id FROM met ORDER BY updated_at DESC, id DESC LIMIT {most}) AS sample",
        *parameters.values,
    )
    return int(row["count"]), list(row["sample"])
