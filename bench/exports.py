"""Exporting customers: rows a second and memory, in each format."""

import argparse
import os
import tempfile
from pathlib import Path

import asyncpg

from bench.datasets import make_customers, make_workspace
from bench.files import HEAD, measure
from models import ExportFormat
from models.database import close_database, open_database
from services.exporting.frozen import Frozen
from services.exporting.requests import NewExport, ask_export
from services.transactions import workspace_transaction
from settings import read_settings

EVERYBODY = Frozen("r.workspace_id = $1 AND r.deleted_at IS NULL AND r.merged_into_id IS NULL")


async def main(arguments: list[str]) -> None:
    """Export all customers of a workspace, once in each format."""
    parser = argparse.ArgumentParser(prog="bench exports", description=__doc__)
    parser.add_argument("--customers", type=int, default=200_000)
    count = parser.parse_args(arguments).customers
    print(f"Load average at the start: {os.getloadavg()[0]:.1f}. {os.cpu_count()} cores.")
    connection = await asyncpg.connect(read_settings().database_url or "", command_timeout=3_600)
    workspace_id = await make_workspace(connection)
    await make_customers(connection, workspace_id, count)
    await connection.close()
    await open_database(read_settings())
    with tempfile.TemporaryDirectory() as folder:
        print(HEAD.format(name="export"))
        for format in ExportFormat:
            async with workspace_transaction(workspace_id) as tx:
                row = await ask_export(tx, NewExport(format=format, of=EVERYBODY))
            measured = await measure("export", workspace_id, row.id, Path(folder))
            print(measured.line(format), flush=True)
    await close_database()
    print(f"Load average at the end: {os.getloadavg()[0]:.1f}.")
