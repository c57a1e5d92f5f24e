"""The jobs of broadcasts: finding those that wait, doing one, and closing those that were sent."""

from uuid import UUID

import structlog

from services.broadcasts.ending import close_sent
from services.broadcasts.queueing import run_broadcast
from services.due_broadcasts import sent_broadcasts, waiting_broadcasts
from services.jobs import Job, JobName
from services.transactions import workspace_transaction
from workers.registrations import Resources

SECONDS = 240.0
"""A longer one is left after this time; the sweep has it taken up at once."""

log = structlog.get_logger(__name__)


async def find_waiting_broadcasts(resources: Resources) -> None:
    """Have broadcasts taken up that wait, whose time has come, or whose worker has died.

    The key has the second in it: a job that died with its worker does not stand in the way of the
    next one. Two for one broadcast are harmless, as only one gets its lease.
    """
    now = resources.clock()
    for workspace_id, campaign_id in await waiting_broadcasts(now):
        key = f"{JobName.RUN_BROADCAST}:{campaign_id}:{now:%Y%m%d%H%M%S}"
        arguments = (str(workspace_id), str(campaign_id))
        await resources.enqueue(Job(JobName.RUN_BROADCAST, arguments, key))


async def run_waiting_broadcast(resources: Resources, workspace_id: str, campaign_id: str) -> None:
    """Do what one broadcast waits for."""
    run = await run_broadcast(
        UUID(workspace_id),
        UUID(campaign_id),
        clock=resources.clock,
        proceed=resources.proceed_for(SECONDS),
    )
    log.info(
        "broadcast_run",
        workspace=workspace_id,
        campaign=campaign_id,
        queued=run.queued,
        batches=run.batches,
        finished=run.finished,
    )


async def close_sent_broadcasts(resources: Resources) -> None:
    """Have broadcasts be SENT of which nothing waits to be sent any more.

    Reports see to it themselves, but for two of the last messages at the same instant, and where
    the last ones were to customers who have been deleted.
    """
    for workspace_id, campaign_id in await sent_broadcasts():
        async with workspace_transaction(workspace_id, now=resources.clock()) as tx:
            await close_sent(tx, campaign_id)
