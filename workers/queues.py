"""The one module that knows arq: handing jobs in, and a worker that takes them.

arq schedules and wakes; what must not be lost is a row in PostgreSQL. Redis may go away and come
back, empty or not: the worker waits for it, and the next run of each schedule finds what is due.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC
from functools import wraps
from typing import Any
from urllib.parse import unquote

import orjson
from arq.connections import ArqRedis, RedisSettings
from arq.cron import CronJob, cron
from arq.worker import Function, Worker, func
from redis.exceptions import RedisError

from services.jobs import Job
from workers.registrations import RegisteredJob, Resources

QUEUE = "satukan:jobs"
HEALTH_KEY = "satukan:worker:health"
HEALTH_SECONDS = 10
"""A living worker writes HEALTH_KEY this often; it lapses one second later."""
JOBS_AT_ONCE = 8
POLL_SECONDS = 0.25
ANSWER_SECONDS = 10
RESOURCES = "resources"


def redis_settings(url: str) -> RedisSettings:
    """arq's settings for a Redis address; its parts may be percent-encoded."""
    found = RedisSettings.from_dsn(url)
    return replace(
        found,
        username=unquote(found.username) if found.username else None,
        password=unquote(found.password) if found.password else None,
        # The worker's own loop waits for Redis, and can be stopped meanwhile.
        conn_retries=0,
    )


def serialize(value: dict[str, Any]) -> bytes:
    """Jobs in Redis are JSON: whoever can write there can ask for jobs, and run nothing else."""
    return orjson.dumps(value, default=repr)


@dataclass
class ArqQueue:
    """Hands jobs in: an `Enqueue` for services."""

    redis: ArqRedis

    async def __call__(self, job: Job) -> None:
        """Hand a job in. Raises redis.RedisError or OSError where Redis cannot be reached."""
        await self.redis.enqueue_job(
            job.name.value, *job.arguments, _job_id=job.key, _queue_name=QUEUE
        )


def connect(url: str) -> ArqRedis:
    """A client of the queue at `url`; it connects when it is first used."""
    found = redis_settings(url)
    return ArqRedis(
        host=found.host,
        port=found.port,
        unix_socket_path=found.unix_socket_path,
        db=found.database,
        username=found.username,
        password=found.password,
        ssl=found.ssl,
        socket_connect_timeout=found.conn_timeout,
        # No command of arq's waits on purpose: longer than this is a connection that is dead.
        socket_timeout=ANSWER_SECONDS,
        socket_keepalive=True,
        job_serializer=serialize,
        job_deserializer=orjson.loads,
        default_queue_name=QUEUE,
    )


class ArqWorker:
    """arq's worker on the inventory. `work` may be called again when Redis has taken it down."""

    def __init__(
        self,
        redis: ArqRedis,
        jobs: Sequence[RegisteredJob],
        resources: Resources,
        *,
        burst: bool = False,
    ) -> None:
        """With `burst`, `work` ends as soon as nothing waits."""
        self._redis = redis
        self._jobs = jobs
        self._resources = resources
        self._burst = burst
        self._worker: Worker | None = None
        self._running: set[asyncio.Task[Any]] = set()

    async def work(self) -> None:
        """Take jobs until cancelled. Raises redis.RedisError or OSError when Redis is lost.

        What runs then runs on: a job needs Redis only for saying that it has ended.
        """
        self._worker = make_worker(self._redis, self._jobs, self._resources, self._burst)
        unremarkable, logger = Unremarkable(self._jobs), logging.getLogger("arq.worker")
        logger.addFilter(unremarkable)
        try:
            await self._worker.async_run()
        finally:
            logger.removeFilter(unremarkable)
            self._running = {task for task in self._all_running() if not task.done()}

    async def finish(self, seconds: float) -> None:
        """Take no further job, and wait up to so long for those that run; then cancel them."""
        if self._worker is not None:
            self._worker.allow_pick_jobs = False
        running = self._all_running()
        if running:
            await asyncio.wait(running, timeout=seconds)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        with suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(1.0):
                await self._redis.delete(HEALTH_KEY)

    def _all_running(self) -> set[asyncio.Task[Any]]:
        return self._running | set(self._worker.tasks.values() if self._worker else ())


def make_worker(
    redis: ArqRedis, jobs: Iterable[RegisteredJob], resources: Resources, burst: bool = False
) -> Worker:
    """arq's worker on the inventory; how it is stopped is left to the caller.

    With `burst`, what comes every few seconds does not come: something would always wait.
    """
    registered = [job for job in jobs if not (burst and comes_every_few_seconds(job))]
    return Worker(
        functions=[_function(job) for job in registered],
        cron_jobs=[_cron(job) for job in registered if job.schedule],
        queue_name=QUEUE,
        redis_pool=redis,
        burst=burst,
        handle_signals=False,
        max_jobs=JOBS_AT_ONCE,
        poll_delay=POLL_SECONDS,
        # What a job did is in the database and in the log.
        keep_result=0,
        max_tries=3,
        health_check_key=HEALTH_KEY,
        health_check_interval=HEALTH_SECONDS,
        ctx={RESOURCES: resources},
        job_serializer=serialize,
        job_deserializer=orjson.loads,
        timezone=UTC,
        log_results=False,
    )


def comes_every_few_seconds(job: RegisteredJob) -> bool:
    """Whether a job runs several times a minute."""
    return job.schedule is not None and not isinstance(job.schedule.second, int)


class Unremarkable(logging.Filter):
    """Leaves out that a job came and went which comes every few seconds; not that it failed."""

    def __init__(self, jobs: Iterable[RegisteredJob]) -> None:
        super().__init__()
        self._names = [f"cron:{job.name}" for job in jobs if comes_every_few_seconds(job)]

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is to be written."""
        if record.levelno > logging.INFO:
            return True
        text = record.getMessage()
        return not any(name in text for name in self._names)


def _coroutine(job: RegisteredJob) -> Any:
    @wraps(job.function)
    async def run(context: dict[str, Any], *arguments: str) -> None:
        await job.function(context[RESOURCES], *arguments)

    return run


def _function(job: RegisteredJob) -> Function:
    return func(_coroutine(job), name=str(job.name), timeout=job.timeout_seconds)


def _cron(job: RegisteredJob) -> CronJob:
    assert job.schedule is not None
    minutes, second = job.schedule.minutes, job.schedule.second
    return cron(
        _coroutine(job),
        name=f"cron:{job.name}",
        minute=None if minutes is None else set(minutes),
        second=second if isinstance(second, int) else set(second),
        timeout=job.timeout_seconds,
    )
