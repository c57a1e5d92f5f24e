"""Doing a bulk change: batch by batch, each in a transaction that also says that it is done."""

from dataclasses import dataclass
from uuid import UUID

from models import BulkChange, Role
from services.actors import Actor
from services.batches import Clock, Proceed
from services.bulk.records import LeaseLost, claim, finish, move, next_batch, release
from services.bulk.verbs import apply
from services.transactions import retrying, workspace_transaction

AT_ONCE = 200
"""A change of so many customers is done before it is answered; a larger one by a worker."""


@dataclass
class BulkRun:
    """What a run has done."""

    done: int = 0
    batches: int = 0
    finished: bool = False


async def run_bulk_change(
    workspace_id: UUID, change_id: UUID, *, clock: Clock, proceed: Proceed
) -> BulkRun:
    """Do what is left of a bulk change, or nothing where it is finished or another worker's.

    A worker that is killed leaves the batches that it committed; whoever comes next goes on behind
    them, and every customer is changed once.
    """
    run = BulkRun()
    async with workspace_transaction(workspace_id, now=clock()) as tx:
        change = await claim(tx, change_id)
    if change is None:
        return run
    try:
        while proceed():
            done = await retrying(lambda: _one_batch(change, clock))
            if done is None:
                run.finished = True
                return run
            run.done += done
            run.batches += 1
    except LeaseLost:
        return run
    async with workspace_transaction(workspace_id, now=clock()) as tx:
        await release(tx, change)
    return run


async def _one_batch(change: BulkChange, clock: Clock) -> int | None:
    """Do the next batch; how many customers it had, or None where none was left."""
    now = clock()
    async with workspace_transaction(change.workspace_id, actor=_actor(change), now=now) as tx:
        batch = await next_batch(tx, change)
        if batch is None:
            await finish(tx, change.id)
            return None
        batch_id, ids = batch
        failures = await apply(tx, change, ids)
        until = await move(tx, change, batch_id, len(ids), failures)
    change.lease_until = until
    return len(ids)


def _actor(change: BulkChange) -> Actor:
    """Whoever asked for the change: they may do it, as they were let to ask for it."""
    return Actor(
        change.workspace_id,
        Role.AGENT,
        frozenset(),
        user_id=change.user_id,
        api_key_id=change.api_key_id,
    )
