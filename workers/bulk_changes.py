"""The jobs of bulk changes: finding those that nobody works on, and doing one."""

from uuid import UUID

import structlog

from services.bulk.runs import run_bulk_change
from services.due_work import waiting_bulk_changes
from services.jobs import Job, JobName
from workers.registrations import Resources

SECONDS = 240.0
"""A longer one is left after this time; the sweep has it taken up within a minute."""

log = structlog.get_logger(__name__)


async def find_waiting_bulk_changes(resources: Resources) -> None:
    """Have bulk changes done that wait, or whose worker was stopped, or has died."""
    minute = f"{resources.clock():%Y%m%d%H%M}"
    for workspace_id, change_id in await waiting_bulk_changes(resources.clock()):
        arguments = (str(workspace_id), str(change_id))
        key = f"{JobName.RUN_BULK_CHANGE}:{change_id}:{minute}"
        await resources.enqueue(Job(JobName.RUN_BULK_CHANGE, arguments, key))


async def run_waiting_bulk_change(resources: Resources, workspace_id: str, change_id: str) -> None:
    """Do what is left of one bulk change."""
    run = await run_bulk_change(
        UUID(workspace_id),
        UUID(change_id),
        clock=resources.clock,
        proceed=resources.proceed_for(SECONDS),
    )
    log.info(
        "bulk_change_run",
        workspace=workspace_id,
        bulk_change=change_id,
        customers=run.done,
        batches=run.batches,
        finished=run.finished,
    )
