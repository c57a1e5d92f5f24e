"""`import`: customers and orders from a CSV or XLSX file."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gateway.commands.jobs import present
from gateway.databases import run_on_database
from gateway.failures import Failure
from gateway.installations import Data, find_settings
from models import Import, ImportKind, Workspace
from resolvers.ids import global_id, parse_operator_id
from services.importing.runs import ImportRequest, ImportSummary, Told, run_import, try_import
from services.workspaces import find_workspace

import_command = typer.Typer(
    no_args_is_help=True, help="Customers and orders from a CSV or XLSX file."
)
File = Annotated[Path, typer.Argument(help="A CSV or XLSX with a header.", show_default=False)]
Into = Annotated[str, typer.Option("--workspace", help="Id of the workspace.", metavar="ID")]
Mapped = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="COLUMN=FIELD",
        help="Which column feeds which field, once for each. Several columns of one field are "
        "joined by a space. A column with a field's name needs none.",
        show_default=False,
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Check and count everything, and keep nothing.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")]


@import_command.command()
def customers(
    file: File,
    workspace: Into,
    mapping: Mapped = None,
    dry_run: DryRun = False,
    allow_duplicate: Annotated[
        bool,
        typer.Option(
            "--allow-duplicate", help="Also add who has another's phone or e-mail address."
        ),
    ] = False,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Import customers.

    A row whose externalId is known changes that customer. Rows that cannot be imported go to a file
    beside the input, each with its line and the reason. Broken off at any point, the same command
    goes on behind the rows that are done.
    """
    pairs = read_mapping(mapping or [])
    request = ImportRequest(
        workspace_id=parse_operator_id(workspace, Workspace, "--workspace"),
        kind=ImportKind.CUSTOMERS,
        path=file,
        mapping=pairs,
        allow_duplicate=allow_duplicate,
    )
    import_file(request, workspace, dry_run=dry_run, as_json=as_json, data=data)


@import_command.command()
def orders(
    file: File,
    workspace: Into,
    mapping: Mapped = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Import orders of customers who are there.

    Rows with the same externalId are items of one order. Rows that cannot be imported go to a file
    beside the input, each with its line and the reason. Broken off at any point, the same command
    goes on behind the rows that are done.
    """
    request = ImportRequest(
        workspace_id=parse_operator_id(workspace, Workspace, "--workspace"),
        kind=ImportKind.ORDERS,
        path=file,
        mapping=read_mapping(mapping or []),
    )
    import_file(request, workspace, dry_run=dry_run, as_json=as_json, data=data)


def read_mapping(told: list[str]) -> tuple[tuple[str, str], ...]:
    """Pairs of column and field. Raises Failure for what has not the form COLUMN=FIELD."""
    pairs = []
    for each in told:
        column, sign, field = each.rpartition("=")
        if not sign or not column.strip() or not field.strip():
            raise Failure(f"“{each}” is no mapping. Write it as COLUMN=FIELD.")
        pairs.append((column.strip(), field.strip()))
    return tuple(pairs)


def import_file(
    request: ImportRequest, workspace: str, *, dry_run: bool, as_json: bool, data: Data
) -> None:
    """Import with a progress bar, and print what was done.

    Raises Failure where no row at all could be imported, and for an unknown workspace.
    """

    async def run() -> ImportSummary:
        await check_workspace(request.workspace_id, workspace)
        with progress_bar(request.path.name) as told:
            if dry_run:
                return await try_import(request, clock=present, progress=told)
            return await run_import(request, clock=present, progress=told)

    settings = find_settings(data, redis=False)
    try:
        summary = run_on_database(settings, run)
    except KeyboardInterrupt:
        raise Failure("Stopped. Run the same command again: it goes on where it was.") from None
    if as_json:
        typer.echo(json.dumps(describe(summary)))
    else:
        for line in sentences(summary):
            typer.echo(line)
    counts = summary.counts
    if counts.failed and counts.failed == counts.done:
        raise Failure(f"No row could be imported. {summary.failures_path} says why.")


async def check_workspace(workspace_id: UUID, told: str) -> None:
    """Raise Failure where no workspace has the id."""
    if await find_workspace(workspace_id) is None:
        raise Failure(f"There is no workspace {told}. `satukan workspace list` shows them.")


@contextmanager
def progress_bar(title: str) -> Iterator[Told]:
    """A progress bar on the terminal's error output; nothing where that is no terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)

        def told(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield told


def describe(summary: ImportSummary) -> dict[str, Any]:
    """A summary as `--json` prints it."""
    counts = summary.counts
    path = summary.failures_path
    return {
        "id": global_id(Import, summary.import_id) if summary.import_id else None,
        "dryRun": summary.import_id is None,
        "done": counts.done,
        "added": counts.added,
        "updated": counts.updated,
        "skipped": counts.skipped,
        "failed": counts.failed,
        "resumedAfter": summary.resumed_after,
        "errorsFile": str(path) if path else None,
        "unusedColumns": list(summary.unused_columns),
    }


def sentences(summary: ImportSummary) -> list[str]:
    """A summary for people."""
    counts = summary.counts
    lines = []
    if summary.resumed_after:
        lines.append(f"Went on behind the {summary.resumed_after} rows that were done.")
    if summary.failures_lost:
        lines.append(
            "The file of failed rows of the earlier run is gone: it now has later ones only."
        )
    if summary.unused_columns:
        lines.append(f"Not imported: the columns {', '.join(summary.unused_columns)}.")
    line = f"{counts.added} added, {counts.updated} updated, {counts.skipped} unchanged"
    line += f", {counts.failed} failed"
    if summary.failures_path:
        line += f", see {summary.failures_path}"
    if summary.import_id is None:
        line = f"Dry run, nothing kept: {line}"
    return [*lines, f"{line}."]
