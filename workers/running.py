"""A worker process from its start to its end."""

import asyncio
import gc
import signal
import sys
from collections.abc import Iterable
from datetime import timedelta

import structlog
from redis.exceptions import RedisError

from models.database import close_database, open_database
from services.files import files_of
from settings import Settings
from workers.queues import ArqQueue, ArqWorker, connect
from workers.registrations import RegisteredJob, Resources
from workers.settings import JOBS
from workers.webhooks import delivering

GRACE_SECONDS = 10.0
"""After the signal to stop: jobs end after their current batch; this is for one that does not."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
"""Seconds between attempts to reach Redis again; each pause is twice the one before it."""

log = structlog.get_logger(__name__)


COLLECTED_AFTER = 20_000
"""Objects that are new when Python looks for cycles among them."""
SWITCH_SECONDS = 0.001
"""How long a thread may keep the interpreter from one that waits for it."""


def settle_process() -> None:
    """Have this process do what workers do: much at once, and beside it answers that come in.

    Looking for cycles among rows that have none, and among all that is loaded, took two fifths of
    an import's time; and the thread that reads a file kept each answer of the database waiting.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED_AFTER, 20, 20)
    sys.setswitchinterval(SWITCH_SECONDS)


class NoQueue(Exception):
    """No address of Redis is set."""


async def run_worker(settings: Settings, jobs: Iterable[RegisteredJob] = JOBS) -> None:
    """Run jobs and deliver webhooks until SIGTERM or SIGINT: then end after what is under way.

    While Redis cannot be reached it waits and tries again. Raises NoQueue and
    models.database.NoDatabase where no address is set.
    """
    if settings.redis_url is None:
        raise NoQueue("Set REDIS_URL to the address of a Redis or Valkey server.")
    await open_database(settings)
    redis = connect(settings.redis_url)
    resources = Resources(
        enqueue=ArqQueue(redis),
        deliveries_kept=timedelta(days=settings.webhook_retention_days),
        files=files_of(settings),
    )
    stop = asyncio.Event()

    def told_to_stop() -> None:
        resources.stopping = True
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told_to_stop)
    try:
        async with delivering(settings, redis, resources, stop):
            await keep_working(ArqWorker(redis, tuple(jobs), resources), stop)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
        await redis.aclose()
        await close_database()
        log.info("worker_stopped")


async def keep_working(worker: ArqWorker, stop: asyncio.Event) -> None:
    """Take jobs until `stop` is set, whatever becomes of Redis in the meantime."""
    stopped = asyncio.ensure_future(stop.wait())
    pause = FIRST_PAUSE
    try:
        while not stop.is_set():
            began = asyncio.get_running_loop().time()
            working = asyncio.ensure_future(worker.work())
            await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                await worker.finish(GRACE_SECONDS)
            error = await outcome(working)
            if stop.is_set():
                return
            if asyncio.get_running_loop().time() - began > LONGEST_PAUSE:
                pause = FIRST_PAUSE
            log.warning("queue_lost", error=repr(error), again_in_seconds=pause)
            await asyncio.wait({stopped}, timeout=pause)
            pause = min(pause * 2, LONGEST_PAUSE)
    finally:
        stopped.cancel()


async def outcome(working: asyncio.Future[None]) -> BaseException | None:
    """What ended the loop: losing Redis, or nothing. Raises any other error."""
    if not working.done():
        working.cancel()
    [error] = await asyncio.gather(working, return_exceptions=True)
    expected = (RedisError, OSError, TimeoutError, asyncio.CancelledError)
    if isinstance(error, BaseException) and not isinstance(error, expected):
        raise error
    return error
