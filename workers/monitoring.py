"""The job that holds kept counts against the customers themselves, each night."""

import structlog

from services.due_work import nightly_workspaces
from services.monitoring import recount
from services.transactions import workspace_transaction
from workers.registrations import Resources

log = structlog.get_logger(__name__)


async def recount_customers(resources: Resources) -> None:
    """Count the customers of each workspace whose night it is, and mend what was kept wrong.

    Every change keeps the counts right by itself, so a difference is a fault or was loaded past the
    services: it is logged as an error. Run twice, it finds nothing the second time.
    """
    proceed = resources.proceed_for(240.0)
    async for workspace_id in nightly_workspaces(resources.clock()):
        if not proceed():
            return
        async with workspace_transaction(workspace_id, now=resources.clock()) as tx:
            found = await recount(tx)
        if any(found.values()):
            log.error("counts_mended", workspace=str(workspace_id), **found)
