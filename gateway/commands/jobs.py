"""`expire`, `windows` and `duplicates`: what the worker does on its schedule, at once, in here."""

from collections.abc import AsyncIterable, Callable
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer

from gateway.databases import run_on_database
from gateway.failures import Failure
from gateway.installations import Data, find_settings
from models import Workspace
from resolvers.ids import global_id, parse_operator_id
from services.batches import always
from services.due_work import closing_windows, due_comparisons, due_expiries
from services.duplicates.running import compare_customers
from services.expiry import expire_interactions
from services.windows import close_windows
from services.workspaces import find_workspace

Only = Annotated[
    str | None, typer.Option("--workspace", help="Its id. [default: all of them]", metavar="ID")
]


def expire(workspace: Only = None, data: Data = None) -> None:
    """Expire and purge campaign interactions now, without waiting for the night.

    Safe to break off: what is done stays done, and the next run goes on from there.
    """

    async def run() -> list[str]:
        lines = []
        for workspace_id in await chosen(workspace, due_expiries):
            done = await expire_interactions(workspace_id, clock=present, proceed=always)
            if not done.finished:
                line = "another worker is on it, or died less than 30 seconds ago"
            else:
                line = f"{done.expired} expired, {done.purged} purged"
            lines.append(f"{global_id(Workspace, workspace_id)}  {line}")
        return lines

    tell(run_on_database(find_settings(data, redis=False), run), "Nothing is due.")


def windows(workspace: Only = None, data: Data = None) -> None:
    """Close the messaging windows that have run out now, without waiting for the minute."""

    async def run() -> list[str]:
        lines = []
        for workspace_id in await chosen(workspace, closing_windows):
            done = await close_windows(workspace_id, clock=present, proceed=always)
            lines.append(f"{global_id(Workspace, workspace_id)}  {done.closed} closed")
        return lines

    tell(run_on_database(find_settings(data, redis=False), run), "Nothing is due.")


def duplicates(
    workspace: Only = None,
    everybody: Annotated[
        bool, typer.Option("--all", help="All customers anew, and not only those who changed.")
    ] = False,
    data: Data = None,
) -> None:
    """Look for duplicates among the customers who changed now, without waiting for the minute.

    Safe to break off: the next run goes on where it was. With --all and without --workspace it
    compares the customers of the workspaces where any has changed.
    """

    async def run() -> list[str]:
        lines = []
        for workspace_id in await chosen(workspace, lambda _: due_comparisons()):
            done = await compare_customers(
                workspace_id, clock=present, proceed=always, everybody=everybody
            )
            line = f"{done.compared:,} compared, {done.suggested:,} suggestions with them"
            if not done.finished:
                line = "another worker is on it, or died less than 30 seconds ago"
            lines.append(f"{global_id(Workspace, workspace_id)}  {line}")
        return lines

    tell(run_on_database(find_settings(data, redis=False), run), "Nobody has changed.")


async def chosen(
    workspace: str | None, due: Callable[[datetime], AsyncIterable[UUID]]
) -> list[UUID]:
    """The workspace that was asked for, else those with something due. Raises Failure."""
    if workspace is None:
        return [workspace_id async for workspace_id in due(present())]
    workspace_id = parse_operator_id(workspace, Workspace, "--workspace")
    if await find_workspace(workspace_id) is None:
        raise Failure(f"There is no workspace {workspace}. `satukan workspace list` shows them.")
    return [workspace_id]


def present() -> datetime:
    """The clock of the machine."""
    return datetime.now(UTC)


def tell(lines: list[str], nothing: str) -> None:
    """Print what was done, a line a workspace."""
    typer.echo("\n".join(lines) or nothing)
