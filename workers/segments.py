"""The job that keeps segments: after large changes, when criteria are new, and as days go by."""

import structlog

from services.due_work import due_segments
from services.segments.refreshing import refresh_segments
from workers.registrations import Resources

SECONDS = 60.0
"""A run ends then, and the next one goes on with what is left."""

log = structlog.get_logger(__name__)


async def keep_segments(resources: Resources) -> None:
    """Look at the customers who wait for it, and refresh the segments that are due."""
    proceed = resources.proceed_for(SECONDS)
    async for workspace_id in due_segments(resources.clock()):
        if not proceed():
            return
        run = await refresh_segments(workspace_id, clock=resources.clock, proceed=proceed)
        log.info(
            "segments_kept",
            workspace=str(workspace_id),
            looked_at=run.looked_at,
            segments=run.segments,
            moved=run.moved,
        )
