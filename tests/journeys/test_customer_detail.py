"""The documented query for the whole page of a customer: what it answers, and what it costs."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type, parse

import models
from models import Workspace
from schema.root import schema
from services import api_keys
from services.ids import global_id
from services.transactions import SET_WORKSPACE
from settings import Settings
from tests.asking import answer
from tests.journeys.conftest import Connect
from tests.recorded import recorded_statements
from tests.worlds import build_world

__all__ = ["recorded_statements"]

DOCS = Path(__file__).parents[2] / "docs"
QUERY = (DOCS / "examples" / "customer-detail.graphql").read_text()
PAGE = (DOCS / "graph.md").read_text()
COLLECTIONS = ("conversations", "campaigns", "companies", "tickets", "deals", "tasks")


def documented(path: str) -> int:
    """The number of statements that the page of documentation gives for a path."""
    found = re.search(rf"{path} path: \*\*(\d+)\*\* statements?", PAGE)
    assert found is not None
    return int(found[1])


async def detail(workspace: Workspace, customers: int) -> tuple[Any, int]:
    """The answer for one of so many customers, and its number of statements."""
    world = await build_world(workspace, customers)
    id = global_id(models.Customer, world.customers[0].id)
    found = await answer(workspace, QUERY, id=id)
    assert not found.errors, found.errors
    return found.data["customer"], len(found.statements)


async def test_it_answers_with_the_customer_and_all_that_surrounds_them(
    workspace: Workspace,
) -> None:
    customer, _ = await detail(workspace, 3)
    assert customer["fullName"] == "Budi Santoso 1"
    assert customer["window"]["status"] == "ACTIVE"
    assert [one["identifier"] for one in customer["identities"]] == [
        "+6281200000001",
        "b1@example.com",
    ]
    assert customer["identities"][0]["isMain"]
    assert customer["identities"][1]["member"]["fullName"] == "B. Santoso 1"
    assert [member["fullName"] for member in customer["members"]] == ["B. Santoso 1"]
    assert {one["key"]: one["value"] for one in customer["properties"]} == {"size": "M", "score": 1}
    assert [tag["name"] for tag in customer["tags"]] == ["Besar", "Setia 1"]
    assert [one["product"] for one in customer["purchases"]] == ["Kopi", "Teh"]
    assert customer["orders"]["nodes"][0]["total"] == "150000.00"
    assert customer["activityCounts"] == {
        "chats": 1,
        "tickets": 2,
        "deals": 1,
        "tasks": 1,
        "campaigns": 1,
        "companies": 2,
    }
    for name in COLLECTIONS:
        counted = customer["activityCounts"]["chats" if name == "conversations" else name]
        assert customer[name]["totalCount"] == counted == len(customer[name]["nodes"]), name
    kinds = {line["kind"] for line in customer["timeline"]["nodes"]}
    assert kinds == {
        "CONVERSATION",
        "CAMPAIGN",
        "TICKET",
        "DEAL",
        "TASK",
        "ORDER",
        "MERGE",
        "PROFILE",
    }
    assert customer["timeline"]["totalCount"] == len(customer["timeline"]["nodes"]) == 9


def test_it_asks_for_every_scalar_of_a_customer() -> None:
    type = schema._schema.type_map["Customer"]
    assert isinstance(type, GraphQLObjectType)
    scalars = {
        name
        for name, field in type.fields.items()
        if is_leaf_type(get_named_type(field.type)) and not field.args
    }
    operation: Any = parse(QUERY).definitions[0]
    [customer] = operation.selection_set.selections
    asked = {selection.name.value for selection in customer.selection_set.selections}
    assert scalars <= asked
    assert {*COLLECTIONS, "timeline", "activityCounts", "orders", "purchases"} <= asked


@pytest.mark.parametrize("customers", [1, 4])
async def test_the_plain_path_takes_the_documented_number_of_statements(
    workspace: Workspace, customers: int
) -> None:
    _, statements = await detail(workspace, customers)
    assert statements == documented("plain")


async def test_the_gateway_takes_the_documented_number_of_statements(
    workspace: Workspace, connect: Connect, recorded_statements: list[str]
) -> None:
    """Through HTTP, without what finding the key and binding the workspace takes. That the key was
    used is noted beside the requests, sooner or later."""
    world = await build_world(workspace, 2)
    client = await connect(workspace)
    id = global_id(models.Customer, world.customers[0].id)
    for _ in range(2):
        recorded_statements.clear()
        await client.ask("{ __typename }")
    for_the_key = set(recorded_statements) | {SET_WORKSPACE}
    recorded_statements.clear()
    data = await client.ask(QUERY, id=id)
    sent = [
        sql for sql in recorded_statements if sql not in for_the_key | {api_keys.NOTE_USE.lstrip()}
    ]
    assert len(sent) == documented("compiled")
    assert data == (await answer(workspace, QUERY, id=id, now=datetime.now(UTC))).data


async def test_it_costs_a_part_of_what_one_request_may(
    workspace: Workspace, connect: Connect, settings: Settings
) -> None:
    client = await connect(workspace)
    id = global_id(models.Customer, (await build_world(workspace, 1)).customers[0].id)
    body = (await client.send(QUERY, id=id)).json()
    assert body["extensions"]["cost"]["requested"] < settings.limit_cost / 10
