"""Expiring campaign interactions: rows a second, what others notice, and finding nothing."""

import argparse
import time
from datetime import timedelta

import asyncpg

from bench.datasets import START, make_customers, make_interactions, make_workspace
from bench.jobs import Neighbour, measure
from settings import read_settings

SAMPLE = """
    SELECT id FROM campaign_interactions WHERE workspace_id = $1 ORDER BY visible_until LIMIT $2"""
CHANGE = """
    UPDATE campaign_interactions SET read_at = sent_at WHERE workspace_id = $1 AND id = $2"""
EACH = 10


async def main(arguments: list[str]) -> None:
    """Make interactions that expire a second after each other, and expire more and more."""
    parser = argparse.ArgumentParser(prog="bench expiry", description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    customers = parser.parse_args(arguments).customers
    url = read_settings().database_url or ""
    connection = await asyncpg.connect(url, command_timeout=3_600)
    began = time.perf_counter()
    workspace_id = await make_workspace(connection)
    await make_customers(connection, workspace_id, customers)
    await make_interactions(connection, workspace_id, customers, EACH)
    total = customers * EACH
    print(
        f"{customers:,} customers and {total:,} interactions, all of them visible,"
        f" made in {time.perf_counter() - began:.0f} s"
    )
    ids = [row["id"] for row in await connection.fetch(SAMPLE, workspace_id, total // 10)]
    await connection.close()
    instants = {"nothing is due": START - timedelta(seconds=1)}
    for share in (10_000, 1_000, 100, 10):
        instants[f"1 in {share:,} expires"] = START + timedelta(seconds=total // share - 1)
    last = START + timedelta(seconds=total // 10 - 1)
    instants["nothing, right after"] = last
    instants["nothing again"] = last
    neighbour = Neighbour(url, CHANGE, workspace_id, ids)
    async with neighbour.at_work():
        await measure("expiry", workspace_id, instants)
    print(f"A neighbour's change of one of these interactions meanwhile: {neighbour.describe()}")
