"""Expiry: campaign interactions that are no longer shown are marked, and purged in the end.

A read hides an interaction from its `visible_until` on (`services.visibility`), whatever has been
marked. Each night this marks what has passed it, for counts and for the purge, and tells of it in
one event; where the workspace sets a retention, what was marked longer ago than that is deleted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from models import EventType, JobKind
from services.batches import Batches, Clock, Guard, Proceed, in_batches
from services.instants import written
from services.job_runs import LeaseLost, Run, claim_run, finish_run, is_open, keep_run, release_run
from services.transactions import Transaction, workspace_transaction
from services.workspaces import time_zone

NIGHT_HOUR = 3
"""The hour of the workspace's day at which its nightly run is due."""


@dataclass(frozen=True)
class Stage:
    """One kind of work on interactions, oldest first by `column`.

    `due` names the rows whose turn has come at $2; `change` is done to those with the ids $2, at
    $3. What is null is written out in `due`, so that every plan may use the partial index on it.
    """

    counted_as: str
    column: str
    due: str
    lock: str
    change: str

    @property
    def earliest(self) -> str:
        """The statement that finds where the work begins."""
        return f"""
            SELECT {self.column} AS position FROM campaign_interactions
            WHERE workspace_id = $1 AND {self.due} ORDER BY {self.column} LIMIT 1"""

    @property
    def claim(self) -> str:
        """The statement that takes hold of the next rows; what others hold is left out."""
        return f"""
            SELECT id, sent_at, {self.column} AS position FROM campaign_interactions
            WHERE workspace_id = $1 AND {self.due} AND {self.column} >= $3
            ORDER BY {self.column} LIMIT $4 FOR {self.lock} SKIP LOCKED"""


MARK = Stage(
    counted_as="expired",
    column="visible_until",
    due="expired_at IS NULL AND visible_until <= $2",
    lock="NO KEY UPDATE",
    change="""
        UPDATE campaign_interactions SET expired_at = $3
        WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND expired_at IS NULL""",
)
PURGE = Stage(
    counted_as="purged",
    column="expired_at",
    due="expired_at IS NOT NULL AND expired_at <= $2",
    lock="UPDATE",
    change="""
        DELETE FROM campaign_interactions
        WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND expired_at <= $3""",
)


def last_night(zone: ZoneInfo, now: datetime) -> datetime:
    """The latest instant, up to `now`, at which a nightly run was due in `zone`."""
    local = now.astimezone(zone)
    night = local.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0, fold=0)
    if night.astimezone(UTC) > now:
        night -= timedelta(days=1)
    return night.astimezone(UTC)


def months_before(months: int, zone: ZoneInfo, now: datetime) -> datetime:
    """`now` less so many calendar months of `zone`; the month's last day where it is shorter."""
    local = now.astimezone(zone)
    number = local.year * 12 + local.month - 1 - months
    if number < 12:
        return datetime.min.replace(tzinfo=UTC)
    year, month = divmod(number, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    day = min(local.day, (following - timedelta(days=1)).day)
    return local.replace(year=year, month=month + 1, day=day, fold=0).astimezone(UTC)


@dataclass
class ExpiryRun:
    """What a run over one workspace has done, by this call and by those that it went on from."""

    expired: int = 0
    purged: int = 0
    batches: int = 0
    """Of this call alone, as is `longest_batch_seconds`."""
    longest_batch_seconds: float = 0.0
    finished: bool = True
    """False where `proceed` said to stop, or another worker is on it."""


async def expire_interactions(workspace_id: UUID, *, clock: Clock, proceed: Proceed) -> ExpiryRun:
    """Mark a workspace's interactions that are no longer visible, and purge what it keeps no more.

    In batches of their own transactions; `proceed` is asked before each. Killed at any point, the
    next call goes on where it was, and the run ends with one CAMPAIGN_EXPIRED event over all that
    it marked. Of several at once one works. Where nothing is due nothing is written.
    """
    async with workspace_transaction(workspace_id, now=clock()) as tx:
        if not await is_open(tx, JobKind.EXPIRY) and not await is_due(tx):
            return ExpiryRun()
        run = await claim_run(tx, JobKind.EXPIRY)
    if run is None:
        return ExpiryRun(finished=False)
    work = ExpiryWork(workspace_id, clock, proceed, run)
    try:
        finished = await work.complete(MARK) and await work.complete(PURGE)
        await work.close(finished)
    except LeaseLost:
        finished = False
    return ExpiryRun(
        expired=work.run.progress.get(MARK.counted_as, 0),
        purged=work.run.progress.get(PURGE.counted_as, 0),
        batches=work.batches.done,
        longest_batch_seconds=work.batches.longest_seconds,
        finished=finished,
    )


async def is_due(tx: Transaction) -> bool:
    """Whether anything of the workspace is to be marked or purged at the transaction's present."""
    return any([await earliest(tx, stage) is not None for stage in (MARK, PURGE)])


async def earliest(tx: Transaction, stage: Stage) -> datetime | None:
    """Where a stage's work begins; None where there is none.

    It locks nothing, and so may take the time to read past index entries of rows long done.
    """
    until = due_until(tx, stage)
    rows = await tx.fetch(stage.earliest, tx.workspace_id, until) if until else []
    return rows[0]["position"] if rows else None


def due_until(tx: Transaction, stage: Stage) -> datetime | None:
    """The time up to which a stage's column is due; None where the workspace wants none of it."""
    if stage is MARK:
        return tx.now
    months = tx.workspace.campaign_retention_months
    return None if months is None else months_before(months, time_zone(tx.workspace), tx.now)


@dataclass
class ExpiryWork:
    """A run that this worker holds, and how far it is."""

    workspace_id: UUID
    clock: Clock
    proceed: Proceed
    run: Run
    # The transaction that ends the run waits for the disk, and so for all that came before it.
    batches: Batches = field(default_factory=lambda: Batches(waits_for_disk=False))

    async def complete(self, stage: Stage) -> bool:
        """Do a stage until nothing of it is due but what others hold; False if told to stop."""
        while True:
            async with workspace_transaction(self.workspace_id, now=self.clock()) as tx:
                start = await earliest(tx, stage)
            if start is None:
                return True
            before = self.run.progress
            ended = await in_batches(StagePass(self, stage, start).step, self.batches, self.proceed)
            if not ended or self.run.progress == before:
                return ended

    async def close(self, finished: bool) -> None:
        """End the run with its event, or leave it to whoever comes next."""
        async with workspace_transaction(self.workspace_id, now=self.clock()) as tx:
            if not finished:
                await release_run(tx, self.run)
                return
            await finish_run(tx, self.run)
            if self.run.progress.get(MARK.counted_as):
                tx.record(EventType.CAMPAIGN_EXPIRED, payload=summary(self.run))


@dataclass
class StagePass:
    """One pass of a stage over what is due, oldest first, and where it is.

    Without a place to begin from, each batch would read again past the index entries that the
    batches before it have left behind.
    """

    work: ExpiryWork
    stage: Stage
    position: datetime

    async def step(self, limit: int, guard: Guard) -> bool:
        """Change up to `limit` rows and count them in one transaction; whether there may be more.

        Raises LeaseLost, with nothing changed.
        """
        work = self.work
        async with workspace_transaction(work.workspace_id, now=work.clock()) as tx:
            await guard(tx)
            until = due_until(tx, self.stage)
            rows = await tx.fetch(self.stage.claim, tx.workspace_id, until, self.position, limit)
            if not rows:
                return False
            ids = [row["id"] for row in rows]
            at = tx.now if self.stage is MARK else until
            await tx.execute(self.stage.change, tx.workspace_id, ids, at)
            run = await keep_run(tx, work.run, self.counted(rows))
        work.run = run
        self.position = rows[-1]["position"]
        return len(rows) == limit

    def counted(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The run's progress with these rows added."""
        progress = self.work.run.progress
        name = self.stage.counted_as
        added = {**progress, name: progress.get(name, 0) + len(rows)}
        if self.stage is MARK:
            oldest = written(min(row["sent_at"] for row in rows))
            newest = written(max(row["sent_at"] for row in rows))
            # In this form the order of texts is that of the instants.
            added["oldestSentAt"] = min(oldest, progress.get("oldestSentAt", oldest))
            added["newestSentAt"] = max(newest, progress.get("newestSentAt", newest))
        return added


def summary(run: Run) -> dict[str, Any]:
    """The payload of a CAMPAIGN_EXPIRED event: how many, and when they were sent."""
    return {
        "count": run.progress[MARK.counted_as],
        "oldestSentAt": run.progress["oldestSentAt"],
        "newestSentAt": run.progress["newestSentAt"],
        "startedAt": written(run.started_at),
    }
