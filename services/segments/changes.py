"""What changes move: whoever changes a customer says so here, and their segments are looked at.

Few customers are looked at in the transaction that changes them, at its end, so that a segment is
right as soon as the change is. Of many, a row each says in the same transaction that they are to be
looked at, and a job does (`services.segments.refreshing`). Only segments whose conditions look at
what has changed are asked; where there are none, it costs one look into an index.
"""

from collections import Counter
from collections.abc import Collection
from typing import Any
from uuid import UUID

from models import Segment
from models.base import new_id
from services.segments.criteria import Concern
from services.segments.membership import look_again, readable
from services.segments.reading import definitions
from services.transactions import Transaction

AT_ONCE = 200
"""So many customers are looked at in the transaction that changes them."""
NAME, LATER = "at first: segments", "at first: who waits"
"""Among what is written at a transaction's end, in the order of names: before counts of days and
sizes, whose rows are locked for all others, because looking takes longer than counting."""
CONCERNED = """
    SELECT * FROM segments WHERE workspace_id = $1 AND concerns && $2::text[] ORDER BY id"""
WAIT = """
    INSERT INTO segment_refreshes (workspace_id, id, customer_id, created_at)
    SELECT $1, w.id, w.customer_id, $2
    FROM unnest($3::uuid[], $4::uuid[]) AS w(id, customer_id)
    ON CONFLICT (workspace_id, id) DO NOTHING"""


def note_change(
    tx: Transaction, ids: Collection[UUID], *concerns: Concern, later: bool = False
) -> None:
    """Have the segments of customers looked at who change in this transaction.

    `concerns` says what of them changes; without it, it may be anything: they are new, deleted,
    restored, merged. `later` leaves it to the job, for batches that hold locks for a moment only.
    """
    changed = Counter((concern, id) for id in ids for concern in concerns or Concern)
    if not changed:
        return
    if later:
        tx.at_end(LATER, changed, leave_to_job)
    else:
        tx.at_end(NAME, changed, refresh_changed)


async def refresh_changed(tx: Transaction, changed: Counter[Any]) -> None:
    """Look at the segments of customers who have changed, or have the job do so."""
    segments = await _concerned(tx, changed)
    if not segments:
        return
    ids = {id for _, id in changed}
    if len(ids) > AT_ONCE:
        await wait(tx, ids)
        return
    await look_again(tx, readable(tx, segments, await definitions(tx)), ids)


async def leave_to_job(tx: Transaction, changed: Counter[Any]) -> None:
    """Have the job look at the segments of customers who have changed."""
    if await _concerned(tx, changed):
        await wait(tx, {id for _, id in changed})


async def wait(tx: Transaction, ids: Collection[UUID]) -> None:
    """Write down that customers are to be looked at."""
    asked = sorted(ids)
    await tx.execute(WAIT, tx.workspace_id, tx.now, [new_id() for _ in asked], asked)


async def _concerned(tx: Transaction, changed: Counter[Any]) -> list[Segment]:
    concerns = sorted({concern for concern, _ in changed})
    rows = await tx.fetch(CONCERNED, tx.workspace_id, concerns)
    return [Segment._init_from_db(**row) for row in rows]
