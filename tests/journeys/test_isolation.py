"""Two workspaces with the same phone numbers, external ids and names: nothing of one is ever in an
answer to the other, for any field, node id, cursor or count."""

import json
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from graphql import GraphQLNonNull, get_named_type

import models
from models import Workspace
from services.ids import PREFIXES, global_id
from services.workspaces import create_workspace
from tests.asking import answer, ask
from tests.journeys.conftest import Client, Connect
from tests.journeys.walking import object_type, whole
from tests.worlds import World, build_world

NEVER = UUID(int=0)
QUERY = object_type("Query")
MANY = 3
ASKS_FOR_INPUT = frozenset({"audiencePreview", "segmentPreview"})
"""The fields of Query that ask for an input object; each is asked by a test of its own."""


@pytest_asyncio.fixture(scope="module")
async def worlds(database: None) -> tuple[World, World]:
    """The same records twice, but that the second workspace has more of them."""
    first = await build_world(await create_workspace("Toko"), MANY)
    return first, await build_world(await create_workspace("Toko"), MANY + 4)


def ids_of(world: World) -> set[str]:
    """The id of everything in a workspace, in the form that answers have."""
    rows = [row for rows in world.records.rows.values() for row in rows]
    return {row.id.hex for row in rows} | {world.workspace.id.hex}


def text_of(answered: Any) -> str:
    """An answer with its cursors opened."""
    return json.dumps(answered, default=str)


def foreign(answered: Any, other: World) -> list[str]:
    """Whose ids of the other workspace stand in an answer."""
    text = text_of(answered)
    return [id for id in ids_of(other) if id in text]


def values(world: World) -> dict[str, str]:
    """A literal for each argument that a field of Query may ask for."""
    customer = world.customers[0]
    return {
        "id": f'"{global_id(models.Customer, customer.id)}"',
        "ids": f'["{global_id(models.Customer, customer.id)}"]',
        "channel": "WHATSAPP",
        "identifier": f'"{customer.phone}"',
        "key": '"size"',
        "mainId": f'"{global_id(models.Customer, customer.id)}"',
        "memberIds": f'["{global_id(models.Customer, world.customers[1].id)}"]',
        "period": "{ preset: ALL_TIME }",
    }


BY_ID: dict[str, Any] = {"import": models.Import, "export": models.Export}
"""The fields whose `id` is not a customer's."""


def a_question(field: str, world: World) -> str | None:
    """A question for everything that a field of Query leads to; None where it asks for input that
    is made elsewhere."""
    definition = QUERY.fields[field]
    known = values(world)
    if field in BY_ID:
        known["id"] = f'"{global_id(BY_ID[field], world.of(BY_ID[field])[0].id)}"'
    asked = [name for name, one in definition.args.items() if isinstance(one.type, GraphQLNonNull)]
    if not set(asked) <= known.keys():
        return None
    given = ", ".join(f"{name}: {known[name]}" for name in asked)
    head = f"{field}({given})" if given else field
    inner = get_named_type(definition.type)
    depth = 1 if inner.name == "Node" else 2
    return f"{{ {head} {{ {whole(inner.name, depth, known)} }} }}"


@pytest.mark.parametrize("field", sorted(QUERY.fields))
async def test_no_field_of_a_query_leads_into_the_other_workspace(
    worlds: tuple[World, World], field: str
) -> None:
    for own, other in (worlds, worlds[::-1]):
        question = a_question(field, own)
        if question is None:
            assert field in ASKS_FOR_INPUT
            continue
        found = await answer(own.workspace, question)
        assert not found.errors, found.errors[0]
        assert foreign(found.data, other) == []
        assert found.data[field] is not None


async def test_a_segment_has_nobody_of_the_other_workspace(worlds: tuple[World, World]) -> None:
    query = """{ segmentPreview(criteria: { any: [{ productive: true }, { productive: false }] }) {
        customerCount sample { id } } }"""
    for own, other in (worlds, worlds[::-1]):
        found = await ask(own.workspace, query)
        assert foreign(found, other) == []
        assert found["segmentPreview"]["customerCount"] == len(own.customers)


async def test_an_audience_reaches_nobody_of_the_other_workspace(
    worlds: tuple[World, World],
) -> None:
    query = """query($input: AudienceInput!) { audiencePreview(input: $input) {
        matched recipients sample { id } } }"""
    for own, other in (worlds, worlds[::-1]):
        input = {
            "groupIds": [global_id(models.Group, row.id) for row in own.of(models.Group)],
            "tagIds": [global_id(models.Tag, row.id) for row in own.of(models.Tag)],
        }
        found = await ask(own.workspace, query, input=input)
        assert foreign(found, other) == []
        assert found["audiencePreview"]["recipients"] == len(own.customers)
        for name, model in (("segmentIds", models.Segment), ("customerIds", models.Customer)):
            theirs = {**input, name: [global_id(model, other.of(model)[0].id)]}
            refused = (await answer(own.workspace, query, input=theirs)).refusal
            assert (refused.code.value, refused.field) == ("NOT_FOUND", (name, "0"))


async def test_every_field_of_a_customer_stays_in_the_workspace(
    worlds: tuple[World, World],
) -> None:
    for own, other in (worlds, worlds[::-1]):
        selection = whole("Customer", 3, values(own))
        found = await answer(own.workspace, f"{{ customers {{ nodes {{ {selection} }} }} }}")
        assert not found.errors, found.errors[0]
        assert len(found.data["customers"]["nodes"]) == len(own.customers)
        text = text_of(found.data)
        assert all(row.id.hex in text for row in own.customers)
        assert foreign(found.data, other) == []


@pytest.mark.parametrize("model", sorted(PREFIXES, key=str))
async def test_an_id_of_the_other_workspace_answers_like_one_that_never_was(
    worlds: tuple[World, World], model: Any
) -> None:
    own, other = worlds
    query = "query($id: ID!) { node(id: $id) { __typename id } }"
    never = await ask(own.workspace, query, id=global_id(model, NEVER))
    assert never == {"node": None}
    theirs = [other.workspace.id] if model is Workspace else [row.id for row in other.of(model)]
    for id in theirs[:3]:
        assert await ask(own.workspace, query, id=global_id(model, id)) == never
    ids = [global_id(model, id) for id in theirs[:3]]
    nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert await ask(own.workspace, nodes, ids=ids) == {"nodes": [None] * len(ids)}


async def test_a_customer_of_the_other_workspace_is_not_found(worlds: tuple[World, World]) -> None:
    own, other = worlds
    query = "query($id: ID!) { customer(id: $id) { id fullName } }"
    for row in other.of(models.Customer):
        id = global_id(models.Customer, row.id)
        assert await ask(own.workspace, query, id=id) == {"customer": None}


async def test_a_phone_number_that_both_have_finds_each_their_own(
    worlds: tuple[World, World],
) -> None:
    query = """query($kind: ChannelKind!, $to: String!) {
        customerByIdentity(channel: $kind, identifier: $to) { id } }"""
    for world in worlds:
        for identity in world.of(models.ChannelIdentity):
            found = await ask(world.workspace, query, kind=identity.kind, to=identity.identifier)
            own = global_id(models.Customer, identity.customer_id)
            assert found == {"customerByIdentity": {"id": own}}


async def test_a_phone_number_that_only_the_other_has_finds_nobody(
    worlds: tuple[World, World],
) -> None:
    few, more = worlds
    query = "query($to: String!) { customerByIdentity(channel: WHATSAPP, identifier: $to) { id } }"
    found = await ask(few.workspace, query, to=more.customers[-1].phone)
    assert found == {"customerByIdentity": None}


COUNTS = """{
    customers { totalCount } regularCustomers { totalCount } conversations { totalCount }
    companies { totalCount } tickets { totalCount } deals { totalCount } tasks { totalCount }
    campaigns { totalCount } users { totalCount } groups { totalCount } segments { totalCount }
    tags { totalCount } events { totalCount }
    duplicateSuggestions { totalCount }
}"""
COUNTED = {
    "conversations": models.Conversation,
    "companies": models.Company,
    "tickets": models.Ticket,
    "deals": models.Deal,
    "tasks": models.Task,
    "campaigns": models.Campaign,
    "users": models.User,
    "groups": models.Group,
    "segments": models.Segment,
    "tags": models.Tag,
    "events": models.Event,
    "duplicateSuggestions": models.DuplicateSuggestion,
}


async def test_counts_count_one_workspace(worlds: tuple[World, World]) -> None:
    for world in worlds:
        data = await ask(world.workspace, COUNTS)
        assert {name: one["totalCount"] for name, one in data.items()} == {
            "customers": len(world.customers),
            "regularCustomers": len(world.customers),
            **{name: len(world.of(model)) for name, model in COUNTED.items()},
        }


async def test_a_cursor_of_the_other_workspace_is_a_place_among_ones_own(
    worlds: tuple[World, World],
) -> None:
    """A cursor tells a place in an order, and what comes behind it is read from one's own rows."""
    own, other = worlds
    query = """query($after: String) { customers(
        first: 100, after: $after, orderBy: { by: FULL_NAME, direction: ASC })
        { edges { cursor node { id } } totalCount } }"""
    for edge in (await ask(other.workspace, query))["customers"]["edges"]:
        found = await ask(own.workspace, query, after=edge["cursor"])
        assert foreign([edge["node"] for edge in found["customers"]["edges"]], other) == []
        assert found["customers"]["totalCount"] == MANY


FILTERS = {
    "customers": {
        "ownerIds": models.User,
        "assigneeIds": models.User,
        "groupIds": models.Group,
        "segmentIds": models.Segment,
        "tagIds": models.Tag,
    },
    "tickets": {
        "pipelineIds": models.Pipeline,
        "stageIds": models.Stage,
        "reporterIds": models.User,
        "assigneeIds": models.User,
    },
    "deals": {"pipelineIds": models.Pipeline, "stageIds": models.Stage, "ownerIds": models.User},
    "tasks": {"stageIds": models.Stage, "assigneeIds": models.User},
}


@pytest.mark.parametrize(
    ("field", "name"), [(field, name) for field, names in FILTERS.items() for name in names]
)
async def test_a_filter_by_an_id_of_the_other_workspace_matches_nothing(
    worlds: tuple[World, World], field: str, name: str
) -> None:
    own, other = worlds
    model: Any = FILTERS[field][name]
    kind = field.capitalize().removesuffix("s")
    query = f"query($f: {kind}Filter) {{ {field}(filter: $f) {{ totalCount nodes {{ id }} }} }}"
    nothing = {field: {"totalCount": 0, "nodes": []}}
    for id in (NEVER, *(row.id for row in other.of(model))):
        assert await ask(own.workspace, query, f={name: [global_id(model, id)]}) == nothing
    both = [global_id(model, row.id) for world in worlds for row in world.of(model)]
    found = await ask(own.workspace, query, f={name: both})
    assert found[field]["totalCount"] > 0
    assert foreign(found, other) == []


async def test_a_property_of_the_other_workspace_is_not_defined_here(
    worlds: tuple[World, World], workspace: Workspace
) -> None:
    query = """{ customers(filter: { properties: [{ key: "size", op: EQ, value: "M" }] })
        { totalCount } }"""
    assert (await ask(worlds[0].workspace, query))["customers"]["totalCount"] == MANY
    assert "is defined" in (await answer(workspace, query)).refusal.message


async def test_a_key_opens_its_own_workspace_only(
    worlds: tuple[World, World], connect: Connect
) -> None:
    """Through HTTP, where the workspace is read from the key."""
    clients: list[Client] = [await connect(world.workspace) for world in worlds]
    query = "{ viewer { workspace { id } } customers { totalCount nodes { id } } }"
    for client, own, other in zip(clients, worlds, worlds[::-1], strict=True):
        data = await client.ask(query)
        assert data["viewer"]["workspace"]["id"] == global_id(Workspace, own.workspace.id)
        assert data["customers"]["totalCount"] == len(own.customers)
        assert foreign(data, other) == []


async def test_a_key_with_another_workspace_written_into_it_opens_nothing(
    worlds: tuple[World, World], connect: Connect
) -> None:
    own, other = [await connect(world.workspace) for world in worlds]
    _, _, secret = str(own.http.headers["Authorization"]).rpartition("_")
    mine = str(own.http.headers["Authorization"])
    theirs = str(other.http.headers["Authorization"])
    forged = theirs[: len("Bearer sk_") + 22] + mine[len("Bearer sk_") + 22 :]
    assert forged.endswith(secret)
    response = await own.http.post(
        "/graphql", json={"query": "{ viewer { role } }"}, headers={"Authorization": forged}
    )
    assert response.status_code == 401
