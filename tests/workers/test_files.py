"""The jobs of files: what waits is taken up, in turn, and what is over is purged."""

from datetime import timedelta
from pathlib import Path

from models import ExportFormat, Workspace
from services.due_files import ended_files, waiting_exports, waiting_imports
from services.exporting.frozen import Frozen
from services.exporting.requests import NewExport, ask_export
from services.files import Files
from services.jobs import JobName
from services.transactions import workspace_transaction
from tests.services.importing.queues import Queue, table
from tests.services.writing import NOW, as_user, rows, user
from tests.workers.arq_workers import Handed
from workers.exports import find_waiting_exports, purge_ended_files, run_waiting_export
from workers.imports import find_waiting_imports, run_waiting_import
from workers.registrations import Resources

FILE = table(["fullName"], ["Budi"])


async def queue_of(workspace: Workspace, folder: Path) -> Queue:
    """Imports into a workspace."""
    return Queue(workspace, as_user(await user(workspace)), folder)


def resources_of(queue: Queue, handed: Handed | None = None) -> Resources:
    """What a worker gives to jobs."""
    return Resources(enqueue=handed or Handed(), clock=lambda: NOW, files=queue.files)


def left_in(folder: Path) -> list[Path]:
    """The files in a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_an_import_that_waits_is_handed_in_and_done(
    workspace: Workspace, tmp_path: Path
) -> None:
    queue, handed = await queue_of(workspace, tmp_path), Handed()
    id = await queue.ask(FILE)
    await find_waiting_imports(resources_of(queue, handed))
    [arguments] = [
        job.arguments for job in handed.jobs if job.arguments[:1] == (str(workspace.id),)
    ]
    assert arguments == (str(workspace.id), str(id))
    assert {job.name for job in handed.jobs} == {JobName.RUN_IMPORT}
    await run_waiting_import(resources_of(queue), *arguments)
    assert (await queue.row(id)).added == 1
    assert [one.id for one in await waiting_imports(NOW, 99) if one.id == id] == []


async def test_imports_of_a_workspace_take_turns(workspace: Workspace, tmp_path: Path) -> None:
    queue = await queue_of(workspace, tmp_path)
    first, second = await queue.ask(FILE), await queue.ask(FILE)

    async def waiting(after: timedelta) -> list[object]:
        found = await waiting_imports(NOW + after, 99)
        return [one.id for one in found if one.workspace_id == workspace.id]

    assert await waiting(timedelta()) == [min(first, second)]
    await rows(
        workspace,
        "UPDATE imports SET lease_until = $3 WHERE workspace_id = $1 AND id = $2 RETURNING id",
        first,
        NOW + timedelta(seconds=9),
    )
    assert await waiting(timedelta(seconds=8)) == []
    # The first had its turn: the second one has waited longer.
    assert await waiting(timedelta(seconds=9)) == [second]
    assert await waiting_imports(NOW, 0) == []


async def test_an_export_that_waits_is_handed_in_and_done(
    workspace: Workspace, tmp_path: Path
) -> None:
    queue, handed = await queue_of(workspace, tmp_path), Handed()
    async with workspace_transaction(workspace.id, now=NOW) as tx:
        of = Frozen("r.workspace_id = $1")
        row = await ask_export(tx, NewExport(format=ExportFormat.JSONL, of=of))
    await find_waiting_exports(resources_of(queue, handed))
    [job] = [job for job in handed.jobs if job.arguments[:1] == (str(workspace.id),)]
    assert job.name is JobName.RUN_EXPORT
    await run_waiting_export(resources_of(queue), *job.arguments)
    assert [one for one in await waiting_exports(NOW, 99) if one.id == row.id] == []


async def test_files_whose_time_is_over_are_found_and_purged(
    workspace: Workspace, tmp_path: Path
) -> None:
    files = Files(tmp_path, kept_uploads=timedelta(hours=1))
    queue = await queue_of(workspace, tmp_path)
    queue.files = files
    await queue.run(await queue.ask(table(["fullName"], ["Budi"], [""], [" ", "x"])))
    over = NOW + timedelta(hours=2)
    assert workspace.id in await ended_files(over)
    assert workspace.id not in await ended_files(NOW)
    resources = Resources(enqueue=Handed(), clock=lambda: over, files=files)
    await purge_ended_files(resources)
    assert left_in(tmp_path) == []
    assert workspace.id not in await ended_files(over)
    await purge_ended_files(resources)
