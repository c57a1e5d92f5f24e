"""Closing messaging windows: rows a second, what others notice, and a run that finds nothing."""

import argparse
import time
from datetime import timedelta

import asyncpg

from bench.datasets import START, make_customers, make_workspace
from bench.jobs import Neighbour, measure
from settings import read_settings

SAMPLE = "SELECT id FROM customers WHERE workspace_id = $1 ORDER BY last_inbound_at LIMIT $2"
CHANGE = "UPDATE customers SET job_title = 'Guru' WHERE workspace_id = $1 AND id = $2"
DAY = timedelta(hours=24)


async def main(arguments: list[str]) -> None:
    """Make customers whose windows close a second after each other, and close more and more."""
    parser = argparse.ArgumentParser(prog="bench windows", description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    customers = parser.parse_args(arguments).customers
    url = read_settings().database_url or ""
    connection = await asyncpg.connect(url)
    began = time.perf_counter()
    workspace_id = await make_workspace(connection)
    await make_customers(connection, workspace_id, customers)
    print(f"{customers:,} customers with open windows, made in {time.perf_counter() - began:.0f} s")
    ids = [row["id"] for row in await connection.fetch(SAMPLE, workspace_id, customers // 10)]
    await connection.close()
    instants = {"nothing is due": START + DAY - timedelta(seconds=1)}
    last = START + DAY
    for share in (1_000, 100, 10):
        last = START + DAY + timedelta(seconds=customers // share - 1)
        instants[f"1 in {share:,} closes"] = last
    instants["nothing, right after"] = last
    instants["nothing again"] = last
    neighbour = Neighbour(url, CHANGE, workspace_id, ids)
    async with neighbour.at_work():
        await measure("windows", workspace_id, instants)
    print(f"A neighbour's change of one of these customers meanwhile: {neighbour.describe()}")
