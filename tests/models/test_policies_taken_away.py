"""Each row-level policy is needed: taken away or widened, a probe that holds with it fails.

The probe is what a caller of one workspace could try with a statement that forgot every condition:
to read rows of another, and to move one's own there. It is tried on every table, first with the
policies as they are, then without each in turn, in a transaction that is undone.
"""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest_asyncio

from models.base import new_id
from models.database import APPLICATION_ROLE
from settings import Settings
from tests.models.test_catalogue import CHECKS, COLUMNS, FOREIGN_TO_US, TABLES

VALUES = {
    "uuid": "gen_random_uuid()",
    "text": "gen_random_uuid()::text",
    "integer": "1",
    "bigint": "1",
    "boolean": "false",
    "timestamp with time zone": "now()",
    "date": "current_date",
    "jsonb": "'{}'",
    "double precision": "1",
    "bytea": "''",
}
WEAKENED = {
    "it is gone": "DROP POLICY {policy} ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    "it is switched off": "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    "it lets all be read": "ALTER POLICY {policy} ON {table} USING (true)",
    "it lets all be written": "ALTER POLICY {policy} ON {table} WITH CHECK (true)",
    "another one lets all through": "CREATE POLICY another ON {table} USING (true)",
}


@pytest_asyncio.fixture
async def owner(settings: Settings, database: None) -> AsyncIterator[Any]:
    """The owner's connection, in a transaction that is undone and does not look at foreign keys."""
    connection = await asyncpg.connect(settings.database_url)
    work = connection.transaction()
    await work.start()
    await connection.execute("SET LOCAL session_replication_role = replica")
    yield connection
    await work.rollback()
    await connection.close()


async def add_row(connection: Any, table: Any, workspace_id: UUID) -> None:
    """A row with something in every column that wants it."""
    checks = [row["text"] for row in await connection.fetch(CHECKS, table["oid"])]
    names, values = [], []
    for column in await connection.fetch(COLUMNS, table["oid"]):
        name, kind = column["name"], column["type"]
        listed = next((one for one in checks if re.search(rf"\(\(+{name}\)::text = ", one)), None)
        if name == "workspace_id":
            value = f"'{workspace_id}'"
        elif listed is not None:
            value = re.findall(r"'[A-Z_]+'", listed)[0]
        elif not column["required"] or column["default"] is not None:
            continue
        elif kind.endswith("[]"):
            value = "'{}'"
        elif kind.startswith("character varying"):
            value = f"left(md5(random()::text), {re.findall(r'[0-9]+', kind)[0]})"
        else:
            value = "1" if kind.startswith("numeric") else VALUES[kind]
        names.append(name)
        values.append(value)
    await connection.execute(
        f"INSERT INTO {table['name']} ({', '.join(names)}) VALUES ({', '.join(values)})"
    )


async def holds(connection: Any, table: str, own: UUID, other: UUID) -> bool:
    """Whether the application, bound to `own`, reads no row of `other` and moves none to it."""
    inner = connection.transaction()
    await inner.start()
    try:
        await connection.execute(f"SET LOCAL ROLE {APPLICATION_ROLE}")
        await connection.execute(f"SELECT satukan_set_workspace('{own}')")
        read = await connection.fetch(f"SELECT workspace_id FROM {table}")
        if {row["workspace_id"] for row in read} != {own}:
            return False
        await connection.execute(f"UPDATE {table} SET workspace_id = '{other}'")
    except asyncpg.PostgresError as error:  # a key that is taken there: it has got that far
        return "row-level security" in str(error)
    finally:
        await inner.rollback()
    return False


async def test_without_its_policy_no_table_is_kept_apart(owner: Any) -> None:
    own, other = new_id(), new_id()
    tables = [one for one in await owner.fetch(TABLES) if one["name"] not in FOREIGN_TO_US]
    assert len(tables) > 40
    for table in tables:
        for workspace_id in (own, other):
            await add_row(owner, table, workspace_id)
    found = {table["name"]: await holds(owner, table["name"], own, other) for table in tables}
    assert {name for name, kept in found.items() if not kept} == set()
    for table in tables:
        name = table["name"]
        [policy] = await owner.fetch(
            "SELECT polname FROM pg_policy WHERE polrelid = $1", table["oid"]
        )
        for how, statement in WEAKENED.items():
            weaker = owner.transaction()
            await weaker.start()
            await owner.execute(statement.format(policy=policy["polname"], table=name))
            assert not await holds(owner, name, own, other), f"{name}: {how}"
            await weaker.rollback()
