"""`demo`: an Indonesian shop and its customers, the same every time."""

import json
from typing import Annotated

import typer

from gateway.commands.imports import progress_bar
from gateway.commands.jobs import present
from gateway.databases import run_on_database
from gateway.installations import Data, find_settings
from models import Workspace
from resolvers.ids import global_id
from services.demo.loading import DemoResult, load_demo
from services.demo.shops import NAME


def demo(
    customers: Annotated[int, typer.Option(min=1, help="How many customers to have.")] = 1000,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    data: Data = None,
) -> None:
    """Load demo data into a workspace of their own.

    Customers who are there already stay as they are: the same command twice adds nothing, a larger
    number adds the rest, and a load that was broken off goes on.
    """

    async def run() -> DemoResult:
        with progress_bar("Demo customers") as told:
            return await load_demo(customers, present(), told)

    result = run_on_database(find_settings(data, redis=False), run)
    workspace = global_id(Workspace, result.workspace_id)
    if as_json:
        shown = {"workspace": workspace, "customers": result.customers, "added": result.added}
        typer.echo(json.dumps(shown))
    elif result.added:
        typer.echo(f"{NAME} ({workspace}): {result.added} customers added.")
    else:
        typer.echo(f"{NAME} ({workspace}) is there already, with {result.customers} customers.")
