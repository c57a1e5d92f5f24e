"""The job that closes messaging windows, each minute."""

import asyncio
from uuid import UUID

import structlog

from services.due_work import closing_windows
from services.windows import close_windows
from workers.registrations import Resources

SECONDS = 50.0
"""A run ends before the next minute's begins, which goes on with what is left."""
AT_ONCE = 4
"""Workspaces worked on at the same time: one with much to do does not keep the others waiting."""

log = structlog.get_logger(__name__)


async def close_due_windows(resources: Resources) -> None:
    """Close the windows that have run out, in each workspace that has any.

    Where one workspace fails, the others are closed all the same; the first error is raised in the
    end, for the log of jobs. The next minute's run tries again.
    """
    proceed = resources.proceed_for(SECONDS)
    places = asyncio.Semaphore(AT_ONCE)

    async def close(workspace_id: UUID) -> None:
        async with places:
            run = await close_windows(workspace_id, clock=resources.clock, proceed=proceed)
        log.info(
            "windows_closed",
            workspace=str(workspace_id),
            customers=run.closed,
            events=run.events,
            batches=run.batches,
            longest_batch_ms=round(run.longest_batch_seconds * 1000, 1),
            finished=run.finished,
        )

    due = [workspace_id async for workspace_id in closing_windows(resources.clock())]
    outcomes = await asyncio.gather(*map(close, due), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
