"""Webhooks at a worker: delivering beside the jobs, and the job that removes what has ended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from redis.asyncio import Redis

from services.due_work import ended_deliveries
from services.notices import followed_by
from services.webhooks.addresses import AddressRules
from services.webhooks.deliverers import Deliverer
from services.webhooks.purging import purge_deliveries
from services.webhooks.schedules import RETRY_SECONDS
from services.webhooks.sending import HttpSender
from settings import Settings
from workers.registrations import Resources
from workers.wakeups import Publisher, follow

GRACE_SECONDS = 5.0
"""After the signal to stop, for attempts that are under way. What is broken off is made again."""
SECONDS = 240.0
"""A longer purge ends after its batch; the next hour's goes on."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def delivering(
    settings: Settings, redis: Redis, resources: Resources, stop: asyncio.Event
) -> AsyncIterator[None]:
    """Deliver while the context is open, until `stop` is set; and tell other processes of the
    events that this one commits."""
    publisher = Publisher(redis)
    rules = AddressRules(allow_private=settings.webhook_allow_private)
    async with HttpSender(rules, resources.clock) as send:
        waits = settings.webhook_retry_seconds or RETRY_SECONDS
        deliverer = Deliverer(send, resources.clock, waits=waits)
        tasks = [
            asyncio.ensure_future(deliverer.run()),
            asyncio.ensure_future(follow(redis, deliverer.hear, deliverer.look_around)),
        ]
        ending = asyncio.ensure_future(finish_when(stop, deliverer))
        try:
            with followed_by(publisher):
                yield
        finally:
            stop.set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(ending, *tasks, return_exceptions=True)
            with suppress(asyncio.CancelledError):
                await publisher.finish()


async def finish_when(stop: asyncio.Event, deliverer: Deliverer) -> None:
    """Wait to be told to stop, and then for what is under way."""
    await stop.wait()
    await deliverer.finish(GRACE_SECONDS)


async def purge_ended_deliveries(resources: Resources) -> None:
    """Remove deliveries that ended before the retention, and those of deleted endpoints."""
    proceed = resources.proceed_for(SECONDS)
    until = resources.clock() - resources.deliveries_kept
    for workspace_id in await ended_deliveries(until):
        if not proceed():
            return
        run = await purge_deliveries(workspace_id, until, clock=resources.clock, proceed=proceed)
        log.info(
            "deliveries_purged",
            workspace=str(workspace_id),
            deliveries=run.deliveries,
            endpoints=run.endpoints,
            batches=run.batches.done,
            longest_batch_ms=round(run.batches.longest_seconds * 1000, 1),
            finished=run.finished,
        )
