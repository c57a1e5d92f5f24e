"""The reckoning: what PostgreSQL holds, what callers were told, and what a partner heard."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from bench.outboxes.callers import Callers
from bench.outboxes.receivers import Receiver
from bench.outboxes.subscribers import Subscriber
from models import Event, Merge
from services.ids import global_id

EVENTS = """
    SELECT id, seq, payload ->> 'mergeId' AS merge_id FROM events
    WHERE workspace_id = $1 AND type = 'CUSTOMER_MERGED' ORDER BY seq"""
GAPS = "SELECT max(seq) - count(*) AS gaps FROM events WHERE workspace_id = $1"
MERGES = "SELECT id, main_id FROM merges WHERE workspace_id = $1"
MEMBERS = """
    SELECT c.id, c.merged_into_id, m.main_id, m.merge_id FROM merge_members m
    JOIN customers c ON c.workspace_id = $1 AND c.id = m.customer_id
    WHERE m.workspace_id = $1 AND m.unmerged_at IS NULL"""


@dataclass(frozen=True)
class Line:
    """One thing that was promised: how often it is wrong."""

    promise: str
    wrong: int


async def reckon(
    connection: asyncpg.Connection,
    workspace_id: UUID,
    callers: Callers,
    receiver: Receiver,
    subscriber: Subscriber,
) -> list[Line]:
    """Each promise, with the number of cases in which it was not kept."""
    events = await connection.fetch(EVENTS, workspace_id)
    merges = {row["id"]: row["main_id"] for row in await connection.fetch(MERGES, workspace_id)}
    members = {row["id"]: row for row in await connection.fetch(MEMBERS, workspace_id)}
    gaps = await connection.fetchval(GAPS, workspace_id)
    told = {main: merge for (main, _), merge in callers.merged.items()}
    written = [row["merge_id"] for row in events]
    ids = {global_id(Event, row["id"]) for row in events}
    heard = [cursor for cursor, _ in subscriber.heard]
    wrong_members = sum(
        member not in members
        or members[member]["merged_into_id"] != main
        or members[member]["main_id"] != main
        for main, member in callers.pairs
    )
    return [
        Line("every merge was answered", len(callers.pairs) - len(callers.merged)),
        Line("each merge was done once", abs(len(merges) - len(callers.pairs)) + wrong_members),
        Line(
            "callers were told the merge that was done",
            sum(told.get(main) != global_id(Merge, id) for id, main in merges.items()),
        ),
        Line("each merge has its event", len(set(told.values()) - set(written))),
        Line("no merge has two events", len(written) - len(set(written))),
        Line("events are numbered without a gap", gaps or 0),
        Line("the receiver got every event", len(ids - set(receiver.arrived))),
        Line("the receiver got no event that is not in the log", len(set(receiver.arrived) - ids)),
        Line("an event that came twice had one id", receiver.under_two_ids),
        Line("every signature was right", receiver.forged),
        Line("the subscriber got every event", len(set(written) - subscriber.merges)),
        Line("the subscriber got none twice", len(heard) - len(set(heard))),
        Line("the subscriber got them in the order of the log", subscriber.out_of_order(written)),
    ]
