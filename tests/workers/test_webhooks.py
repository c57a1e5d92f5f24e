"""Webhooks at real workers: woken by a commit, and at least once whatever dies."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from redis.asyncio import Redis

from models import Workspace
from services.notices import followed_by
from services.webhooks.deliverers import SWEEP_SECONDS
from settings import Settings, child_environment
from tests.services.webhooks.deliveries import MERGED, deliveries, endpoint, happen
from tests.services.webhooks.receivers import Taken, hang, receiving, take
from tests.services.writing import rows
from workers.wakeups import Publisher

ADDRESSES = ("database_url", "database_app_url", "database_maintenance_url", "redis_url")
END_LEASES = """
    UPDATE webhook_deliveries SET lease_until = created_at
    WHERE workspace_id = $1 AND lease_until IS NOT NULL RETURNING id"""


@asynccontextmanager
async def worker_process(settings: Settings) -> AsyncIterator[asyncio.subprocess.Process]:
    """A real worker that may call this machine, and tries again at once; killed at the end."""
    given = {name.upper(): getattr(settings, name) for name in ADDRESSES}
    additions = {name: url for name, url in given.items() if url is not None}
    additions |= {
        "SATUKAN_WEBHOOK_ALLOW_PRIVATE": "true",
        "SATUKAN_WEBHOOK_RETRY_SECONDS": ",".join(["0.1"] * 9),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway.processes.working",
        env=child_environment(additions),
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def publishing(settings: Settings) -> AsyncIterator[None]:
    """What this process commits wakes the others."""
    assert settings.redis_url is not None
    async with Redis.from_url(settings.redis_url) as redis:
        publisher = Publisher(redis)
        with followed_by(publisher):
            yield
        await publisher.finish()


async def test_a_worker_delivers_what_is_committed_and_stops_when_told_to(
    settings: Settings, workspace: Workspace
) -> None:
    async with receiving() as receiver, worker_process(settings) as process:
        await endpoint(workspace, receiver.url)
        await happen(workspace, MERGED)
        await receiver.has(1)
        loop = asyncio.get_running_loop()
        async with publishing(settings):
            waits = []
            for count in range(2, 7):
                began = loop.time()
                await happen(workspace, MERGED)
                await receiver.has(count)
                waits.append(loop.time() - began)
        # Woken by the commit, and not found by the next look around.
        assert min(waits) < SWEEP_SECONDS / 2
        process.terminate()
        async with asyncio.timeout(15):
            assert await process.wait() == 0
    assert len(set(receiver.ids)) == 6


async def test_a_worker_that_is_killed_in_an_attempt_leaves_it_to_the_next(
    settings: Settings, workspace: Workspace
) -> None:
    """Its leases are made to end at once: the test does not wait for a minute."""
    async with receiving(hang) as receiver:
        await endpoint(workspace, receiver.url)
        await happen(workspace, *[MERGED] * 3)
        async with worker_process(settings) as process:
            await receiver.has(3)
            process.kill()
            await process.wait()
        assert len(await rows(workspace, END_LEASES)) == 3
        receiver.respond = take
        async with worker_process(settings):
            await receiver.has(6)
            async with asyncio.timeout(20):
                while {row["status"] for row in await deliveries(workspace)} != {"DELIVERED"}:
                    pass
    assert sorted(receiver.ids) == sorted(2 * sorted(set(receiver.ids)))


async def test_two_workers_and_a_receiver_that_loses_answers_lose_nothing(
    settings: Settings, workspace: Workspace
) -> None:
    """Every seventh answer is a refusal; each message comes in the end, and none under two ids."""
    count = 0

    async def respond(_: Taken) -> web.Response:
        nonlocal count
        count += 1
        return web.Response(status=500 if count % 7 == 0 else 204)

    async with (
        receiving(respond) as receiver,
        worker_process(settings),
        worker_process(settings),
        publishing(settings),
    ):
        made, _ = await endpoint(workspace, receiver.url)
        for _ in range(20):
            await happen(workspace, *[MERGED] * 5)
        async with asyncio.timeout(40):
            while {row["status"] for row in await deliveries(workspace)} != {"DELIVERED"}:
                pass
    found = await deliveries(workspace, made.id)
    assert len(found) == len(set(receiver.ids)) == 100
    assert {f"evt_{row['event_id'].hex}" for row in found} == set(receiver.ids)
