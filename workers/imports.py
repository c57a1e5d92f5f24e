"""The jobs that import files: finding those that wait, and doing them, each for a while."""

from uuid import UUID

import structlog

from services.due_files import waiting_imports
from services.importing.queued import run_queued_import
from services.jobs import Job, JobName
from services.statistics import refresh_statistics
from workers.registrations import Resources

SECONDS = 60.0
"""A longer import is left then for the others who wait, and taken up again in its turn."""
AT_ONCE = 4
"""Imports under way, over all workers and workspaces."""

log = structlog.get_logger(__name__)


async def find_waiting_imports(resources: Resources) -> None:
    """Have imports taken up that wait, that had their turn, or whose worker has died.

    The key has the second in it: a job that died with its worker does not stand in the way of the
    next one. Two for one import are harmless, as only one gets its lease.
    """
    now = resources.clock()
    for one in await waiting_imports(now, AT_ONCE):
        key = f"{JobName.RUN_IMPORT}:{one.id}:{now:%Y%m%d%H%M%S}"
        arguments = (str(one.workspace_id), str(one.id))
        await resources.enqueue(Job(JobName.RUN_IMPORT, arguments, key))


async def run_waiting_import(resources: Resources, workspace_id: str, import_id: str) -> None:
    """Import of one file what is left, as far as the time allows."""
    run = await run_queued_import(
        UUID(workspace_id),
        UUID(import_id),
        files=resources.files,
        clock=resources.clock,
        proceed=resources.proceed_for(SECONDS),
    )
    if run.finished:
        await refresh_statistics(run.rows)
    log.info(
        "import_run",
        workspace=workspace_id,
        id=import_id,
        claimed=run.claimed,
        rows=run.rows,
        finished=run.finished,
    )
