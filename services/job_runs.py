"""Runs of jobs that a kill may interrupt: whoever comes next goes on where the last one was.

A run is a row, made in the same transaction as its first batch and written to in each. Whoever
works on it holds a lease: the time in `lease_until`, which only its holder knows as it last wrote
it. Where a worker dies, its lease lapses, and the next one takes the run over; a worker that only
slept finds its lease taken, and its batch is rolled back.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.fields.data import JSON_DUMPS, JSON_LOADS

from models import JobKind
from models.base import new_id
from services.transactions import Transaction

LEASE = timedelta(seconds=30)
"""How long after its last batch a worker counts as dead."""

IS_OPEN = """
    SELECT 1 FROM job_runs WHERE workspace_id = $1 AND kind = $2 AND finished_at IS NULL"""
CLAIM = """
    INSERT INTO job_runs (workspace_id, id, kind, lease_until, started_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (workspace_id, kind) WHERE finished_at IS NULL
    DO UPDATE SET lease_until = excluded.lease_until
    WHERE job_runs.lease_until IS NULL OR job_runs.lease_until <= excluded.started_at
    RETURNING id, progress, started_at, lease_until"""
KEEP = """
    UPDATE job_runs SET progress = $4::jsonb, lease_until = $5
    WHERE workspace_id = $1 AND id = $2 AND lease_until = $3 AND finished_at IS NULL"""
DISCARD = """
    DELETE FROM job_runs
    WHERE workspace_id = $1 AND id = $2 AND lease_until = $3 AND finished_at IS NULL"""
FINISH = """
    UPDATE job_runs SET finished_at = $4, lease_until = NULL
    WHERE workspace_id = $1 AND id = $2 AND lease_until = $3 AND finished_at IS NULL"""
RELEASE = """
    UPDATE job_runs SET lease_until = NULL
    WHERE workspace_id = $1 AND id = $2 AND lease_until = $3 AND finished_at IS NULL"""


class LeaseLost(Exception):
    """Another worker has taken the run over: roll back, and leave it to that one."""


@dataclass
class Run:
    """An unfinished run that this worker holds."""

    id: UUID
    started_at: datetime
    lease_until: datetime
    progress: dict[str, Any] = field(default_factory=dict)
    """What has been committed so far, as JSON."""


async def is_open(tx: Transaction, kind: JobKind) -> bool:
    """Whether the workspace has a run of this kind that is not finished, whoever holds it."""
    return bool(await tx.fetch(IS_OPEN, tx.workspace_id, kind.value))


async def claim_run(tx: Transaction, kind: JobKind) -> Run | None:
    """Take up the workspace's unfinished run, or begin one; None where another worker holds it."""
    rows = await tx.fetch(CLAIM, tx.workspace_id, new_id(), kind.value, tx.now + LEASE, tx.now)
    if not rows:
        return None
    [row] = rows
    progress = row["progress"]
    return Run(
        id=row["id"],
        started_at=row["started_at"],
        lease_until=row["lease_until"],
        progress=JSON_LOADS(progress) if isinstance(progress, str) else progress,
    )


async def keep_run(tx: Transaction, run: Run, progress: dict[str, Any]) -> Run:
    """Write what this transaction adds to the progress, and hold the run for another LEASE.

    The returned run is the one to go on with once the transaction is committed. Raises LeaseLost.
    """
    until = tx.now + LEASE
    await _if_held(tx, run, KEEP, JSON_DUMPS(progress), until)
    return Run(run.id, run.started_at, until, progress)


async def finish_run(tx: Transaction, run: Run) -> None:
    """End the run at the transaction's present; one that did nothing leaves no row behind.

    Raises LeaseLost.
    """
    if run.progress:
        await _if_held(tx, run, FINISH, tx.now)
    else:
        await _if_held(tx, run, DISCARD)


async def release_run(tx: Transaction, run: Run) -> None:
    """Leave the unfinished run to whoever comes next, at once. Raises LeaseLost."""
    await _if_held(tx, run, RELEASE)


async def _if_held(tx: Transaction, run: Run, statement: str, *values: Any) -> None:
    changed = await tx.execute(statement, tx.workspace_id, run.id, run.lease_until, *values)
    if changed == 0:
        raise LeaseLost(str(run.id))
