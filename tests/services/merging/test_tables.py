"""Every row that refers to a customer has its place in a merge, says the database's catalogue."""

import asyncpg
import pytest

from models import Workspace
from services.merging.tables import MOVES, STAYS
from settings import Settings

REFERENCES = """
    SELECT c.conrelid::regclass::text AS table_name, a.attname AS column_name
    FROM pg_constraint c
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)
    WHERE c.contype = 'f' AND c.confrelid = 'customers'::regclass
        AND a.attname <> 'workspace_id'"""
# The workspace is the first column of every index.
INDEXED = """
    SELECT i.indrelid::regclass::text AS table_name, a.attname AS column_name FROM pg_index i
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[1]
    WHERE i.indpred IS NULL"""


async def catalogued(settings: Settings, sql: str) -> set[tuple[str, str]]:
    """Tables and columns, as the catalogue has them."""
    assert settings.database_url is not None
    connection = await asyncpg.connect(settings.database_url)
    try:
        found = await connection.fetch(sql)
    finally:
        await connection.close()
    return {(row["table_name"], row["column_name"]) for row in found}


async def test_a_reference_to_customers_is_moved_or_stays_for_a_reason(
    settings: Settings, workspace: Workspace
) -> None:
    moved = {(table, "customer_id") for table in MOVES}
    known = moved | STAYS.keys()
    assert await catalogued(settings, REFERENCES) == known, "decide in services/merging/tables.py"
    assert moved.isdisjoint(STAYS)
    assert all(STAYS.values())


async def test_what_moves_knows_whom_it_came_in_with(
    settings: Settings, workspace: Workspace
) -> None:
    found = await catalogued(settings, REFERENCES)
    assert {table for table, column in found if column == "origin_customer_id"} == set(MOVES)


@pytest.mark.parametrize("column", ["customer_id", "origin_customer_id"])
async def test_what_moves_is_found_by_an_index(
    settings: Settings, workspace: Workspace, column: str
) -> None:
    found = await catalogued(settings, INDEXED)
    assert set(MOVES) <= {table for table, indexed in found if indexed == column}
