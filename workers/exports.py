"""The jobs that export customers into files, and those that purge files."""

from uuid import UUID

import structlog

from services.due_files import ended_files, waiting_exports
from services.exporting.runs import run_export
from services.file_purges import purge_files, sweep_files
from services.jobs import Job, JobName
from workers.registrations import Resources

SECONDS = 1_500.0
"""A longer export is begun anew, and fails in the end: a part of it is of no use."""
AT_ONCE = 2
"""Exports under way, over all workers and workspaces."""

log = structlog.get_logger(__name__)


async def find_waiting_exports(resources: Resources) -> None:
    """Have exports made that wait, or whose worker has died; see `find_waiting_imports`."""
    now = resources.clock()
    for one in await waiting_exports(now, AT_ONCE):
        key = f"{JobName.RUN_EXPORT}:{one.id}:{now:%Y%m%d%H%M%S}"
        arguments = (str(one.workspace_id), str(one.id))
        await resources.enqueue(Job(JobName.RUN_EXPORT, arguments, key))


async def run_waiting_export(resources: Resources, workspace_id: str, export_id: str) -> None:
    """Make one exported file."""
    run = await run_export(
        UUID(workspace_id),
        UUID(export_id),
        files=resources.files,
        clock=resources.clock,
        proceed=resources.proceed_for(SECONDS),
    )
    log.info(
        "export_run",
        workspace=workspace_id,
        id=export_id,
        claimed=run.claimed,
        rows=run.rows,
        finished=run.finished,
    )


async def purge_ended_files(resources: Resources) -> None:
    """Remove uploads, exports and files of refused rows whose time is over."""
    now = resources.clock()
    for workspace_id in await ended_files(now):
        purged = await purge_files(resources.files, workspace_id, now)
        log.info("files_purged", workspace=str(workspace_id), files=purged)
    swept = await sweep_files(resources.files, now)
    if swept:
        log.info("files_swept", files=swept)
