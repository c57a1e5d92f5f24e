"""The jobs that expire campaign interactions: finding where it is due, and doing it."""

from collections.abc import AsyncIterable, AsyncIterator
from uuid import UUID

import structlog

from models import JobKind
from services.due_work import abandoned_runs, nightly_expiries
from services.expiry import expire_interactions
from services.jobs import Job, JobName
from workers.registrations import Resources

SECONDS = 240.0
"""A longer run is left after this time; the sweep has it taken up within a minute."""

log = structlog.get_logger(__name__)


async def find_nightly_expiries(resources: Resources) -> None:
    """Have each workspace's interactions expired after its 03:00, and after a missed one."""
    await ask_for(resources, nightly_expiries(resources.clock()))


async def find_abandoned_expiries(resources: Resources) -> None:
    """Have runs gone on with whose worker was stopped, or has died."""

    async def abandoned() -> AsyncIterator[UUID]:
        for workspace_id in await abandoned_runs(JobKind.EXPIRY, resources.clock()):
            yield workspace_id

    await ask_for(resources, abandoned())


async def ask_for(resources: Resources, workspaces: AsyncIterable[UUID]) -> None:
    """Hand in a job for each of the workspaces.

    Its key has the minute in it: a job that died with its worker does not stand in the way of the
    next one. Two for one workspace are harmless, as only one gets the run's lease.
    """
    minute = f"{resources.clock():%Y%m%d%H%M}"
    async for workspace_id in workspaces:
        key = f"{JobName.EXPIRE_INTERACTIONS}:{workspace_id}:{minute}"
        await resources.enqueue(Job(JobName.EXPIRE_INTERACTIONS, (str(workspace_id),), key))


async def expire_workspace(resources: Resources, workspace_id: str) -> None:
    """Mark and purge the interactions of one workspace."""
    run = await expire_interactions(
        UUID(workspace_id), clock=resources.clock, proceed=resources.proceed_for(SECONDS)
    )
    log.info(
        "interactions_expired",
        workspace=workspace_id,
        expired=run.expired,
        purged=run.purged,
        batches=run.batches,
        longest_batch_ms=round(run.longest_batch_seconds * 1000, 1),
        finished=run.finished,
    )
