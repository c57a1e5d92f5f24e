"""`workspace`: the tenants of an installation."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from gateway.databases import run_on_database
from gateway.failures import Failure
from gateway.installations import Data, find_settings
from models import Workspace
from resolvers.ids import global_id, parse_operator_id
from services.workspace_changes import WorkspaceChanges, change_workspace
from services.workspaces import create_workspace, keep_for, list_workspaces

workspace_command = typer.Typer(no_args_is_help=True, help="Workspaces: the tenants.")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@workspace_command.command()
def create(
    name: str,
    timezone: Annotated[
        str, typer.Option(help="Its days and months are this zone's.")
    ] = "Asia/Jakarta",
    country: Annotated[
        str, typer.Option(help="Phone numbers without a country code belong to it.")
    ] = "ID",
    currency: Annotated[
        str | None, typer.Option(help="Of its amounts; unless told, that of its first order.")
    ] = None,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Create a workspace."""
    workspace = run_on_database(
        find_settings(data, redis=False),
        lambda: create_workspace(name, timezone, country, currency),
    )
    shown = describe(workspace)
    typer.echo(json.dumps(shown) if as_json else f"{shown['id']}  {shown['name']}")


@workspace_command.command()
def retention(
    workspace: Annotated[str, typer.Argument(help="Its id.", metavar="ID")],
    campaigns: Annotated[
        str | None,
        typer.Option(
            help="Months after their expiry at which campaign interactions are deleted, or forever."
        ),
    ] = None,
    deleted: Annotated[
        str | None,
        typer.Option(help="Days after which deleted customers are erased for good, or forever."),
    ] = None,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Say for how long a workspace keeps what has ended; without options, show it."""
    workspace_id = parse_operator_id(workspace, Workspace, "ID")
    told = {"campaign_months": campaigns, "deleted_days": deleted}
    given = {name: read_kept(value) for name, value in told.items() if value is not None}
    kept = run_on_database(
        find_settings(data, redis=False), lambda: keep_for(workspace_id, **given)
    )
    shown = {
        "campaigns": kept.campaign_retention_months,
        "deleted": kept.deleted_retention_days,
    }
    if as_json:
        typer.echo(json.dumps({**describe(kept), "retention": shown}))
        return
    for name, unit in (("campaigns", "months"), ("deleted", "days")):
        value = shown[name]
        typer.echo(f"{name}: {'forever' if value is None else f'{value} {unit}'}")


@workspace_command.command("set")
def change(
    workspace: Annotated[str, typer.Argument(help="Its id.", metavar="ID")],
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    timezone: Annotated[
        str | None, typer.Option(help="Its days and months are this zone's from now on.")
    ] = None,
    country: Annotated[
        str | None, typer.Option(help="Phone numbers without a country code belong to it.")
    ] = None,
    currency: Annotated[
        str | None, typer.Option(help="Of its amounts; before there are orders in another one.")
    ] = None,
    window_hours: Annotated[
        int | None, typer.Option(help="How long after a message a customer may be written to.")
    ] = None,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Change a workspace's settings; without options, show them.

    Safe to break off: run it again, and it does what is left.
    """
    workspace_id = parse_operator_id(workspace, Workspace, "ID")
    changes = WorkspaceChanges(name, timezone, country, currency, window_hours)
    changed = run_on_database(
        find_settings(data, redis=False),
        lambda: change_workspace(workspace_id, changes, clock=lambda: datetime.now(UTC)),
    )
    shown = {
        **describe(changed.workspace),
        "windowHours": changed.workspace.window_hours,
        "windowsReopened": changed.reopened,
    }
    if as_json:
        typer.echo(json.dumps(shown))
        return
    for key, value in shown.items():
        typer.echo(f"{key}: {'none' if value is None else value}")


def read_kept(value: str) -> int | None:
    """A number, or None for "forever". Raises Failure for anything else."""
    if value.lower() == "forever":
        return None
    if not value.isascii() or not value.isdigit():
        raise Failure(f"“{value}” is no number. Give a whole number, or forever.")
    return int(value)


@workspace_command.command("list")
def list_all(as_json: AsJson = False, data: Data = None) -> None:
    """List all workspaces, the oldest first."""
    workspaces = run_on_database(find_settings(data, redis=False), list_workspaces)
    shown = [describe(workspace) for workspace in workspaces]
    if as_json:
        typer.echo(json.dumps(shown))
        return
    for each in shown:
        typer.echo(f"{each['id']}  {each['timezone']}  {each['country']}  {each['name']}")


def describe(workspace: Workspace) -> dict[str, str | None]:
    """A workspace as `--json` prints it."""
    return {
        "id": global_id(Workspace, workspace.id),
        "name": workspace.name,
        "timezone": workspace.timezone,
        "country": workspace.default_country,
        "currency": workspace.currency,
    }
