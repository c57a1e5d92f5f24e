"""Plans: what falls back, what is kept and for how long, and that none holds a request's value."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio
from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse
from tortoise.exceptions import OperationalError

import models
from models import Role, Workspace
from resolvers.compiled.answers import Compiler
from resolvers.compiled.caches import Bounded
from resolvers.compiled.plans import Hope, Plan, Plans
from resolvers.context import Context
from schema.root import schema
from services.ids import global_id
from services.workspaces import create_workspace
from tests.asking import an_actor
from tests.rows import NOW
from tests.worlds import World, build_world

SEARCHED = """query($id: ID!, $text: String, $tags: [ID!], $key: String!, $after: String) {
    customer(id: $id) { fullName property(key: $key) }
    customers(search: $text, filter: { tagIds: $tags }, first: 3, after: $after) {
        nodes { id } } }"""


@pytest_asyncio.fixture(scope="module")
async def worlds(database: None) -> tuple[World, World]:
    """Two workspaces with equal rows."""
    first = await build_world(await create_workspace("Toko Satu"), 3)
    return first, await build_world(await create_workspace("Toko Dua"), 3)


@pytest_asyncio.fixture
async def compiler(database: None) -> AsyncIterator[Compiler]:
    """One that has seen nothing yet."""
    yield Compiler(schema)


async def answered(
    compiler: Compiler,
    workspace: Workspace,
    document: str,
    variables: Mapping[str, Any] | None = None,
    role: Role = Role.OWNER,
    **values: Any,
) -> str | None:
    """What the compiled path answers."""
    operation, fragments = read(document)
    context = Context(an_actor(workspace, role, **values), workspace, now=NOW)
    try:
        return await compiler.answer(context, document, operation, fragments, variables or {})
    finally:
        await context.close()


def read(
    document: str,
) -> tuple[OperationDefinitionNode, dict[str, FragmentDefinitionNode]]:
    """The one operation of a document, and its fragments."""
    [operation, *fragments] = parse(document).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return operation, {
        one.name.value: one for one in fragments if isinstance(one, FragmentDefinitionNode)
    }


def kept(compiler: Compiler) -> list[Plan]:
    """The plans that a compiler keeps."""
    return [
        plan
        for plans, _ in compiler.plans._values.values()
        for plan in (plans.full, plans.brief)
        if plan is not None
    ]


async def test_names_that_no_column_can_have_are_left_to_the_plain_path(
    compiler: Compiler, worlds: tuple[World, World]
) -> None:
    for length, compiled in ((63, True), (64, False)):
        query = f"{{ customers {{ {'a' * length}: totalCount }} }}"
        found = await answered(compiler, worlds[0].workspace, query)
        assert (found is not None) == compiled


@pytest.mark.parametrize(
    "name", ["n", "q", "x", "r1", "r2", "p", "j", "i", "m", "c0", "data", "select"]
)
async def test_names_of_an_answer_never_meet_those_of_the_statement(
    compiler: Compiler, worlds: tuple[World, World], name: str
) -> None:
    query = f"""{{ {name}: customers {{ {name}: nodes {{ {name}: id i: fullName
        {name}s: tickets {{ {name}: edges {{ {name}: node {{ {name}: stage {{ {name}: name }} }} }}
            pageInfo {{ {name}: endCursor }} }} }} }} }}"""
    found = await answered(compiler, worlds[0].workspace, query)
    assert found is not None
    assert found.startswith(f'{{"{name}":{{"{name}":[{{"{name}":"cus_')


async def test_more_columns_than_a_statement_can_have(
    compiler: Compiler, worlds: tuple[World, World]
) -> None:
    names = " ".join(f"a{number}: fullName" for number in range(1_700))
    with pytest.raises(Exception, match="at most 1664") as caught:
        await answered(compiler, worlds[0].workspace, f"{{ customers {{ nodes {{ {names} }} }} }}")
    assert not isinstance(caught.value, OperationalError)


async def test_what_is_kept_is_bounded(worlds: tuple[World, World]) -> None:
    compiler = Compiler(schema, Bounded(5_000), Bounded(5_000), Bounded(20_000), Bounded(10))
    workspace = worlds[0].workspace
    most = 0
    for number in range(1, 101):
        literal = f"{{ customers(first: {number}) {{ a{number}: totalCount nodes {{ id }} }} }}"
        sized = (
            "query($n: Int, $d: Boolean!) { customers(first: $n) { nodes { id @skip(if: $d) } } }"
        )
        assert await answered(compiler, workspace, literal)
        assert await answered(compiler, workspace, sized, {"n": number, "d": number % 2 == 0})
        most = max(most, len(compiler.plans))
    for cache in (compiler.prepared, compiler.shapes, compiler.plans, compiler.lasting):
        assert 0 < cache.weight <= cache.most
    assert most == len(compiler.plans) > 10
    assert sum(len(plan.sql) for plan in kept(compiler)) <= 20_000


def test_one_that_is_too_large_pushes_nothing_out() -> None:
    cache: Bounded[str, str] = Bounded(100)
    for number in range(5):
        cache.keep(str(number), "value", 20)
    cache.keep("large", "value", 90)
    cache.keep("4", "other", 20)
    assert cache.found("large") is None
    assert [cache.found(str(number)) for number in range(5)] == ["value"] * 4 + ["other"]
    assert cache.weight == 100


async def test_requests_that_differ_in_values_share_one_plan(
    compiler: Compiler, worlds: tuple[World, World]
) -> None:
    values: list[str] = []
    for world in worlds:
        for number, customer in enumerate(world.customers):
            told = {
                "id": global_id(models.Customer, customer.id),
                "text": f"rahasia {number}",
                "tags": [global_id(models.Tag, world.of(models.Tag)[number].id)],
                "key": ("size", "score", "other")[number],
            }
            assert await answered(compiler, world.workspace, SEARCHED, told)
            values += [customer.id.hex, str(customer.id), f"rahasia {number}", "score", "other"]
    [plan] = kept(compiler)
    assert not [value for value in values if value in repr(plan)]
    assert not re.search(r"[0-9a-f]{8}-?[0-9a-f]{4}", plan.sql)


async def test_a_shared_plan_shares_no_data(
    compiler: Compiler, worlds: tuple[World, World]
) -> None:
    query = "query($id: ID!) { node(id: $id) { __typename id } viewer { role workspace { id } } }"
    own, other = worlds
    mine, theirs = (global_id(models.Merge, world.of(models.Merge)[0].id) for world in worlds)
    found = await answered(compiler, own.workspace, query, {"id": mine})
    assert found is not None
    assert mine in found
    for workspace, role, id in (
        (other.workspace, Role.OWNER, mine),
        (own.workspace, Role.OWNER, theirs),
        (own.workspace, Role.PARTNER, mine),
    ):
        scopes = {"scopes": frozenset({"ingest:write"})} if role is Role.PARTNER else {}
        found = await answered(compiler, workspace, query, {"id": id}, role, **scopes)
        assert found is not None
        assert '"node":null' in found
        assert f'"role":"{role.value}"' in found
        assert global_id(models.Workspace, workspace.id) in found
    assert len(kept(compiler)) == 1


async def test_row_level_security_holds_without_the_workspace_in_the_statement(
    compiler: Compiler, worlds: tuple[World, World], recorded_statements: list[str]
) -> None:
    own, other = worlds
    query = """{ customers(first: 100) { totalCount nodes { id
        tickets { totalCount nodes { id number customers { nodes { id } } } }
        conversations { nodes { id messages { nodes { id } } } } tags { id } } }
        tickets(first: 100) { nodes { id } } }"""
    right = await answered(compiler, own.workspace, query)
    [form] = compiler.plans._values
    plans, weight = compiler.plans._values[form]
    plan = plans.full
    sql, times = re.subn(r"\w+\.workspace_id = \$1", "$1::uuid IS NOT NULL", plan.sql)
    assert times > 10
    compiler.plans._values[form] = (
        Plans(Plan(sql, plan.parameters, plan.template)),
        weight,
    )
    assert await answered(compiler, own.workspace, query) == right
    assert right is not None
    for model in (models.Customer, models.Ticket, models.Message):
        ids = [global_id(model, row.id) for row in other.of(model)]
        assert ids
        assert not [id for id in ids if id in right]
    recorded_statements.clear()  # the one without the workspace breaks the house's rules


async def test_children_beyond_a_page_are_counted_by_a_fuller_statement(
    compiler: Compiler, worlds: tuple[World, World], recorded_statements: list[str]
) -> None:
    world = worlds[0]
    query = """query($id: ID!) { customer(id: $id) {
        few: conversations { totalCount nodes { id } }
        more: tickets(first: 1) { totalCount nodes { id } } } }"""
    variables = {"id": global_id(models.Customer, world.customers[0].id)}
    ties = [
        row for row in world.of(models.CustomerTicket) if row.customer_id == world.customers[0].id
    ]
    sent = []
    for _ in range(3):
        recorded_statements.clear()
        found = await answered(compiler, world.workspace, query, variables)
        assert found is not None
        data = json.loads(found)["customer"]
        assert data["more"]["totalCount"] == len({row.ticket_id for row in ties}) > 1
        assert data["few"]["totalCount"] == len(data["few"]["nodes"])
        sent.append(list(recorded_statements))
    [plans] = [plans for plans, _ in compiler.plans._values.values()]
    assert plans.brief is not None
    brief, full = plans.brief.sql, plans.full.sql
    assert len(brief) < len(full)
    assert sent == [[brief, full], [full], [brief, full]]


def test_what_fails_is_tried_ever_less_often() -> None:
    hope = Hope()
    tried = []
    for request in range(400):
        if hope.worth_it():
            tried.append(request)
            hope.learn(done=False)
    gaps = [later - earlier - 1 for earlier, later in pairwise(tried)]
    assert gaps[:7] == [1, 2, 4, 8, 16, 32, 64]
    assert set(gaps[7:]) == {64}


def test_what_does_not_count_has_one_statement() -> None:
    plan = Plan("SELECT 1 AS c0", (), ("{", 0, "}"))
    assert Plans.of(plan, plan).brief is None
