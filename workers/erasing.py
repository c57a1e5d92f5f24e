"""The job that erases deleted customers whose retention is over, each hour."""

import structlog

from services.due_work import due_purges
from services.erasing.purging import purge_deleted_customers
from workers.registrations import Resources

SECONDS = 240.0
"""A run ends well before its timeout; the next one goes on with what is left."""

log = structlog.get_logger(__name__)


async def purge_deleted(resources: Resources) -> None:
    """Erase those who are due in each workspace that has any."""
    proceed = resources.proceed_for(SECONDS)
    async for workspace_id in due_purges(resources.clock()):
        run = await purge_deleted_customers(workspace_id, clock=resources.clock, proceed=proceed)
        log.info(
            "deleted_customers_erased",
            workspace=str(workspace_id),
            customers=run.erased,
            finished=run.finished,
        )
