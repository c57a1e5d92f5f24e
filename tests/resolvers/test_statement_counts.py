"""The number of SQL statements of a query depends on its form: not on how many rows, or how deep.

Each field that leaves its row is asked for on 1, 10 and 50 parents at once.
"""

import pytest
import pytest_asyncio

import models
from bench.graphs.queries import satukan_detail
from services.ids import global_id
from services.workspaces import create_workspace
from tests.asking import answer
from tests.worlds import World, build_world

PARENTS = (1, 10, 50)

OF_A_CUSTOMER = {
    "owner { name }": 1,
    "assignee { name }": 1,
    "addedBy { name }": 1,
    "owner { name } assignee { name } addedBy { name }": 1,
    "mainIdentity { identifier }": 1,
    "mainIdentity { identifier channel { name } }": 2,
    "identities { identifier }": 1,
    "identities { isMain }": 2,
    "identities { channel { name } }": 2,
    "identities { member { fullName } }": 3,
    "members { fullName }": 2,
    "members { customerId mergedBy { name } }": 2,
    "members { identities { identifier } }": 2,
    "members { identities { channel { name } member { fullName } } }": 5,
    "mergedInto { id }": 0,
    "window { status } isMerged isProductive lifetimeValue": 0,
    "properties { key value }": 1,
    'property(key: "size")': 1,
    'properties { key } a: property(key: "size") b: property(key: "score")': 1,
    "purchases { product spent }": 1,
    "orders { nodes { total } }": 1,
    "orders { nodes { items { product } } }": 2,
    "orders { totalCount }": 1,
    "orders { totalCount nodes { total } pageInfo { hasNextPage } edges { cursor } }": 1,
    "activityCounts { chats tickets deals tasks campaigns companies }": 1,
    "timeline { nodes { title } }": 1,
    "timeline { totalCount }": 1,
    "timeline { totalCount nodes { title } pageInfo { endCursor } edges { cursor } }": 2,
    "timeline { nodes { subject { __typename id } } }": 9,
    "conversations { nodes { status } }": 1,
    "conversations { nodes { channel { name } } }": 2,
    "conversations { nodes { assignee { name } identity { identifier } customer { id } } }": 4,
    "conversations { nodes { messages { nodes { text } } } }": 2,
    "conversations { nodes { messages(first: 1) { totalCount nodes { agent { name } } } } }": 4,
    "campaigns { nodes { sentAt } }": 1,
    "campaigns { nodes { campaign { name } } }": 2,
    "campaigns { nodes { campaign { recipientCount interactionCounts { sent } } } }": 3,
    "companies { nodes { name } }": 1,
    "companies { nodes { customers { totalCount nodes { fullName } } } }": 3,
    "tickets { nodes { number } }": 1,
    "tickets { nodes { pipeline { name } stage { name } } }": 3,
    "tickets { nodes { stage { pipeline { stages { name } } } } }": 4,
    "tickets { nodes { reporter { name } assignee { name } } }": 2,
    "tickets { nodes { customers { nodes { companies { nodes { name } } } } } }": 3,
    "deals { nodes { amount } }": 1,
    "deals { nodes { owner { name } pipeline { name } stage { name } } }": 4,
    "deals { nodes { customers { nodes { fullName } } } }": 2,
    "tasks { nodes { title } }": 1,
    "tasks { nodes { assignee { name } stage { name } customers { nodes { id } } } }": 4,
    "groups { name }": 1,
    "groups { customerCount customers(first: 3) { nodes { fullName } } }": 3,
    "segments { name }": 1,
    "segments { customerCount customers(first: 3) { nodes { fullName } } }": 3,
    "tags { name }": 1,
    "tags { customerCount customers(first: 3) { nodes { fullName } } }": 3,
}
"""What each selection costs beside the statement that reads the customers."""


def assert_counts(counts: dict[int, int], most: int, selection: str) -> None:
    """Holds an operation to one number of statements, however many rows there are.

    Rows are not counted where a page that is read anyway has all of them: then it is one less.
    """
    spared = "totalCount nodes" in selection
    assert counts[max(PARENTS)] == most
    assert set(counts.values()) <= {most, most - spared}


@pytest_asyncio.fixture(scope="module")
async def worlds(database: None) -> dict[int, World]:
    """A world with each number of customers."""
    return {n: await build_world(await create_workspace(f"Toko {n}"), n) for n in PARENTS}


ROOTS = {
    "viewer { role scopes workspace { name } }": 0,
    "customers { nodes { id } }": 1,
    "customers { totalCount }": 1,
    "customers { totalCount nodes { id } edges { cursor } pageInfo { endCursor } }": 2,
    "regularCustomers { totalCount nodes { id } }": 2,
    "conversations { totalCount nodes { id } }": 2,
    "companies { totalCount nodes { id } }": 2,
    "tickets { totalCount nodes { id } }": 2,
    "deals { totalCount nodes { id } }": 2,
    "tasks { totalCount nodes { id } }": 2,
    "campaigns { totalCount nodes { id interactionCounts { sent } } }": 3,
    "users { totalCount nodes { id } }": 2,
    "groups { totalCount nodes { id customerCount } }": 3,
    "segments { totalCount nodes { id customerCount } }": 3,
    "tags { totalCount nodes { id customerCount } }": 3,
    "events { totalCount nodes { id user { name } } }": 3,
    "channels { name }": 1,
    "pipelines { name stages { name } }": 2,
}
"""What each root field costs. A count is made only where `totalCount` is asked for."""


@pytest.mark.parametrize("selection", OF_A_CUSTOMER)
async def test_a_selection_on_customers_costs_the_same_however_many_there_are(
    worlds: dict[int, World], selection: str
) -> None:
    query = f"{{ customers(first: 50) {{ nodes {{ id {selection} }} }} }}"
    counts = {}
    for number, world in worlds.items():
        found = await answer(world.workspace, query)
        assert not found.errors
        assert len(found.data["customers"]["nodes"]) == number
        counts[number] = len(found.statements)
    assert_counts(counts, 1 + OF_A_CUSTOMER[selection], selection)


@pytest.mark.parametrize("selection", ROOTS)
async def test_a_root_field_costs_the_same_however_many_rows_there_are(
    worlds: dict[int, World], selection: str
) -> None:
    counts = {}
    for number, world in worlds.items():
        found = await answer(world.workspace, f"{{ {selection} }}")
        assert not found.errors
        counts[number] = len(found.statements)
    assert_counts(counts, ROOTS[selection], selection)


async def test_nodes_of_one_type_are_read_together(worlds: dict[int, World]) -> None:
    for world in worlds.values():
        ids = [global_id(models.Ticket, row.id) for row in world.of(models.Ticket)]
        query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
        found = await answer(world.workspace, query, ids=ids)
        assert [node["id"] for node in found.data["nodes"]] == ids
        assert len(found.statements) == 1


async def test_two_fields_that_ask_the_same_share_one_statement(worlds: dict[int, World]) -> None:
    query = """{ customers { nodes {
        a: tickets(first: 3) { nodes { id } } b: tickets(first: 3) { totalCount nodes { number } }
        c: tickets(first: 4) { totalCount } } } }"""
    assert len((await answer(worlds[10].workspace, query)).statements) == 1 + 2


async def test_a_customer_with_all_that_they_have_is_few_statements(
    worlds: dict[int, World],
) -> None:
    world = worlds[1]
    id = global_id(models.Customer, world.customers[0].id)
    found = await answer(world.workspace, satukan_detail(), id=id)
    assert not found.errors
    # The customer, and a page of each of six collections, none of which is full.
    assert len(found.statements) == 7
