"""Both paths answer the queries of the suite alike, and the compiled one does answer them."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

import models
from gateway.installations import PROJECT
from services.ids import PREFIXES, global_id
from services.workspaces import create_workspace
from settings import Settings
from tests.resolvers.compiled.answering import Pair, pair_for
from tests.resolvers.compiled.odd_worlds import build_odd_world
from tests.resolvers.listed import LISTED, Listed, page_in, question
from tests.resolvers.test_statement_counts import OF_A_CUSTOMER, ROOTS
from tests.worlds import World

EXAMPLES = [
    path.read_text() for path in sorted((PROJECT / "docs" / "examples").glob("*detail*.graphql"))
]
"""Documents that the documentation shows, of one customer."""
PAGE = "totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
DETAIL = """query Detail($id: ID!) { customer(id: $id) { id externalId fullName phone email source
    status createdAt lifetimeValue isMerged window { status expiresAt } owner { name }
    mainIdentity { identifier channel { name } } properties { key value type }
    members { customerId fullName mergedAt identities { identifier } }
    activityCounts { chats tickets deals tasks campaigns companies } purchases { product spent }
    conversations(first: 9) { totalCount nodes { id status messages(first: 2) { nodes { text } } } }
    campaigns(first: 20) { totalCount nodes { id campaign { interactionCounts { sent } } } }
    companies(first: 20) { totalCount nodes { id name } } tags { name } groups { customerCount }
    tickets(first: 20) { totalCount nodes { id number priority } } segments { criteria }
    deals(first: 20) { totalCount nodes { id amount expectedCloseOn } }
    tasks(first: 20) { totalCount nodes { id title dueAt } } } }"""
LIST = """query($n: Int, $text: String) { customers(first: $n, search: $text) { totalCount
    nodes { id fullName window { status } conversations(first: 5) { nodes { id status } }
        campaigns(first: 5) { nodes { id sentAt campaign { name } } }
        companies(first: 5) { nodes { id name } }
        tickets(first: 5) { nodes { id number stage { name } } }
        deals(first: 5) { nodes { id amount } }
        tasks(first: 5) { nodes { id title dueAt } } } } }"""
NODES = """query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Customer { fullName }
    ... on Ticket { number customers { nodes { id } } } ... on Merge { memberIds main { id } }
    ... on PropertyDefinition { key options } ... on CampaignInteraction { visibleUntil } } }"""


@pytest_asyncio.fixture(scope="module")
async def world(database: None) -> World:
    """A workspace of odd rows."""
    return await build_odd_world(await create_workspace("Toko Satu"))


@pytest_asyncio.fixture(scope="module")
async def pair(world: World, settings: Settings) -> AsyncIterator[Pair]:
    """Both paths, for its owner."""
    made = pair_for(settings, world.workspace)
    yield made
    await made.close()


@pytest.mark.parametrize("selection", OF_A_CUSTOMER)
async def test_selections_of_a_customer(pair: Pair, selection: str) -> None:
    size = 2 if selection.count("nodes") > 2 else 50
    data = await pair.same(f"{{ customers(first: {size}) {{ nodes {{ id {selection} }} }} }}")
    assert len(data["customers"]["nodes"]) >= min(size, 10)


@pytest.mark.parametrize("selection", ROOTS)
async def test_fields_of_the_root(pair: Pair, selection: str) -> None:
    assert await pair.same(f"{{ {selection} }}")


async def test_the_detail_of_a_customer(pair: Pair, world: World) -> None:
    for document in [DETAIL, *EXAMPLES]:
        for customer in world.customers:
            await pair.same(document, {"id": global_id(models.Customer, customer.id)})


@pytest.mark.parametrize("text", [None, "", "budi", "%", "'"])
async def test_a_list_with_its_collections(pair: Pair, text: str | None) -> None:
    assert await pair.same(LIST, {"n": 50, "text": text})


@pytest.mark.parametrize("listed", LISTED, ids=str)
async def test_every_page_in_every_order(pair: Pair, world: World, listed: Listed) -> None:
    ids = {
        "customer": global_id(models.Customer, world.customers[0].id),
        "conversation": global_id(models.Conversation, world.of(models.Conversation)[0].id),
    }
    for descending in (True, False) if listed.order else (listed.descending,):
        for size, cursor, end in (("first", "after", "end"), ("last", "before", "start")):
            query = question(listed, f"{PAGE} nodes {{ id }} edges {{ cursor }}", descending)
            told: dict[str, object] = {**ids, size: 3}
            seen = []
            while True:
                page = page_in(await pair.same(query, told))
                seen += [node["id"] for node in page["nodes"]]
                more = "hasNextPage" if size == "first" else "hasPreviousPage"
                if not page["pageInfo"][more]:
                    break
                told[cursor] = page["pageInfo"][f"{end}Cursor"]
            assert len(seen) == len(set(seen)) == page["totalCount"] > 3


async def test_pages_between_two_cursors(pair: Pair) -> None:
    query = """query($first: Int, $last: Int, $after: String, $before: String) {
        customers(first: $first, last: $last, after: $after, before: $before) {
            totalCount pageInfo { hasNextPage hasPreviousPage startCursor } edges { cursor } } }"""
    found = (await pair.same(query, {"first": 20}))["customers"]["edges"]
    ends = {"after": found[2]["cursor"], "before": found[9]["cursor"]}
    for size in ({"first": 3}, {"last": 3}, {"first": 50}, {"last": 50}, {}):
        page = (await pair.same(query, {**size, **ends}))["customers"]
        assert page["totalCount"] > len(page["edges"]) > 0


async def test_a_timeline_page_by_page_both_ways(pair: Pair, world: World) -> None:
    query = """query($id: ID!, $first: Int, $last: Int, $after: String, $before: String) {
        customer(id: $id) { timeline(first: $first, last: $last, after: $after, before: $before) {
            totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
            edges { cursor node { id kind title occurredAt subject { __typename id
                ... on Order { items { product } } ... on Ticket { number } } } } } } }"""
    for customer in world.customers:
        told = {"id": global_id(models.Customer, customer.id)}
        if (await pair.same(query, told))["customer"] is None:
            continue
        for size, cursor, end in (("first", "after", "end"), ("last", "before", "start")):
            page, paging = None, {size: 4}
            while page is None or (page["edges"] and len(page["edges"]) == 4):
                answer = await pair.same(query, {**told, **paging})
                page = answer["customer"]["timeline"]
                paging[cursor] = page["pageInfo"][f"{end}Cursor"]
                if paging[cursor] is None:
                    break


async def test_nodes_of_every_type(pair: Pair, world: World) -> None:
    ids = [
        global_id(model, row.id)
        for model, rows in world.records.rows.items()
        for row in rows[:2]
        if model in PREFIXES
    ]
    expired = [row for row in world.of(models.CampaignInteraction) if not row.id.int % 2]
    ids += [global_id(models.CampaignInteraction, row.id) for row in expired]
    found = await pair.same(NODES, {"ids": ids[:100]})
    assert len({node["__typename"] for node in found["nodes"] if node}) > 15
    for id in ids[:100]:
        query = "query($id: ID!) { node(id: $id) { __typename id ... on Tag { customerCount } } }"
        assert await pair.same(query, {"id": id})
