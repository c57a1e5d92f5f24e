"""`workspace`: the tenants of an installation."""

import json
from typing import Annotated

import typer

from gateway.databases import run_on_database
from gateway.installations import Data, find_settings
from models import Workspace
from resolvers.ids import global_id
from services.workspaces import create_workspace, list_workspaces

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
