"""Two ways to one answer, over HTTP: which requests take which; and nobody notices a failure."""

import json
from typing import Any

import pytest
from prometheus_client import REGISTRY
from structlog import wrap_logger
from structlog.testing import CapturingLogger

import models
from gateway import paths
from models import Role, Workspace
from resolvers.compiled.builders import Builder
from resolvers.compiled.plans import Plan
from services.ids import global_id
from tests.journeys.conftest import Client, Connect
from tests.worlds import World, build_world

CUSTOMER = """query Detail($id: ID!) { customer(id: $id) { fullName jobTitle window { status }
    tickets(first: 5) { totalCount nodes { number stage { name } } }
    purchases { product spent } } }"""
CHANGE = """mutation($input: UpdateCustomerInput!) { updateCustomer(input: $input) {
    customer { jobTitle } errors { code } } }"""


def answers(path: str) -> float:
    """How many queries this process has answered on a path."""
    return REGISTRY.get_sample_value("satukan_queries_total", {"path": path}) or 0


async def asked(client: Client, query: str, **variables: Any) -> tuple[Any, float, float]:
    """The answer's body, and how many queries went which way for it: compiled, plain."""
    compiled, plain = answers("compiled"), answers("plain")
    response = await client.send(query, **variables)
    return response.json(), answers("compiled") - compiled, answers("plain") - plain


def id_of(world: World) -> str:
    """The first customer's id."""
    return global_id(models.Customer, world.customers[0].id)


async def test_a_query_is_answered_by_one_statement(connect: Connect, workspace: Workspace) -> None:
    world, client = await build_world(workspace), await connect(workspace)
    body, compiled, plain = await asked(client, CUSTOMER, id=id_of(world))
    assert body["data"]["customer"]["fullName"] == "Budi Santoso 1"
    assert body["extensions"]["cost"]["requested"] > 0
    assert (compiled, plain) == (1, 0)


async def test_a_mutation_never_is(connect: Connect, workspace: Workspace) -> None:
    world, client = await build_world(workspace), await connect(workspace)
    told = {"customerId": id_of(world), "jobTitle": "Juragan"}
    body, compiled, plain = await asked(client, CHANGE, input=told)
    assert body["data"]["updateCustomer"] == {"customer": {"jobTitle": "Juragan"}, "errors": []}
    assert (compiled, plain) == (0, 0)
    body, compiled, _ = await asked(client, CUSTOMER, id=id_of(world))
    assert body["data"]["customer"]["jobTitle"] == "Juragan"
    assert compiled == 1


async def test_what_a_resolver_refuses_is_told_by_the_plain_path(
    connect: Connect, workspace: Workspace
) -> None:
    client = await connect(workspace)
    body, compiled, plain = await asked(client, CUSTOMER, id="42")
    [error] = body["errors"]
    assert error["path"] == ["customer"]
    assert error["extensions"]["code"] == "INVALID"
    assert (compiled, plain) == (0, 1)


async def test_a_statement_that_postgresql_refuses_is_left_to_the_plain_path(
    connect: Connect,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, client = await build_world(workspace), await connect(workspace)
    logged = CapturingLogger()
    monkeypatch.setattr(paths, "log", wrap_logger(logged))
    right = await client.ask(CUSTOMER.replace("Detail", "Other"), id=id_of(world))
    made = Builder.plan

    def broken(self: Builder, *arguments: Any) -> Plan:
        plan = made(self, *arguments)
        return Plan(plan.sql.replace("SELECT", "SELEKT", 1), plan.parameters, plan.template)

    monkeypatch.setattr(Builder, "plan", broken)
    ways = [await asked(client, CUSTOMER, id=id_of(world)) for _ in range(3)]
    assert [body["data"] for body, _, _ in ways] == [right] * 3
    assert [way for _, *way in ways] == [[0, 1]] * 3
    assert [call.method_name for call in logged.calls] == ["error"]
    assert "compiled_statement_failed" in str(logged.calls[0])


async def test_a_value_that_postgresql_refuses_leaves_that_one_request_to_the_plain_path(
    connect: Connect, workspace: Workspace
) -> None:
    world, client = await build_world(workspace), await connect(workspace)
    large = world.records.customer("Toko Besar")
    world.records.order(large, [("Kopi", 2**31 - 1, "0.01"), ("Kopi", 2**31 - 1, "0.01")])
    world.records.rows[models.OrderItem][-1].sku = world.records.rows[models.OrderItem][-2].sku
    await world.records.save()
    query = "query($id: ID!) { customer(id: $id) { fullName purchases { product quantity } } }"
    body, compiled, plain = await asked(client, query, id=global_id(models.Customer, large.id))
    assert (compiled, plain) == (0, 1)
    assert "32-bit" in json.dumps(body["errors"])
    body, compiled, plain = await asked(client, query, id=id_of(world))
    assert len(body["data"]["customer"]["purchases"]) == 2
    assert (compiled, plain) == (1, 0)


async def test_both_paths_show_a_partner_what_it_may_see(
    connect: Connect, workspace: Workspace
) -> None:
    world = await build_world(workspace)
    owner = await connect(workspace)
    partner = await connect(workspace, Role.PARTNER, ("events:read",))
    ids = [global_id(model, world.of(model)[0].id) for model in (models.Merge, models.User)]
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } viewer { scopes } }"
    for client, seen in ((owner, ids), (partner, [None, ids[1]])):
        body, compiled, _ = await asked(client, query, ids=ids)
        assert [node and node["id"] for node in body["data"]["nodes"]] == seen
        assert compiled == 1
    assert body["data"]["viewer"]["scopes"] == ["events:read"]
