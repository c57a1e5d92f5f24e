"""Expiry: when interactions are marked and purged, and how a run survives its worker."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import EventType, JobKind, Workspace
from services.batches import Proceed, always
from services.due_work import abandoned_runs, due_expiries, nightly_expiries
from services.expiry import (
    MARK,
    PURGE,
    ExpiryRun,
    ExpiryWork,
    StagePass,
    expire_interactions,
    last_night,
    months_before,
)
from services.job_runs import LEASE, LeaseLost, claim_run
from services.transactions import Transaction, workspace_transaction
from settings import Settings
from tests.workers.records import (
    INSTANTS,
    events,
    expired_ids,
    interactions,
    job_runs,
    remaining_ids,
    rows,
    waiting_for_a_lock,
    written_rows,
)

JAKARTA = ZoneInfo("Asia/Jakarta")
NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)  # 03:30 on the 22nd in Jakarta
SECOND = timedelta(seconds=1)
ZONES = st.sampled_from(
    ["UTC", "Asia/Jakarta", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe"]
).map(ZoneInfo)
HOLD_RUN = "SELECT id FROM job_runs WHERE workspace_id = $1 FOR UPDATE"


async def expire(workspace: Workspace, now: datetime = NOW, proceed: Proceed = always) -> ExpiryRun:
    return await expire_interactions(workspace.id, clock=lambda: now, proceed=proceed)


async def keep_for(workspace: Workspace, months: int) -> None:
    sql = "UPDATE workspaces SET campaign_retention_months = $2 WHERE workspace_id = $1"
    await rows(workspace, sql, months)


def after(batches: int) -> Proceed:
    """Lets so many batches run."""
    answers = iter([True] * batches)
    return lambda: next(answers, False)


async def summaries(workspace: Workspace) -> list[Any]:
    found = await events(workspace, EventType.CAMPAIGN_EXPIRED)
    return [json.loads(event["payload"]) for event in found]


# Marking


async def test_an_interaction_expires_at_its_instant_and_not_a_second_before(
    workspace: Workspace,
) -> None:
    due, not_yet = await interactions(workspace, NOW, NOW + SECOND)
    run = await expire(workspace)
    assert (run.expired, run.purged, run.finished) == (1, 0, True)
    assert await expired_ids(workspace) == {due}
    assert (await expire(workspace, NOW + SECOND)).expired == 1
    assert await expired_ids(workspace) == {due, not_yet}


async def test_a_run_ends_with_one_event_that_sums_it_up(workspace: Workspace) -> None:
    oldest = datetime(2025, 3, 1, tzinfo=UTC)
    sent = [oldest + timedelta(hours=n) for n in range(700)]
    await interactions(workspace, *[NOW] * 700, sent_at=list(reversed(sent)))
    run = await expire(workspace)
    assert run.batches > 1
    assert await summaries(workspace) == [
        {
            "count": 700,
            "oldestSentAt": "2025-03-01T00:00:00.000000Z",
            "newestSentAt": "2025-03-30T03:00:00.000000Z",
            "startedAt": "2026-11-21T20:30:00.000000Z",
        }
    ]
    [run_row] = await job_runs(workspace)
    assert (run_row["finished_at"], run_row["lease_until"]) == (NOW, None)


async def test_a_run_that_finds_nothing_writes_nothing(workspace: Workspace) -> None:
    await keep_for(workspace, 1)
    await interactions(workspace, NOW, NOW + SECOND)
    await expire(workspace)
    before = await written_rows(workspace)
    run = await expire(workspace)
    assert (run.expired, run.purged, run.batches, run.finished) == (0, 0, 0, True)
    assert await written_rows(workspace) == before


async def test_another_workspace_is_untouched(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    await interactions(workspace, NOW)
    await interactions(other_workspace, NOW)
    before = await written_rows(other_workspace)
    await expire(workspace)
    assert await written_rows(other_workspace) == before


async def test_an_interaction_that_another_transaction_holds_is_left_for_the_next_run(
    workspace: Workspace,
) -> None:
    held, free = await interactions(workspace, NOW, NOW)
    async with workspace_transaction(workspace.id) as holder:
        await holder.fetch(
            "SELECT id FROM campaign_interactions WHERE workspace_id = $1 AND id = $2 FOR UPDATE",
            workspace.id,
            held,
        )
        assert (await expire(workspace)).expired == 1
        assert await expired_ids(workspace) == {free}
    assert (await expire(workspace)).expired == 1
    assert await expired_ids(workspace) == {held, free}


async def test_what_takes_too_long_is_broken_off_and_done_in_smaller_batches(
    workspace: Workspace,
) -> None:
    ids = await interactions(workspace, *[NOW] * 60)
    async with workspace_transaction(workspace.id) as holder:
        task = await stuck_in_a_batch(workspace, holder)
        # Each attempt is broken off within 95 ms, but for one as small as a batch may be.
        await waiting_for_a_lock(workspace, for_ms=500)
        assert await expired_ids(workspace) == set()
    run = await task
    assert run.expired == 60
    assert run.batches > 1
    assert await expired_ids(workspace) == set(ids)


async def test_a_connection_that_is_lost_in_a_batch_costs_only_the_batch(
    workspace: Workspace, settings: Settings
) -> None:
    await interactions(workspace, *[NOW] * 500)
    owner = await asyncpg.connect(settings.database_url)
    async with workspace_transaction(workspace.id) as holder:
        task = await stuck_in_a_batch(workspace, holder)
        await owner.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        await owner.close()
    assert (await task).expired == 500
    assert [summary["count"] for summary in await summaries(workspace)] == [500]


# Purging


async def test_without_a_retention_nothing_is_purged(workspace: Workspace) -> None:
    old = NOW - timedelta(days=4_000)
    ids = await interactions(workspace, old, expired_at=[old])
    assert (await expire(workspace)).purged == 0
    assert await remaining_ids(workspace) == set(ids)


async def test_what_expired_longer_ago_than_the_retention_is_purged(workspace: Workspace) -> None:
    await keep_for(workspace, 3)
    limit = datetime(2026, 8, 21, 20, 30, tzinfo=UTC)
    gone, kept = await interactions(workspace, limit, limit, expired_at=[limit, limit + SECOND])
    run = await expire(workspace)
    assert (run.expired, run.purged, run.finished) == (0, 1, True)
    assert await remaining_ids(workspace) == {kept} != {gone}
    assert await summaries(workspace) == []


async def test_what_has_just_expired_is_not_purged_with_it(workspace: Workspace) -> None:
    await keep_for(workspace, 1)
    old = NOW - timedelta(days=900)
    ids = await interactions(workspace, *[old] * 300)
    run = await expire(workspace)
    assert (run.expired, run.purged) == (300, 0)
    assert await remaining_ids(workspace) == set(ids)


# Interruptions


async def test_told_to_stop_it_ends_after_its_batch_and_the_next_run_goes_on(
    workspace: Workspace,
) -> None:
    ids = await interactions(workspace, *[NOW] * 800)
    first = await expire(workspace, proceed=after(2))
    assert not first.finished
    assert 0 < first.expired == len(await expired_ids(workspace)) < 800
    assert await summaries(workspace) == []
    second = await expire(workspace, NOW + SECOND)
    assert (second.expired, second.finished) == (800, True)
    assert await expired_ids(workspace) == set(ids)
    assert [summary["count"] for summary in await summaries(workspace)] == [800]
    assert len(await job_runs(workspace)) == 1


async def test_cancelled_in_a_batch_the_next_run_goes_on_once_the_lease_has_lapsed(
    workspace: Workspace,
) -> None:
    await interactions(workspace, *[NOW] * 800)
    await expire(workspace, proceed=after(1))
    async with workspace_transaction(workspace.id) as holder:
        task = await stuck_in_a_batch(workspace, holder)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    done = len(await expired_ids(workspace))
    [run_row] = await job_runs(workspace)
    assert json.loads(run_row["progress"])["expired"] == done
    lapsed = run_row["lease_until"]
    assert not (await expire(workspace, lapsed - SECOND)).finished
    assert len(await expired_ids(workspace)) == done
    assert workspace.id in await abandoned_runs(JobKind.EXPIRY, lapsed)
    assert workspace.id not in await abandoned_runs(JobKind.EXPIRY, lapsed - SECOND)
    last = await expire(workspace, lapsed)
    assert (last.expired, last.finished) == (800, True)
    assert [summary["count"] for summary in await summaries(workspace)] == [800]


async def stuck_in_a_batch(workspace: Workspace, holder: Transaction) -> asyncio.Task[ExpiryRun]:
    """A run that has begun, and whose next batch waits for `holder` to write its progress."""
    begun = asyncio.Event()

    def proceed() -> bool:
        begun.set()
        return True

    task = asyncio.ensure_future(expire(workspace, proceed=proceed))
    await begun.wait()
    await holder.fetch(HOLD_RUN, workspace.id)
    await waiting_for_a_lock(workspace)
    return task


async def test_a_run_that_was_killed_before_its_event_is_ended_by_the_next(
    workspace: Workspace,
) -> None:
    await interactions(workspace, NOW)
    worker = await working(workspace)
    await StagePass(worker, MARK, NOW).step(100, worker.batches.guard)
    assert await summaries(workspace) == []
    last = await expire(workspace, NOW + LEASE)
    assert (last.expired, last.batches, last.finished) == (1, 0, True)
    assert [summary["count"] for summary in await summaries(workspace)] == [1]


async def working(workspace: Workspace) -> ExpiryWork:
    """A worker that has just got hold of the workspace's run."""
    async with workspace_transaction(workspace.id, now=NOW) as tx:
        run = await claim_run(tx, JobKind.EXPIRY)
    assert run is not None
    return ExpiryWork(workspace.id, lambda: NOW, always, run)


async def test_of_several_workers_at_once_one_works(workspace: Workspace) -> None:
    ids = await interactions(workspace, *[NOW] * 1_000)
    runs = await asyncio.gather(*(expire(workspace) for _ in range(4)))
    assert sorted(run.finished for run in runs) == [False, False, False, True]
    assert await expired_ids(workspace) == set(ids)
    assert [summary["count"] for summary in await summaries(workspace)] == [1_000]


async def test_a_worker_that_slept_while_its_run_was_taken_over_changes_nothing(
    workspace: Workspace,
) -> None:
    await interactions(workspace, *[NOW] * 10)
    sleeper = await working(workspace)
    async with workspace_transaction(workspace.id, now=NOW + LEASE) as tx:
        assert await claim_run(tx, JobKind.EXPIRY) is not None
    with pytest.raises(LeaseLost):
        await StagePass(sleeper, MARK, NOW).step(100, sleeper.batches.guard)
    assert await expired_ids(workspace) == set()


# Where and when it is due


@given(zone=ZONES, now=INSTANTS)
def test_the_last_night_is_three_o_clock_within_the_last_day(zone: ZoneInfo, now: datetime) -> None:
    night = last_night(zone, now)
    # A day has up to 25 hours, and an hour that clocks leave out is counted as the one after it.
    assert now - timedelta(hours=25) < night <= now
    local = night.astimezone(zone)
    assert (local.minute, local.second, local.microsecond) == (0, 0, 0) or local.hour == 3
    assert local.hour in (3, 4)


@pytest.mark.parametrize(
    ("months", "now", "expected"),
    [
        (1, "2026-03-31T09:00+07:00", "2026-02-28T09:00+07:00"),
        (1, "2024-03-31T09:00+07:00", "2024-02-29T09:00+07:00"),
        (12, "2024-02-29T09:00+07:00", "2023-02-28T09:00+07:00"),
        (11, "2026-11-30T09:00+07:00", "2025-12-30T09:00+07:00"),
        (12, "2026-12-31T09:00+07:00", "2025-12-31T09:00+07:00"),
        (0, "2026-12-31T09:00+07:00", "2026-12-31T09:00+07:00"),
        # The month is that of the workspace, where the 1st has begun.
        (1, "2026-02-28T18:00+00:00", "2026-01-31T18:00+00:00"),
        # Clocks in New York went back an hour in between: nine in the morning stays nine.
        (1, "2026-11-15T14:00+00:00", "2026-10-15T13:00+00:00"),
    ],
)
def test_months_are_the_calendar_s_and_end_with_the_month(
    months: int, now: str, expected: str
) -> None:
    zone = NEW_YORK if "T14" in now else JAKARTA
    found = months_before(months, zone, datetime.fromisoformat(now))
    assert found == datetime.fromisoformat(expected)


async def nightly(now: datetime) -> set[Any]:
    return {workspace_id async for workspace_id in nightly_expiries(now)}


async def test_it_is_due_at_three_in_the_workspace_s_night(workspace: Workspace) -> None:
    three = datetime(2026, 11, 22, 3, tzinfo=JAKARTA)
    await interactions(workspace, three - timedelta(hours=5))
    assert workspace.id not in await nightly(three - SECOND)
    assert workspace.id in await nightly(three)
    # A night that was missed is made up for at the next look.
    assert workspace.id in await nightly(three + timedelta(hours=9))


async def test_each_workspace_has_its_own_night(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    three_in_makassar = datetime(2026, 11, 22, 3, tzinfo=ZoneInfo("Asia/Makassar"))
    for each in (workspace, other_workspace):
        await interactions(each, three_in_makassar - timedelta(hours=5))
    found = await nightly(three_in_makassar)
    assert found & {workspace.id, other_workspace.id} == {other_workspace.id}


async def test_what_expires_after_the_night_waits_for_the_next_but_not_on_demand(
    workspace: Workspace,
) -> None:
    noon = datetime(2026, 11, 22, 12, tzinfo=JAKARTA)
    await interactions(workspace, noon)
    assert workspace.id not in await nightly(noon)
    assert workspace.id in {workspace_id async for workspace_id in due_expiries(noon)}


async def test_a_purge_is_due_only_where_a_retention_has_passed(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    await keep_for(workspace, 3)
    old = NOW - timedelta(days=200)
    for each in (workspace, other_workspace):
        await interactions(each, old, expired_at=[old])
    found = await nightly(NOW)
    assert found & {workspace.id, other_workspace.id} == {workspace.id}
    await expire(workspace)
    assert workspace.id not in await nightly(NOW)


@pytest.mark.parametrize(
    ("stage", "index"),
    [
        (MARK, "campaign_interactions_unexpired_index"),
        (PURGE, "campaign_interactions_expired_index"),
    ],
)
async def test_each_stage_reads_its_own_index(workspace: Workspace, stage: Any, index: str) -> None:
    async with workspace_transaction(workspace.id) as tx:
        await tx.connection.execute_script("SET LOCAL enable_seqscan = off")
        plans = [
            await tx.fetch(f"EXPLAIN {stage.earliest}", workspace.id, NOW),
            await tx.fetch(f"EXPLAIN {stage.claim}", workspace.id, NOW, NOW, 100),
        ]
    for plan in plans:
        assert index in "\n".join(line["QUERY PLAN"] for line in plan)
