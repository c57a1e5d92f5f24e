"""Saving and deleting segments."""

from typing import Any
from uuid import UUID

from tortoise.fields.data import JSON_LOADS

from models import AudienceKind, Segment
from services.audience_sizes import forget_size
from services.errors import ErrorCode, Refusal
from services.named_sets import NamedSet, delete_named, save_named
from services.rows import update_row
from services.segments.criteria import concerns_of, mentions_of
from services.segments.reading import read_criteria
from services.segments.refreshing import fill
from services.transactions import Transaction

SEGMENT = NamedSet(Segment, "segment", "customer_segments", "segment_id", longest=200)
MOST_SEGMENTS = 500
CRITERIA = "SELECT criteria::text FROM segments WHERE workspace_id = $1 AND id = $2"
COUNT = "SELECT count(*) AS count FROM segments WHERE workspace_id = $1"


async def save_segment(tx: Transaction, id: UUID | None, name: str, criteria: Any) -> Segment:
    """Make a segment, or change the one with `id`; who meets the criteria is in it then.

    The criteria are JSON as the API takes it, and kept as they were given. In a workspace of more
    than 5,000 customers a job fills it; `refreshed_at` says as of when it is right. Raises a
    Refusal: INVALID and NOT_FOUND at a path in `criteria` (see `read_criteria`), INVALID (name),
    DUPLICATE (name) where another segment has it, NOT_FOUND (id), LIMIT_EXCEEDED beyond 500.
    """
    tree = await read_criteria(tx, criteria)
    if id is None and (await tx.fetch(COUNT, tx.workspace_id))[0]["count"] >= MOST_SEGMENTS:
        wanted = f"A workspace has at most {MOST_SEGMENTS} segments. Delete one first."
        raise Refusal(ErrorCode.LIMIT_EXCEEDED, wanted)
    if id is not None and await _has(tx, id, criteria):
        return await save_named(tx, SEGMENT, id, name, {})  # type: ignore[no-any-return]
    values = {
        "criteria": criteria,
        "concerns": concerns_of(tree),
        "mentions": mentions_of(tree),
        "lease_until": None,
        "refreshed_at": None,
    }
    segment: Segment = await save_named(tx, SEGMENT, id, name, values)
    await fill(tx, segment, tree)
    await update_row(tx, segment, ["refreshed_at", "next_refresh_at"])
    return segment


async def _has(tx: Transaction, id: UUID, criteria: Any) -> bool:
    """Whether a segment has these criteria already: then only its name is new."""
    rows = await tx.fetch(CRITERIA, tx.workspace_id, id)
    return bool(rows) and JSON_LOADS(rows[0]["criteria"]) == criteria


async def delete_segment(tx: Transaction, id: UUID) -> None:
    """Delete a segment; its customers stay. Raises a Refusal (NOT_FOUND) at `id`."""
    await delete_named(tx, SEGMENT, id)
    await forget_size(tx, AudienceKind.SEGMENT, id)
