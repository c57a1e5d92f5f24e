"""Workers and queues for tests, on the test's own Redis database."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from arq.connections import ArqRedis
from arq.worker import Worker

from services.jobs import Job
from settings import Settings
from workers.queues import ArqQueue, ArqWorker, connect, make_worker
from workers.registrations import RegisteredJob, Resources
from workers.settings import JOBS


@dataclass
class Handed:
    """An `Enqueue` that keeps what it was handed."""

    jobs: list[Job] = field(default_factory=list)

    async def __call__(self, job: Job) -> None:
        """Keep the job."""
        self.jobs.append(job)


def idle_worker(jobs: Sequence[RegisteredJob]) -> Worker:
    """arq's worker on these jobs, with a client that never connects."""
    return make_worker(connect("redis://127.0.0.1:1/0"), jobs, Resources(enqueue=Handed()))


@asynccontextmanager
async def empty_queue(settings: Settings) -> AsyncIterator[ArqRedis]:
    """The test's Redis database, empty before and after."""
    assert settings.redis_url is not None
    redis = connect(settings.redis_url)
    await redis.flushdb()
    yield redis
    await redis.flushdb()
    await redis.aclose()


async def work_off(redis: ArqRedis, jobs: Sequence[RegisteredJob] = JOBS) -> None:
    """Run a real worker until the queue is empty."""
    await ArqWorker(redis, jobs, Resources(enqueue=ArqQueue(redis)), burst=True).work()
