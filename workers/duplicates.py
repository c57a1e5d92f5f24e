"""The jobs that keep duplicate suggestions up to date: finding where it is due, and doing it."""

from uuid import UUID

import structlog

from models import JobKind
from services.due_work import abandoned_runs, due_comparisons
from services.duplicates.running import compare_customers
from services.jobs import Job, JobName
from workers.registrations import Resources

SECONDS = 240.0
"""A longer run is left after this time; the sweep has it taken up within a minute."""

log = structlog.get_logger(__name__)


async def find_due_comparisons(resources: Resources) -> None:
    """Have customers compared where some have changed, or a run's worker was stopped or died.

    The key of a job has the minute in it: one that died with its worker does not stand in the way
    of the next one. Two for one workspace are harmless, as only one gets the run's lease.
    """
    now = resources.clock()
    due = [workspace_id async for workspace_id in due_comparisons()]
    due += await abandoned_runs(JobKind.DUPLICATES, now)
    for workspace_id in dict.fromkeys(due):
        key = f"{JobName.COMPARE_CUSTOMERS}:{workspace_id}:{now:%Y%m%d%H%M}"
        await resources.enqueue(Job(JobName.COMPARE_CUSTOMERS, (str(workspace_id),), key))


async def compare_workspace(resources: Resources, workspace_id: str) -> None:
    """Bring the duplicate suggestions of one workspace up to date."""
    run = await compare_customers(
        UUID(workspace_id), clock=resources.clock, proceed=resources.proceed_for(SECONDS)
    )
    log.info(
        "customers_compared",
        workspace=workspace_id,
        customers=run.compared,
        suggestions=run.suggested,
        finished=run.finished,
    )
