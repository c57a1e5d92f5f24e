"""Row-level security alone keeps workspaces apart: with every condition on the workspace taken out
of a statement by hand, nothing of another workspace is read, changed or made."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from tortoise.exceptions import OperationalError

import models
from models.base import WorkspaceModel, new_id
from models.database import application_connection
from services.transactions import SET_WORKSPACE, Session, workspace_transaction
from services.workspaces import create_workspace
from tests.rows import SAVED_IN_ORDER
from tests.worlds import World, build_world

TABLES = [model._meta.db_table for model in SAVED_IN_ORDER if model is not models.ApiKey]


@pytest_asyncio.fixture(scope="module")
async def worlds(database: None) -> tuple[World, World]:
    """Two workspaces with equal rows in every table that the graph shows."""
    first = await build_world(await create_workspace("Toko Satu"), 2)
    return first, await build_world(await create_workspace("Toko Dua"), 2)


@asynccontextmanager
async def bound_to(workspace_id: UUID | None) -> AsyncIterator[Any]:
    """The application's connection in a transaction that is undone, bound to a workspace or not."""
    session = Session(application_connection())
    connection = await session.begin()
    try:
        if workspace_id is not None:
            await connection.execute_query(SET_WORKSPACE, [workspace_id])
        yield connection
    finally:
        await session.end(commit=False)


@pytest.mark.parametrize("table", TABLES)
async def test_a_statement_without_a_condition_reads_one_workspace(
    worlds: tuple[World, World], table: str
) -> None:
    for world in worlds:
        async with bound_to(world.workspace.id) as connection:
            found = await connection.execute_query_dict(f"SELECT workspace_id FROM {table}")
        assert {row["workspace_id"] for row in found} == {world.workspace.id}


@pytest.mark.parametrize("table", [*TABLES, "workspaces", "counters", "api_keys"])
async def test_without_a_workspace_nothing_is_seen_or_changed(
    worlds: tuple[World, World], table: str
) -> None:
    async with bound_to(None) as connection:
        assert await connection.execute_query_dict(f"SELECT 1 FROM {table}") == []
        changed, _ = await connection.execute_query(
            f"UPDATE {table} SET workspace_id = workspace_id"
        )
        assert changed == 0
        deleted, _ = await connection.execute_query(f"DELETE FROM {table}")
        assert deleted == 0


@pytest.mark.parametrize("table", TABLES)
async def test_a_statement_without_a_condition_changes_one_workspace(
    worlds: tuple[World, World], table: str
) -> None:
    own, other = worlds
    async with bound_to(own.workspace.id) as connection:
        changed, _ = await connection.execute_query(
            f"UPDATE {table} SET workspace_id = workspace_id"
        )
        [count] = await connection.execute_query_dict(f"SELECT count(*) FROM {table}")
        named, _ = await connection.execute_query(
            f"UPDATE {table} SET workspace_id = workspace_id WHERE workspace_id = $1",
            [other.workspace.id],
        )
    assert changed == count["count"] > 0
    assert named == 0


@pytest.mark.parametrize("table", TABLES)
async def test_no_row_is_deleted_by_its_id_from_another_workspace(
    worlds: tuple[World, World], table: str
) -> None:
    own, other = worlds
    model = next(one for one in SAVED_IN_ORDER if one._meta.db_table == table)
    ids = [row.id for row in other.of(model)]
    assert ids
    async with bound_to(own.workspace.id) as connection:
        deleted, _ = await connection.execute_query(
            f"DELETE FROM {table} WHERE id = ANY($1::uuid[])", [ids]
        )
    assert deleted == 0


@pytest.mark.parametrize("table", TABLES)
async def test_no_row_is_moved_into_another_workspace(
    worlds: tuple[World, World], table: str
) -> None:
    own, other = worlds
    async with bound_to(own.workspace.id) as connection:
        with pytest.raises(OperationalError, match="row-level security"):
            await connection.execute_query(
                f"UPDATE {table} SET workspace_id = $1", [other.workspace.id]
            )


async def test_no_row_is_made_in_another_workspace(worlds: tuple[World, World]) -> None:
    own, other = worlds
    row = models.Group(
        id=new_id(),
        workspace_id=other.workspace.id,
        name="Penyusup",
        search_text="penyusup",
        created_at=own.records.now,
        updated_at=own.records.now,
    )
    with pytest.raises(OperationalError, match="row-level security"):
        async with workspace_transaction(own.workspace.id) as tx:
            await row.save(using_db=tx.connection, force_create=True)


async def test_no_row_refers_to_one_of_another_workspace(worlds: tuple[World, World]) -> None:
    own, other = worlds
    customer, group = own.customers[0], other.of(models.Group)[0]
    row: WorkspaceModel = models.CustomerGroup(
        workspace_id=own.workspace.id,
        customer_id=customer.id,
        origin_customer_id=customer.id,
        group_id=group.id,
        created_at=own.records.now,
    )
    with pytest.raises(Exception, match="violates foreign key") as caught:
        async with workspace_transaction(own.workspace.id) as tx:
            await row.save(using_db=tx.connection, force_create=True)
    assert isinstance(caught.value.__cause__, asyncpg.ForeignKeyViolationError)


async def test_the_workspace_is_forgotten_at_the_end_of_its_transaction(
    worlds: tuple[World, World],
) -> None:
    pool = application_connection()
    await pool.execute_query("SELECT 1")
    session = Session(pool)
    connection = await session.begin()
    await connection.execute_query(SET_WORKSPACE, [worlds[0].workspace.id])
    [during] = await connection.execute_query_dict("SELECT count(*) FROM customers")
    await connection.execute_query("COMMIT")
    [after] = await connection.execute_query_dict("SELECT count(*) FROM customers")
    await connection.execute_query("BEGIN")
    await session.end(commit=False)
    assert (during["count"] > 0, after["count"]) == (True, 0)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE loot (id int)",
        "ALTER TABLE customers DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE customers NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY customers_of_workspace ON customers",
        "CREATE POLICY open ON customers USING (true)",
        "TRUNCATE customers",
        "DROP TABLE customers",
        "ALTER ROLE satukan_app BYPASSRLS",
        "SET ROLE satukan_maintenance",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
)
async def test_the_application_cannot_lift_the_policies(
    worlds: tuple[World, World], settings: Any, statement: str
) -> None:
    async with bound_to(worlds[0].workspace.id) as connection:
        if statement == "SET ROLE satukan_maintenance" and settings.database_app_url is None:
            [login] = await connection.execute_query_dict("SELECT session_user AS name")
            assert login["name"] != "satukan_app"
            return
        with pytest.raises(OperationalError, match=r"permission|must be owner|must be able"):
            await connection.execute_query(statement)
