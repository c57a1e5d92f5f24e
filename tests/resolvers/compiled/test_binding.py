"""Statements that bind themselves: one message, one workspace, and no answer that was not bound."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from graphql import OperationDefinitionNode, parse

import models
from models.connections import BOUND, NotBound, PooledConnection
from models.database import APPLICATION_ROLE, credentials
from resolvers.compiled.answers import Compiler, told
from resolvers.compiled.plans import Plan
from resolvers.context import Context
from schema.root import schema
from services.ids import global_id
from services.transactions import workspace_transaction
from services.workspaces import create_workspace
from settings import Settings
from tests.asking import an_actor
from tests.rows import NOW
from tests.worlds import World, build_world

OBJECT = """{ viewer { workspace { id } } customer(id: "%s") { id fullName
    tickets(first: 2) { totalCount nodes { id number } } tags { id } } }"""
PAGES = """{ customers(first: 100) { totalCount nodes { id tickets { totalCount nodes { id } } } }
    tickets(first: 100) { totalCount nodes { id customers { nodes { id } } } } }"""
NOTHING_SET = "SELECT current_setting('app.workspace', true)"
UNBOUND = BOUND.replace(
    "satukan_bound($1)", "nullif(current_setting('app.workspace', true), '')::uuid"
)
"""The same, but for the binding."""

Asked = tuple[Plan, list[Any]]


@pytest_asyncio.fixture(scope="module")
async def worlds(database: None) -> tuple[World, World]:
    """Two workspaces with equal rows."""
    first = await build_world(await create_workspace("Toko Satu"), 3)
    return first, await build_world(await create_workspace("Toko Dua"), 3)


@pytest_asyncio.fixture
async def connection(settings: Settings) -> AsyncIterator[PooledConnection]:
    """One connection of the application's role, taken from a pool that has only this one."""
    url = settings.database_app_url or settings.database_url or ""
    options = credentials(url, role=APPLICATION_ROLE, connection_class=PooledConnection)
    async with (
        asyncpg.create_pool(None, **options, min_size=1, max_size=1) as pool,
        pool.acquire() as taken,
    ):
        yield taken  # type: ignore[misc]


async def asked(world: World, document: str) -> Asked:
    """The plan of an operation and its parameters in a workspace."""
    compiler = Compiler(schema)
    text = (
        document % global_id(models.Customer, world.customers[0].id)
        if "%s" in document
        else document
    )
    [operation] = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    context = Context(an_actor(world.workspace), world.workspace, now=NOW)
    answers: list[Any] = []
    run = compiler._run

    async def keep(context: Context, plans: Any, found: Any) -> str:
        answers.extend([plans, found])
        return await run(context, plans, found)

    compiler._run = keep  # type: ignore[method-assign, assignment]
    assert await compiler.answer(context, text, operation, {}, {})
    await context.close()
    plans, found = answers
    return plans.full, told(plans.full, context, found)


async def answer(connection: PooledConnection, world: World, one: Asked) -> Any:
    """The answer's data, by one message."""
    plan, parameters = one
    return json.loads(
        plan.answered(await connection.read(world.workspace.id, plan.sql, parameters))
    )


@pytest.mark.parametrize("document", [OBJECT, PAGES])
@pytest.mark.parametrize("cache", ["auto", "force_generic_plan", "force_custom_plan"])
@pytest.mark.parametrize("parallel", ["off", "on", "regress"])
async def test_two_workspaces_take_turns_on_one_connection(
    connection: PooledConnection,
    worlds: tuple[World, World],
    document: str,
    cache: str,
    parallel: str,
) -> None:
    await connection.execute(f"SET plan_cache_mode = {cache}")
    await connection.execute(f"SET debug_parallel_query = {parallel}")
    questions = [await asked(world, document) for world in worlds]
    assert questions[0][0].sql == questions[1][0].sql
    right = [await answer(connection, *each) for each in zip(worlds, questions, strict=True)]
    for world, data in zip(worlds, right, strict=True):
        assert has_all(world, data)
    for _ in range(10):
        for world, question, data in zip(worlds, questions, right, strict=True):
            assert await answer(connection, world, question) == data
            assert await connection.fetchval(NOTHING_SET) == ""


def has_all(world: World, data: Any) -> bool:
    """Whether an answer has what its workspace has, and no id of another one."""
    shown = json.dumps(data)
    if "customer" in data:
        return data["customer"]["id"] in shown and data["viewer"]["workspace"]["id"] == global_id(
            models.Workspace, world.workspace.id
        )
    own = {global_id(models.Customer, one.id) for one in world.customers}
    own |= {global_id(models.Ticket, one.id) for one in world.of(models.Ticket)}
    return data["customers"]["totalCount"] > 0 and set(re.findall(r"(?:cus|tkt)_\w+", shown)) <= own


@pytest.mark.parametrize("document", [OBJECT, PAGES])
async def test_the_policy_binds_where_the_statement_does_not(
    connection: PooledConnection, worlds: tuple[World, World], document: str
) -> None:
    own, other = worlds
    plan, parameters = await asked(own, document)
    sql, times = re.subn(r"\w+\.workspace_id = \$1", "$1::uuid IS NOT NULL", plan.sql)
    assert times > 5
    loose = Plan(sql, plan.parameters, plan.template)
    for _ in range(7):
        assert await answer(connection, own, (loose, parameters)) == await answer(
            connection, own, (plan, parameters)
        )
    ids = {global_id(models.Customer, one.id) for one in other.customers}
    assert not ids & set(
        re.findall(r"cus_\w+", json.dumps(await answer(connection, own, (loose, parameters))))
    )


@pytest.mark.parametrize("document", [OBJECT, PAGES])
@pytest.mark.parametrize("cache", ["force_generic_plan", "force_custom_plan"])
async def test_an_answer_that_was_not_bound_is_an_error(
    connection: PooledConnection, worlds: tuple[World, World], document: str, cache: str
) -> None:
    await connection.execute(f"SET plan_cache_mode = {cache}")
    own, other = worlds
    plan, parameters = await asked(own, document)
    sql = plan.sql.replace(BOUND, UNBOUND)
    assert sql != plan.sql
    with pytest.raises(NotBound):
        await connection.read(own.workspace.id, sql, parameters)
    # Bound to another one: by the statement, and by a transaction around it.
    with pytest.raises(NotBound):
        await connection.read(other.workspace.id, plan.sql, parameters)
    async with connection.transaction():
        await connection.execute("SELECT satukan_set_workspace($1)", other.workspace.id)
        with pytest.raises(NotBound):
            await connection.read(own.workspace.id, sql, parameters)


@pytest.mark.parametrize("document", [OBJECT, PAGES])
@pytest.mark.parametrize("form", ["force_generic_plan", "force_custom_plan"])
async def test_nothing_is_read_before_it_is_bound(
    connection: PooledConnection, worlds: tuple[World, World], document: str, form: str
) -> None:
    plan, parameters = await asked(worlds[0], document)
    await connection.execute(f"SET plan_cache_mode = {form}")
    sql = f"EXPLAIN (ANALYZE, TIMING off, BUFFERS off) {plan.sql.replace(BOUND, UNBOUND)}"
    lines = [row[0] for row in await connection.fetch(sql, *parameters)]
    scans = [line for line in lines if re.search(r"(Scan|Seq Scan).* on (?!\"~0\")\w", line)]
    assert len(scans) > 5
    assert all("never executed" in line for line in scans if "Subquery Scan" not in line), lines


async def test_a_request_ends_with_an_error_that_the_plain_path_makes_good(
    worlds: tuple[World, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = worlds[0]
    monkeypatch.setattr("resolvers.compiled.tops.BOUND", UNBOUND)
    [operation] = parse(PAGES).definitions
    assert isinstance(operation, OperationDefinitionNode)
    context = Context(an_actor(world.workspace), world.workspace, now=NOW)
    with pytest.raises(NotBound):
        await Compiler(schema).answer(context, PAGES, operation, {}, {})
    await context.close()


async def test_a_read_is_one_message_and_leaves_nothing(
    connection: PooledConnection, worlds: tuple[World, World]
) -> None:
    question = await asked(worlds[0], OBJECT)
    await answer(connection, worlds[0], question)
    assert connection.get_reset_query() == ""
    assert not connection.is_in_transaction()
    sent: list[str] = []
    connection.add_query_logger(lambda record: sent.append(record.query))
    await answer(connection, worlds[0], question)
    await asyncio.sleep(0)  # the driver reports a message a turn of the loop later
    assert sent == [question[0].sql]


async def test_in_a_transaction_that_reads_already_it_reads_there(
    worlds: tuple[World, World],
) -> None:
    for world in worlds:
        plan, parameters = await asked(world, OBJECT)
        context = Context(an_actor(world.workspace), world.workspace, now=NOW)
        await context.connection()
        inside = plan.answered(await context.row(plan.sql, parameters))
        await context.end_reading()
        assert inside == plan.answered(await context.row(plan.sql, parameters))
        await context.close()


async def test_a_read_is_cancelled_by_the_server_after_its_time(
    connection: PooledConnection, worlds: tuple[World, World]
) -> None:
    own = worlds[0].workspace.id
    await connection.execute("SET statement_timeout = '50ms'")
    sql = f'SELECT "~0".w, CASE WHEN "~0".w = $1 THEN pg_sleep(20)::text END FROM {BOUND}'
    with pytest.raises(asyncpg.QueryCanceledError):
        await connection.read(own, sql, [own])
    assert not connection.is_in_transaction()
    assert await connection.fetchval(NOTHING_SET) in ("", None)


async def test_a_connection_that_failed_is_given_back(worlds: tuple[World, World]) -> None:
    world = worlds[0]
    context = Context(an_actor(world.workspace), world.workspace, now=NOW)
    for _ in range(30):  # more than a pool has
        with pytest.raises(asyncpg.DivisionByZeroError):
            await context.row("SELECT $1::uuid, 1/0", [world.workspace.id])
    await context.close()
    async with workspace_transaction(world.workspace.id) as transaction:
        assert transaction.workspace_id == world.workspace.id
