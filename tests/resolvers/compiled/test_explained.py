"""Compiled statements read by indexes, whether PostgreSQL plans them for their values or not."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import pytest_asyncio
from graphql import OperationDefinitionNode, parse

import models
from bench.graphs.queries import satukan_detail, satukan_list
from models.base import WorkspaceModel
from models.database import maintenance_connection
from resolvers.compiled.answers import Compiler
from resolvers.context import Context
from schema.root import schema
from services.ids import global_id
from services.workspaces import create_workspace
from tests.asking import an_actor
from tests.records import Records
from tests.rows import NOW
from tests.worlds import World, build_world

PAGE = """query($by: CustomerSort!, $direction: Direction!, $after: String) {
    customers(first: 2, orderBy: { by: $by, direction: $direction }, after: $after) {
        nodes { id } pageInfo { endCursor } } }"""
ORDERS = {
    "UPDATED_AT": "customers_updated_index",
    "CREATED_AT": "customers_created_index",
    "FULL_NAME": "customers_name_index",
    "LIFETIME_VALUE": "customers_lifetime_value_index",
    "LAST_INBOUND_AT": "customers_last_inbound_index",
}
TIES = {"customer_companies", "customer_tickets", "customer_deals", "customer_tasks"}


class Explaining(Context):
    """A context that keeps the plans of what it reads with."""

    FORBIDDEN = ("bitmapscan", "seqscan", "sort")
    """A table of few rows is quickest read from end to end: that is forbidden here."""

    def __init__(self, *arguments: Any, **values: Any) -> None:
        super().__init__(*arguments, **values)
        self.plans: list[str] = []

    async def row(self, sql: str, parameters: Sequence[Any]) -> Sequence[Any]:
        """Explain the statement both ways before it is read."""
        connection = await self.connection()
        for plan in self.FORBIDDEN:
            await connection.execute_query_dict(f"SET LOCAL enable_{plan} = off")
        # A statement that binds itself is planned while nothing is bound yet.
        await connection.execute_query_dict("SET LOCAL app.workspace = ''")
        for form in ("", "(GENERIC_PLAN) "):
            lines = await connection.execute_query_dict(f"EXPLAIN {form}{sql}", list(parameters))
            self.plans.append("\n".join(line["QUERY PLAN"] for line in lines))
        return await super().row(sql, parameters)


@pytest_asyncio.fixture(scope="module")
async def world(database: None) -> World:
    """A workspace with some customers, and enough ties for their indexes to matter to the planner,
    which is told of them; the vacuum lets an index answer alone."""
    workspace = await create_workspace("Toko")
    made = await build_world(workspace, 3)
    records = Records(workspace)
    things: list[WorkspaceModel] = []
    for number in range(20):
        named = {"external_id": f"another-{number}"}
        things += [
            records.company(f"PT {number}", **named),
            records.ticket(f"Tiket {number}", number=f"T-9{number:05}", **named),
            records.deal(f"Kontrak {number}", **named),
            records.task(f"Tugas {number}", **named),
        ]
    for number in range(100):
        customer = records.customer(f"Siti {number}", external_id=f"siti-{number}")
        records.associate(customer, *things)
    await records.save()
    tables = ", ".join(f"{tie}, {tie.removeprefix('customer_')}" for tie in sorted(TIES))
    await maintenance_connection().execute_query(f"VACUUM (ANALYZE) customers, {tables}")
    return made


async def plans_of(
    world: World,
    document: str,
    variables: Mapping[str, Any],
) -> list[str]:
    """The plans of an operation's statements: each for its values, then for any."""
    [operation] = parse(document).definitions
    assert isinstance(operation, OperationDefinitionNode)
    workspace = world.workspace
    context = Explaining(an_actor(workspace), workspace, now=NOW)
    try:
        assert await Compiler(schema).answer(context, document, operation, {}, variables)
    finally:
        await context.close()
    assert len(context.plans) in (2, 4)
    return context.plans


@pytest.mark.parametrize("by", ORDERS)
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_a_list_is_read_in_its_order(world: World, by: str, direction: str) -> None:
    compiler, variables = Compiler(schema), {"by": by, "direction": direction}
    [operation] = parse(PAGE).definitions
    assert isinstance(operation, OperationDefinitionNode)
    context = Context(an_actor(world.workspace), world.workspace, now=NOW)
    first = await compiler.answer(context, PAGE, operation, {}, variables)
    await context.close()
    assert first is not None
    cursor = first.rpartition('"endCursor" : "')[2].partition('"')[0]
    for after in ({}, {"after": cursor}):
        for plan in await plans_of(world, PAGE, {**variables, **after}):
            assert f"using {ORDERS[by]} on customers" in plan
            assert "Sort" not in plan.replace("Sort Key", "")


async def reads_ties_by_their_index(
    world: World, document: str, variables: Mapping[str, Any]
) -> None:
    """Holds an operation to reading the ties of customers from their index alone."""
    for plan in await plans_of(world, document, variables):
        for tie in TIES:
            assert f"Index Only Scan using {tie}_customer_id_reference on {tie}" in plan, plan


async def test_a_customer_and_what_is_about_them_are_read_by_indexes(world: World) -> None:
    variables = {"id": global_id(models.Customer, world.customers[0].id)}
    for plan in await plans_of(world, satukan_detail(), variables):
        assert "Seq Scan" not in plan, plan
    await reads_ties_by_their_index(world, satukan_detail(), variables)


async def test_a_list_with_children_is_read_by_indexes(world: World) -> None:
    for plan in await plans_of(world, satukan_list(), {"first": 50}):
        assert "using customers_updated_index on customers" in plan
        assert "Seq Scan" not in plan, plan
    await reads_ties_by_their_index(world, satukan_list(), {"first": 50})
