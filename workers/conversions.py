"""The job that converts customers' values after a property has taken a new type or new options."""

from uuid import UUID

import structlog

from services.due_work import waiting_conversions
from services.property_conversions import convert_due
from services.transactions import retrying, workspace_transaction
from workers.registrations import Resources

SECONDS = 60.0
"""A run ends then, and the next one goes on with what is left."""

log = structlog.get_logger(__name__)


async def convert_properties(resources: Resources) -> None:
    """Convert what waits for it, workspace by workspace, in batches of their own transactions."""
    proceed = resources.proceed_for(SECONDS)
    for workspace_id in await waiting_conversions():
        batches = 0
        while proceed() and await _convert_batch(resources, workspace_id):
            batches += 1
        log.info("properties_converted", workspace=str(workspace_id), batches=batches)


async def _convert_batch(resources: Resources, workspace_id: UUID) -> bool:
    async def attempt() -> bool:
        async with workspace_transaction(workspace_id, now=resources.clock()) as tx:
            return await convert_due(tx)

    return await retrying(attempt)
