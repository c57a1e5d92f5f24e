"""The worker's process: what it has done when it ends stays, and the next one goes on with it."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from arq.connections import ArqRedis

from models import EventType, Workspace
from models.database import NoDatabase
from services.batches import always
from services.expiry import expire_interactions
from services.job_runs import LEASE
from services.jobs import Job, JobName
from services.transactions import Transaction, workspace_transaction
from settings import Settings, child_environment
from tests.workers.arq_workers import empty_queue
from tests.workers.records import events, expired_ids, interactions, job_runs
from workers.queues import HEALTH_KEY, ArqQueue
from workers.running import NoQueue, run_worker

MANY = 20_000
HOLD_RUN = "SELECT id FROM job_runs WHERE workspace_id = $1 FOR UPDATE"
ADDRESSES = ("database_url", "database_app_url", "database_maintenance_url", "redis_url")


@asynccontextmanager
async def worker_process(settings: Settings) -> AsyncIterator[asyncio.subprocess.Process]:
    """A real worker, killed at the end if it still runs."""
    given = {name.upper(): getattr(settings, name) for name in ADDRESSES}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway.processes.working",
        env=child_environment({name: url for name, url in given.items() if url is not None}),
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def in_the_middle(holder: Transaction, process: asyncio.subprocess.Process) -> None:
    """Come back when the run has committed something; its next batch then waits for `holder`."""
    expired = 0
    async with asyncio.timeout(60):
        while not expired:
            assert process.returncode is None
            expired = await progress(holder)
        await holder.fetch(HOLD_RUN, holder.workspace_id)
    assert await progress(holder) < MANY


async def progress(tx: Transaction) -> int:
    rows = await tx.fetch("SELECT progress FROM job_runs WHERE workspace_id = $1", tx.workspace_id)
    return int(json.loads(rows[0]["progress"]).get("expired", 0)) if rows else 0


async def ask_for_expiry(redis: ArqRedis, workspace: Workspace) -> None:
    await ArqQueue(redis)(Job(JobName.EXPIRE_INTERACTIONS, (str(workspace.id),)))


async def has_progressed_to(workspace: Workspace) -> int:
    [run] = await job_runs(workspace)
    assert run["finished_at"] is None
    return int(json.loads(run["progress"])["expired"])


async def test_killed_in_the_middle_it_is_gone_on_with(
    settings: Settings, workspace: Workspace
) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=9)
    ids = await interactions(workspace, *[long_ago] * MANY)
    async with empty_queue(settings) as redis, worker_process(settings) as process:
        await ask_for_expiry(redis, workspace)
        async with workspace_transaction(workspace.id) as holder:
            await in_the_middle(holder, process)
            process.kill()
            await process.wait()
    done = await has_progressed_to(workspace)
    assert len(await expired_ids(workspace)) == done < MANY
    assert await events(workspace, EventType.CAMPAIGN_EXPIRED) == []
    later = datetime.now(UTC) + LEASE
    run = await expire_interactions(workspace.id, clock=lambda: later, proceed=always)
    assert (run.expired, run.finished) == (MANY, True)
    assert await expired_ids(workspace) == set(ids)
    [event] = await events(workspace, EventType.CAMPAIGN_EXPIRED)
    assert json.loads(event["payload"])["count"] == MANY


async def test_told_to_stop_it_finishes_its_batch_and_leaves_the_rest_to_the_next(
    settings: Settings, workspace: Workspace
) -> None:
    await interactions(workspace, *[datetime.now(UTC) - timedelta(days=9)] * MANY)
    async with empty_queue(settings) as redis, worker_process(settings) as process:
        await ask_for_expiry(redis, workspace)
        async with workspace_transaction(workspace.id) as holder:
            await in_the_middle(holder, process)
            assert await redis.exists(HEALTH_KEY)
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            assert await process.wait() == 0
        assert not await redis.exists(HEALTH_KEY)
    assert len(await expired_ids(workspace)) == await has_progressed_to(workspace) < MANY
    # The run is free at once: no lease has to lapse first.
    now = datetime.now(UTC)
    run = await expire_interactions(workspace.id, clock=lambda: now, proceed=always)
    assert (run.expired, run.finished) == (MANY, True)


async def test_a_worker_without_work_stops_at_once(settings: Settings) -> None:
    async with empty_queue(settings) as redis, worker_process(settings) as process:
        async with asyncio.timeout(30):
            alive = 0
            while not alive:
                alive = await redis.exists(HEALTH_KEY)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(5):
            assert await process.wait() == 0


async def test_without_a_redis_it_says_what_to_set(settings: Settings) -> None:
    with pytest.raises(NoQueue, match="REDIS_URL"):
        await run_worker(settings.model_copy(update={"redis_url": None}))


async def test_without_a_database_it_says_what_to_set(settings: Settings) -> None:
    unset = dict.fromkeys(ADDRESSES[:3])
    with pytest.raises(NoDatabase, match="DATABASE_URL"):
        await run_worker(settings.model_copy(update=unset))
