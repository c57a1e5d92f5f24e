"""Anything by its id."""

from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from graphql import GraphQLInterfaceType

import models
from models import Role, Workspace
from resolvers.nodes import SHOWN
from schema.root import schema
from services.actors import Scope
from services.errors import ErrorCode
from services.ids import MODELS, global_id
from services.workspaces import create_workspace
from tests.asking import an_actor, ask, refusal
from tests.records import Records
from tests.rows import NOW
from tests.worlds import World, build_world

NODE = "query($id: ID!) { node(id: $id) { __typename id } }"
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"


@pytest_asyncio.fixture(scope="module")
async def world(database: None) -> World:
    """Rows of every kind; these tests only read."""
    return await build_world(await create_workspace("Toko Simpul"), 2)


def test_every_type_that_is_a_node_is_found_by_its_id() -> None:
    interface = schema._schema.type_map["Node"]
    assert isinstance(interface, GraphQLInterfaceType)
    types = schema._schema.get_possible_types(interface)
    shown = {type.extensions["strawberry-definition"].origin.shows for type in types}
    assert shown == SHOWN


@pytest.mark.parametrize("model", sorted(SHOWN, key=str))
async def test_a_row_of_each_type_answers_to_its_id(world: World, model: Any) -> None:
    rows = [world.workspace] if model is Workspace else world.of(model)
    row = next(row for row in rows if getattr(row, "merged_into_id", None) is None)
    id = global_id(model, row.id)
    name = next(
        type.name
        for type in schema._schema.get_possible_types(schema._schema.type_map["Node"])  # type: ignore[arg-type]
        if type.extensions["strawberry-definition"].origin.shows is model
    )
    assert await ask(world.workspace, NODE, id=id) == {"node": {"__typename": name, "id": id}}


@pytest.mark.parametrize(
    "prefix", sorted(MODELS.keys() - {p for p in MODELS if MODELS[p] in SHOWN})
)
async def test_an_id_of_what_is_not_shown_answers_with_nothing(world: World, prefix: str) -> None:
    assert await ask(world.workspace, NODE, id=f"{prefix}_{'0' * 32}") == {"node": None}


async def test_several_come_in_the_order_asked_with_gaps_and_repeats(world: World) -> None:
    ids = [global_id(models.Ticket, row.id) for row in world.of(models.Ticket)]
    never = global_id(models.Ticket, world.workspace.id)
    asked = [*reversed(ids), never, ids[0], global_id(models.User, world.of(models.User)[0].id)]
    found = (await ask(world.workspace, NODES, ids=asked))["nodes"]
    assert [node and node["id"] for node in found] == [None if id == never else id for id in asked]
    assert (await ask(world.workspace, NODES, ids=[]))["nodes"] == []


async def test_a_merged_customer_answers_with_the_main_one(world: World) -> None:
    for member in world.of(models.Customer):
        if member.merged_into_id is not None:
            main = global_id(models.Customer, member.merged_into_id)
            id = global_id(models.Customer, member.id)
            query = "query($id: ID!) { node(id: $id) { id } customer(id: $id) { id isMerged } }"
            data = await ask(world.workspace, query, id=id)
            assert data == {"node": {"id": main}, "customer": {"id": main, "isMerged": True}}


async def test_a_deleted_customer_is_found_and_an_erased_one_is_not(workspace: Workspace) -> None:
    records = Records(workspace)
    deleted = records.customer(deleted_at=NOW - timedelta(days=1))
    erased = records.customer("—", deleted_at=NOW, erased_at=NOW)
    await records.save()
    query = "query($id: ID!) { customer(id: $id) { deletedAt } node(id: $id) { id } }"
    id = global_id(models.Customer, deleted.id)
    found = await ask(workspace, query, id=id)
    assert found == {
        "customer": {"deletedAt": "2026-11-21T09:30:00.000000Z"},
        "node": {"id": id},
    }
    gone = await ask(workspace, query, id=global_id(models.Customer, erased.id))
    assert gone == {"customer": None, "node": None}


async def test_what_a_caller_may_not_read_is_not_there(world: World) -> None:
    partner = an_actor(world.workspace, Role.PARTNER, scopes=frozenset({Scope.CUSTOMERS_READ}))
    merge = global_id(models.Merge, world.of(models.Merge)[0].id)
    ticket = global_id(models.Ticket, world.of(models.Ticket)[0].id)
    assert await ask(world.workspace, NODES, ids=[merge, ticket], actor=partner) == {
        "nodes": [None, {"id": ticket}]
    }


async def test_more_than_a_hundred_at_once_are_refused(world: World) -> None:
    id = global_id(models.User, world.workspace.id)
    assert len((await ask(world.workspace, NODES, ids=[id] * 100))["nodes"]) == 100
    found = await refusal(world.workspace, NODES, ids=[id] * 101)
    assert (found.code, found.field) == (ErrorCode.INVALID, ("ids",))
