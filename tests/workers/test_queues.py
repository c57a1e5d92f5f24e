"""The queue: jobs through a real Valkey and a real arq worker, whatever becomes of either."""

import asyncio
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from gateway.embedded.binaries import find_binaries
from models import EventType, Workspace
from services.jobs import Job, JobName
from settings import Settings
from tests.workers.arq_workers import Handed, empty_queue, work_off
from tests.workers.records import (
    customers_who_wrote,
    events,
    expired_ids,
    interactions,
    window_statuses,
)
from workers.expiry import find_nightly_expiries
from workers.queues import QUEUE, ArqQueue, ArqWorker, connect, redis_settings
from workers.registrations import RegisteredJob, Resources, Schedule
from workers.running import keep_working

YEAR = timedelta(days=365)


def expire(workspace: Workspace, key: str | None = None) -> Job:
    return Job(JobName.EXPIRE_INTERACTIONS, (str(workspace.id),), key)


async def test_a_scheduled_job_runs_for_real(settings: Settings, workspace: Workspace) -> None:
    now = datetime.now(UTC)
    due, open_ = await customers_who_wrote(
        workspace, now - timedelta(hours=24), now - timedelta(hours=23)
    )
    async with empty_queue(settings) as redis:
        await redis.enqueue_job("cron:close_due_windows", _queue_name=QUEUE)
        await work_off(redis)
    assert await window_statuses(workspace) == {due: "PASSIVE", open_: "ACTIVE"}
    assert len(await events(workspace, EventType.WINDOW_CLOSED)) == 1


async def test_a_schedule_starts_its_job(settings: Settings) -> None:
    started = asyncio.Event()

    async def note(resources: Resources) -> None:
        started.set()

    soon = (datetime.now(UTC) + timedelta(seconds=2)).second
    job = RegisteredJob("note", note, timeout_seconds=5, schedule=Schedule(second=soon))
    async with empty_queue(settings) as redis:
        worker = ArqWorker(redis, [job], Resources(enqueue=Handed()))
        working = asyncio.ensure_future(worker.work())
        async with asyncio.timeout(20):
            await started.wait()
        await worker.finish(5)
        working.cancel()
    assert started.is_set()


async def test_a_job_that_is_asked_for_runs_with_its_arguments(
    settings: Settings, workspace: Workspace
) -> None:
    [due] = await interactions(workspace, datetime.now(UTC) - YEAR)
    async with empty_queue(settings) as redis:
        await ArqQueue(redis)(expire(workspace))
        await work_off(redis)
    assert await expired_ids(workspace) == {due}


async def test_while_a_job_of_a_key_waits_another_one_is_not_added(
    settings: Settings, workspace: Workspace
) -> None:
    async with empty_queue(settings) as redis:
        for _ in range(3):
            await ArqQueue(redis)(expire(workspace, "once"))
        assert await redis.zcard(QUEUE) == 1
        await work_off(redis)
        assert await redis.zcard(QUEUE) == 0


async def test_what_an_emptied_redis_has_forgotten_is_found_again(
    settings: Settings, workspace: Workspace
) -> None:
    [due] = await interactions(workspace, datetime.now(UTC) - YEAR)
    async with empty_queue(settings) as redis:
        await find_nightly_expiries(Resources(enqueue=ArqQueue(redis)))
        await redis.flushdb()
        await work_off(redis)
        assert await expired_ids(workspace) == set()
        await find_nightly_expiries(Resources(enqueue=ArqQueue(redis)))
        await work_off(redis)
    assert await expired_ids(workspace) == {due}


async def test_a_job_that_fails_does_not_take_the_worker_with_it(settings: Settings) -> None:
    ran = []

    async def fail(resources: Resources) -> None:
        ran.append("fail")
        raise ValueError("no")

    async def note(resources: Resources) -> None:
        ran.append("note")

    jobs = [RegisteredJob("fail", fail, 5), RegisteredJob("note", note, 5)]
    async with empty_queue(settings) as redis:
        for name in ("fail", "note"):
            await redis.enqueue_job(name, _queue_name=QUEUE)
        await work_off(redis, jobs)
    assert sorted(ran) == ["fail", "note"]


async def test_the_worker_outlives_its_redis(tmp_path: Path) -> None:
    """Redis dies under it, and comes back empty: the next job that is handed in runs."""
    port = free_port()
    stop, ran = asyncio.Event(), asyncio.Event()

    async def note(resources: Resources) -> None:
        ran.set()

    redis = connect(f"redis://127.0.0.1:{port}/0")
    worker = ArqWorker(redis, [RegisteredJob("note", note, 5)], Resources(enqueue=Handed()))
    working = asyncio.ensure_future(keep_working(worker, stop))
    try:
        for _ in range(2):
            with valkey(tmp_path, port):
                async with asyncio.timeout(30):
                    await hand_in(port, "note")
                    await ran.wait()
            ran.clear()
            assert not working.done()
    finally:
        stop.set()
        await working
        await redis.aclose()


async def hand_in(port: int, name: str) -> None:
    """Hand a job in as soon as the server answers."""
    while True:
        redis = connect(f"redis://127.0.0.1:{port}/0")
        try:
            await redis.enqueue_job(name, _queue_name=QUEUE)
            return
        except (RedisError, OSError):
            continue
        finally:
            await redis.aclose()


@contextmanager
def valkey(folder: Path, port: int) -> Iterator[None]:
    """A Valkey server that is killed at the end."""
    command = [str(find_binaries(None).valkey), "--port", str(port), "--save", "", "--dir"]
    with subprocess.Popen([*command, str(folder)], stdout=subprocess.DEVNULL) as server:
        try:
            yield
        finally:
            server.kill()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.mark.parametrize("name", ["cron:close_due_windows", "expire_interactions"])
async def test_jobs_in_redis_are_json(settings: Settings, name: str) -> None:
    async with empty_queue(settings) as redis:
        await redis.enqueue_job(name, "x", _job_id="one", _queue_name=QUEUE)
        kept = await redis.get("arq:job:one")
    assert kept is not None
    assert kept.startswith(b"{")


def test_the_parts_of_an_address_may_be_percent_encoded() -> None:
    found = redis_settings("rediss://me:p%40ss@cache.example:6390/3")
    assert (found.host, found.port, found.database, found.ssl) == ("cache.example", 6390, 3, True)
    assert (found.username, found.password) == ("me", "p@ss")
