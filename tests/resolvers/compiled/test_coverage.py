"""What is compiled: every field that a query can reach, but for those listed here."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest_asyncio
from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
    is_interface_type,
    is_object_type,
    is_required_argument,
)

import models
from schema.root import schema
from services.ids import global_id
from services.workspaces import create_workspace
from settings import Settings
from tests.resolvers.compiled.answering import Pair, pair_for
from tests.resolvers.compiled.documents import GRAPH
from tests.worlds import World, build_world

NOT_COMPILED = {
    "Query.__schema": "introspection is of the schema, and of no database",
    "Query.__type": "introspection is of the schema, and of no database",
    "Query.audiencePreview": "whom an audience reaches is found by a statement of its own",
    "Query.segmentPreview": "criteria are compiled to a statement of their own",
    "Campaign.audience": "what a broadcast was addressed to is kept in JSON, as it was found",
    "Group.analysis": "an audience is analysed by statements of their own",
    "Segment.analysis": "an audience is analysed by statements of their own",
    "Query.contactReport": "its numbers are added up from counts of days and of parts of days",
    "Query.customerViews": "whose views are shown depends on who asks",
    "Query.mergePreview": "what a merge would do is worked out by its rules, in Python",
    "Monitoring.history": "its days are added up from the changes of days, in Python",
    "Import.columns": "what an import has understood is kept as it was found, in JSON",
    "Import.problems": "what an import has understood is kept as it was found, in JSON",
    "Import.errorFileUrl": "addresses of files are signed for each answer",
    "Export.url": "addresses of files are signed for each answer",
    "CustomerView.columns": "what is left out of a view is found by its rules, in Python",
    "CustomerView.leftOut": "what is left out of a view is found by its rules, in Python",
}
"""All that sends a query down the plain path, and why."""
CUSTOMER = GRAPH.type_map["Customer"]


@dataclass(frozen=True)
class Reached:
    """A type, and how a document gets to a selection of it: `plainly`, by a field that is not
    compiled."""

    type: GraphQLObjectType
    opening: str
    closing: str
    plainly: bool = False


@pytest_asyncio.fixture(scope="module")
async def world(database: None) -> World:
    """A workspace in which there is one of everything."""
    return await build_world(await create_workspace("Toko Satu"))


@pytest_asyncio.fixture(scope="module")
async def pair(world: World, settings: Settings) -> AsyncIterator[Pair]:
    """Both paths, for its owner."""
    made = pair_for(settings, world.workspace)
    yield made
    await made.close()


def reached_types(world: World) -> list[Reached]:
    """Every object type that a query can reach, each by one way."""
    assert GRAPH.query_type is not None
    found = {"Query": Reached(GRAPH.query_type, "{", "}")}
    waiting = list(found.values())
    while waiting:
        one = waiting.pop(0)
        for name, field in one.type.fields.items():
            named = get_named_type(field.type)
            if is_interface_type(named) and one.type.name == "Query":
                types = list(GRAPH.get_possible_types(named))
            else:
                types = [named] if is_object_type(named) else []
            for type in types:
                if type.name not in found:
                    head = f"{one.opening} {name}{required(world, field, type)} {{"
                    on = f" ... on {type.name} {{" if is_interface_type(named) else ""
                    closing = "}" * (2 if on else 1)
                    plainly = one.plainly or f"{one.type.name}.{name}" in NOT_COMPILED
                    closing = f"{closing} {one.closing}"
                    found[type.name] = Reached(type, head + on, closing, plainly)
                    waiting.append(found[type.name])
    return list(found.values())


def required(world: World, field: GraphQLField, type: GraphQLNamedType) -> str:
    """Arguments that a field cannot do without."""
    if "id" in field.args or "ids" in field.args:
        model = getattr(models, type.name)
        row = world.workspace if model is models.Workspace else world.of(model)[0]
        name = "id" if "id" in field.args else "ids"
        return f'({name}: "{global_id(model, row.id)}")'
    if "identifier" in field.args:
        return '(channel: WHATSAPP, identifier: "+6281200000001")'
    if "mainId" in field.args:
        main, member = (global_id(models.Customer, row.id) for row in world.customers[:2])
        return f'(mainId: "{main}", memberIds: ["{member}"])'
    if "criteria" in field.args:
        return "(criteria: { productive: true })"
    if "input" in field.args:
        return (
            f'(input: {{ customerIds: ["{global_id(models.Customer, world.customers[0].id)}"] }})'
        )
    if "period" in field.args and is_required_argument(field.args["period"]):
        return "(period: { preset: ALL_TIME })"
    return '(key: "size")' if "key" in field.args else ""


async def test_all_is_compiled_but_for_what_is_listed(pair: Pair, world: World) -> None:
    plain = set()
    for reached in reached_types(world):
        for name, field in reached.type.fields.items():
            named = get_named_type(field.type)
            whose = named if is_object_type(named) and hasattr(models, named.name) else CUSTOMER
            arguments = required(world, field, whose)
            below = " { __typename }" if is_composite_type(named) else ""
            query = f"{reached.opening} {name}{arguments}{below} {reached.closing}"
            both = await pair.answers(query)
            assert both.ran, (query, both.plain)
            assert both.compiled == both.plain
            if not both.taken and not reached.plainly:
                plain.add(f"{reached.type.name}.{name}")
    for name in ("__schema { queryType { name } }", '__type(name: "Query") { name }'):
        both = await pair.answers(f"{{ {name} }}")
        if not both.taken:
            plain.add(f"Query.{name.partition(' ')[0].partition('(')[0]}")
    assert plain == set(NOT_COMPILED)


async def test_every_type_of_a_query_is_looked_at(world: World) -> None:
    looked_at = {reached.type.name for reached in reached_types(world)}
    others = {
        name
        for name, type in schema._schema.type_map.items()
        if is_object_type(type) and not name.startswith("__") and not name.endswith("Payload")
    }
    assert others - looked_at == {"Mutation", "UserError", "Subscription", "MergeEvent"}
