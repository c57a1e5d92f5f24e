"""The job that keeps a workspace's duplicate suggestions: killed at any point, it goes on.

A change of a customer writes nothing for it: each change writes its event in its own transaction
anyway, numbered in the order of commits. The job reads the log from where it was (`events_seen`)
and compares the customers named there with all others. What is known of how often values are met is
counted again once the workspace has doubled, or other properties are compared; then everybody is
compared with everybody, in one pass by ids.
"""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise.fields.data import JSON_DUMPS, JSON_LOADS

from models import EventType, JobKind
from models.base import new_id
from services.batches import Clock, Proceed
from services.duplicates.comparing import Comparer, Prepared
from services.duplicates.fields import Field
from services.duplicates.profiles import Profile
from services.duplicates.rarity import Rarity, count_rarity, rarity_from
from services.duplicates.reading import (
    compared_fields,
    count_customers,
    read_profiles,
    sampled_ids,
)
from services.job_runs import LeaseLost, Run, claim_run, finish_run, keep_run, release_run
from services.transactions import Transaction, workspace_transaction

BATCH = 500
"""Customers who are compared in one transaction."""
PAGE = 2_000
"""Events, and sampled customers, in one statement."""
FEW = 500
"""So many customers may be added, to however few, before the rarity of values is counted again."""
FIRST = UUID(int=0)
CHANGING = (
    EventType.CUSTOMER_ADDED,
    EventType.CUSTOMER_UPDATED,
    EventType.CUSTOMER_DELETED,
    EventType.CUSTOMER_RESTORED,
    EventType.CUSTOMER_ERASED,
    EventType.CUSTOMER_MERGED,
    EventType.CUSTOMER_UNMERGED,
    EventType.IDENTITY_CONNECTED,
)
"""The events after which a customer may be like others than before."""

STATE = """
    SELECT c.events_seen, c.added, c.rarity, coalesce(n.value, 0) AS events_now
    FROM workspaces w
    LEFT JOIN duplicate_comparisons c ON c.workspace_id = $1
    LEFT JOIN counters n ON n.workspace_id = $1 AND n.name = 'events'
    WHERE w.workspace_id = $1"""
CHANGED = """
    SELECT seq, type, customer_id FROM events
    WHERE workspace_id = $1 AND seq > $2 ORDER BY seq LIMIT $3"""
FAMILIES = """
    SELECT customer_id, main_id FROM merge_members
    WHERE workspace_id = $1 AND (customer_id = ANY($2::uuid[]) OR main_id = ANY($2::uuid[]))"""
NEXT = """
    SELECT id FROM customers
    WHERE workspace_id = $1 AND id > $2 AND deleted_at IS NULL AND merged_into_id IS NULL
    ORDER BY id LIMIT $3"""
COUNTED = """
    INSERT INTO duplicate_comparisons (workspace_id, id, events_seen, added, rarity, counted_at)
    VALUES ($1, $2, 0, 0, $3::jsonb, $4)
    ON CONFLICT (workspace_id) DO UPDATE
    SET added = 0, rarity = excluded.rarity, counted_at = excluded.counted_at"""
SEEN = """
    UPDATE duplicate_comparisons SET events_seen = $2, added = added + $3 WHERE workspace_id = $1"""
NOT_WAITING = "SELECT set_config('synchronous_commit', 'off', true)"


@dataclass
class ComparisonRun:
    """What a call has done."""

    compared: int = 0
    """Customers who were compared."""
    suggested: int = 0
    """Suggestions with them that are worth keeping, however many were there before."""
    finished: bool = True
    """False where `proceed` said to stop, or another worker is on it."""


@dataclass
class State:
    """How far a workspace is."""

    events_seen: int
    events_now: int
    added: int
    rarity: Rarity | None


async def compare_customers(
    workspace_id: UUID, *, clock: Clock, proceed: Proceed, everybody: bool = False
) -> ComparisonRun:
    """Bring a workspace's duplicate suggestions up to its log of events.

    With `everybody`, all its customers are compared anew. In batches of their own transactions;
    `proceed` is asked before each. Killed at any point, the next call goes on where it was; of
    several at once one works. Where nothing has changed nothing is written.
    """
    async with workspace_transaction(workspace_id, now=clock()) as tx:
        run = await claim_run(tx, JobKind.DUPLICATES)
    if run is None:
        return ComparisonRun(finished=False)
    work = ComparisonWork(workspace_id, clock, proceed, run)
    try:
        await work.complete(everybody)
    except LeaseLost:
        work.done.finished = False
    return work.done


class ComparisonWork:
    """A run that this worker holds, and how far it is."""

    def __init__(self, workspace_id: UUID, clock: Clock, proceed: Proceed, run: Run) -> None:
        self.workspace_id = workspace_id
        self.clock = clock
        self.proceed = proceed
        self.run = run
        self.done = ComparisonRun()

    async def complete(self, everybody: bool) -> None:
        """Do all that is due, unless told to stop, and give the run up. Raises LeaseLost."""
        state, fields = await self._state()
        passing = "position" in self.run.progress
        if not passing and (everybody or is_outdated(state, fields)):
            await self._begin_pass(state, fields)
            state, fields = await self._state()
            passing = True
        if state.rarity is None:
            raise AssertionError("a pass has counted the rarity of values")
        comparer = Comparer(state.rarity)
        if passing:
            self.done.finished = await self._pass(comparer)
        if self.done.finished:
            self.done.finished = await self._follow(comparer)
        async with workspace_transaction(self.workspace_id, now=self.clock()) as tx:
            await (finish_run if self.done.finished else release_run)(tx, self.run)

    async def _state(self) -> tuple[State, tuple[Field, ...]]:
        async with workspace_transaction(self.workspace_id, now=self.clock()) as tx:
            return await read_state(tx), await compared_fields(tx)

    async def _begin_pass(self, state: State, fields: tuple[Field, ...]) -> None:
        """Count how often values are met, and stand before the first customer."""
        async with workspace_transaction(self.workspace_id, now=self.clock()) as tx:
            customers = await count_customers(tx)
            ids = await sampled_ids(tx, customers)
        sample: list[Profile] = []
        for start in range(0, len(ids), PAGE):
            async with workspace_transaction(self.workspace_id, now=self.clock()) as tx:
                found = await read_profiles(tx, fields, ids[start : start + PAGE])
                run = await keep_run(tx, self.run, self.run.progress)
            self.run = run
            sample += found.values()
        rarity = await asyncio.to_thread(count_rarity, fields, sample, customers)
        kept = JSON_DUMPS(rarity.as_json())
        progress = {"position": str(FIRST), "events": state.events_now, "compared": 0}
        async with workspace_transaction(self.workspace_id, now=self.clock()) as tx:
            await tx.execute(COUNTED, tx.workspace_id, new_id(), kept, tx.now)
            run = await keep_run(tx, self.run, progress)
        self.run = run

    async def _pass(self, comparer: Comparer) -> bool:
        """Compare everybody with those before them; False where told to stop.

        While a batch is judged the next one is read, and its keys are written: done again after a
        kill, they are the same.
        """
        ahead = asyncio.create_task(self._prepare(comparer, self.run.progress["position"]))
        try:
            while self.proceed():
                prepared = await ahead
                if not prepared.ids:
                    await self._end_pass()
                    return True
                ahead = asyncio.create_task(self._prepare(comparer, str(prepared.ids[-1])))
                await self._compare_batch(comparer, prepared)
            return False
        finally:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)

    async def _prepare(self, comparer: Comparer, position: str) -> Prepared:
        async with workspace_transaction(self.workspace_id, now=self.clock()) as tx:
            await tx.fetch(NOT_WAITING)
            rows = await tx.fetch(NEXT, tx.workspace_id, UUID(position), BATCH)
            return await comparer.prepare(tx, [row["id"] for row in rows])

    async def _compare_batch(self, comparer: Comparer, prepared: Prepared) -> None:
        progress = dict(self.run.progress)
        progress["position"] = str(prepared.ids[-1])
        progress["compared"] += len(prepared.ids)
        async with workspace_transaction(self.workspace_id, now=self.clock()) as tx:
            await tx.fetch(NOT_WAITING)
            found = await comparer.compare_with_those_before(tx, prepared)
            run = await keep_run(tx, self.run, progress)
        self._count(run, len(prepared.ids), found)

    async def _end_pass(self) -> None:
        """Everybody is compared, as they were at the event that the pass began after."""
        progress = {**self.run.progress}
        del progress["position"]
        async with workspace_transaction(self.workspace_id, now=self.clock()) as tx:
            await tx.execute(SEEN, tx.workspace_id, progress["events"], 0)
            run = await keep_run(tx, self.run, progress)
        self.run = run

    async def _follow(self, comparer: Comparer) -> bool:
        """Compare whom the log names from where it was last read; False where told to stop."""
        while self.proceed():
            async with workspace_transaction(self.workspace_id, now=self.clock()) as tx:
                state = await read_state(tx)
                changed = await read_changed(tx, state.events_seen)
                if changed.until == state.events_seen:
                    return True
                found = await comparer.compare(tx, changed.ids) if changed.ids else 0
                await tx.execute(SEEN, tx.workspace_id, changed.until, changed.added)
                run = await keep_run(tx, self.run, self.run.progress)
            self._count(run, len(changed.ids), found)
        return False

    def _count(self, run: Run, compared: int, found: int) -> None:
        self.run = run
        self.done.compared += compared
        self.done.suggested += found


@dataclass
class Changed:
    """Whom the next events name."""

    ids: list[UUID]
    until: int
    """The number of the last of these events."""
    added: int


async def read_state(tx: Transaction) -> State:
    """How far the transaction's workspace is."""
    [row] = await tx.fetch(STATE, tx.workspace_id)
    kept: Any = row["rarity"]
    if isinstance(kept, str):
        kept = JSON_LOADS(kept)
    return State(
        events_seen=row["events_seen"] or 0,
        events_now=row["events_now"],
        added=row["added"] or 0,
        rarity=rarity_from(kept) if kept else None,
    )


def is_outdated(state: State, fields: tuple[Field, ...]) -> bool:
    """Whether what is known of values no longer fits the workspace."""
    if state.rarity is None:
        return True
    if [one.name for one in fields] != [one.name for one in state.rarity.fields]:
        return True
    return state.added > max(FEW, state.rarity.customers)


async def read_changed(tx: Transaction, seen: int) -> Changed:
    """Up to BATCH customers whom events after the one numbered `seen` name, and their families.

    After a merge and its undoing, and where one of them is deleted, that is everybody who was ever
    merged with them.
    """
    ids: dict[UUID, None] = {}
    until, added = seen, 0
    for row in await tx.fetch(CHANGED, tx.workspace_id, seen, PAGE):
        if len(ids) == BATCH:
            break
        until = row["seq"]
        if row["customer_id"] is not None and row["type"] in CHANGING:
            ids[row["customer_id"]] = None
            added += row["type"] == EventType.CUSTOMER_ADDED
    if ids:
        for row in await tx.fetch(FAMILIES, tx.workspace_id, list(ids)):
            ids[row["customer_id"]] = ids[row["main_id"]] = None
    return Changed(list(ids), until, added)
