"""Loaders answer each key with its own, in the order of the keys, whatever keys there are."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

import models
from models import Workspace
from models.base import new_id
from resolvers.context import Context, ContextClosed
from resolvers.loaders import (
    campaigns,
    companies,
    conversations,
    customers,
    deals,
    groups,
    identities,
    merges,
    orders,
    pipelines,
    segments,
    tags,
    tasks,
    tickets,
)
from resolvers.loaders.batches import Grouped
from resolvers.loaders.collections import Collection
from resolvers.loaders.paging import PageRequest
from services.workspaces import create_workspace
from tests.asking import an_actor
from tests.rows import NOW
from tests.worlds import World, build_world

NEVER = UUID(int=0)
OF_PARENTS: list[tuple[Collection, type[Any]]] = [
    (conversations.OF_CUSTOMER, models.Customer),
    (conversations.MESSAGES, models.Conversation),
    (campaigns.OF_CUSTOMER, models.Customer),
    (campaigns.OF_CAMPAIGN, models.Campaign),
    (companies.OF_CUSTOMER, models.Customer),
    (tickets.OF_CUSTOMER, models.Customer),
    (deals.OF_CUSTOMER, models.Customer),
    (tasks.OF_CUSTOMER, models.Customer),
    (orders.OF_CUSTOMER, models.Customer),
    (orders.ITEMS, models.Order),
    (groups.OF_CUSTOMER, models.Customer),
    (segments.OF_CUSTOMER, models.Customer),
    (tags.OF_CUSTOMER, models.Customer),
    (identities.OF_CUSTOMER, models.Customer),
    (identities.OF_MEMBER, models.Customer),
    (merges.OF_MAIN, models.Customer),
    (merges.OF_MEMBER, models.Customer),
    (merges.OF_MERGE, models.Merge),
    (pipelines.STAGES, models.Pipeline),
    (customers.OF_COMPANY, models.Company),
    (customers.OF_TICKET, models.Ticket),
    (customers.OF_DEAL, models.Deal),
    (customers.OF_TASK, models.Task),
    (customers.OF_GROUP, models.Group),
    (customers.OF_SEGMENT, models.Segment),
    (customers.OF_TAG, models.Tag),
]
GROUPED: list[tuple[Grouped, type[Any], bool]] = [
    (customers.ACTIVITY_COUNTS, models.Customer, True),
    (orders.PURCHASES, models.Customer, False),
    (campaigns.INTERACTION_COUNTS, models.Campaign, False),
]
"""Each with its parents, and whether a parent that never was has a row of noughts."""


@pytest_asyncio.fixture(scope="module")
async def world(database: None) -> World:
    """Rows in every table; these tests only read."""
    return await build_world(await create_workspace("Toko Muat"), 4)


@dataclass
class Alone:
    """Reads each key by itself, in a context of its own."""

    workspace: Workspace

    async def page(self, collection: Collection, parent: UUID) -> list[UUID]:
        context = Context(an_actor(self.workspace), self.workspace, now=NOW)
        try:
            question = context.loaders.question(collection, request=PageRequest(size=2))
            return [row.id for row in (await context.loaders.page(question, parent)).rows]
        finally:
            await context.close()


@pytest_asyncio.fixture
async def context(world: World) -> AsyncIterator[Context]:
    made = Context(an_actor(world.workspace), world.workspace, now=NOW)
    yield made
    await made.close()


def keys(world: World, model: Any) -> list[UUID]:
    """Ids of parents: some that never were, some twice, and not in their order."""
    ids = [row.id for row in world.of(model)]
    assert len(ids) > 1
    return [NEVER, *reversed(ids), new_id(), *ids, NEVER]


@pytest.mark.parametrize(
    ("collection", "parents"),
    OF_PARENTS,
    ids=lambda one: str(getattr(one, "name", getattr(one, "__name__", one))),
)
async def test_a_batch_of_pages_answers_each_parent_as_if_it_were_alone(
    world: World, context: Context, collection: Collection, parents: Any
) -> None:
    asked = keys(world, parents)
    question = context.loaders.question(collection, request=PageRequest(size=2))
    together = await asyncio.gather(*(context.loaders.page(question, id) for id in asked))
    alone = Alone(world.workspace)
    known = {id: await alone.page(collection, id) for id in dict.fromkeys(asked)}
    assert [[row.id for row in page.rows] for page in together] == [known[id] for id in asked]
    assert known[NEVER] == []
    assert any(known.values())
    counts = await asyncio.gather(*(context.loaders.count(question, id) for id in asked))
    sizes = {
        id: len((await context.loaders.page(context.loaders.question(collection), id)).rows)
        for id in asked
    }
    assert counts == [sizes[id] for id in asked]


@pytest.mark.parametrize(
    ("statement", "parents", "noughts"), GROUPED, ids=lambda one: str(getattr(one, "name", ""))
)
async def test_a_batch_of_groups_answers_each_parent_as_if_it_were_alone(
    world: World, context: Context, statement: Grouped, parents: Any, noughts: bool
) -> None:
    asked = keys(world, parents)
    together = await asyncio.gather(*(context.loaders.grouped(statement, id) for id in asked))
    for id, rows in zip(asked, together, strict=True):
        other = Context(an_actor(world.workspace), world.workspace, now=NOW)
        assert await other.loaders.grouped(statement, id) == rows
        await other.close()
    never = [{**row, "parent__id": 0} for row in together[0]]
    assert [set(row.values()) for row in never] == ([{0}] if noughts else [])


async def test_rows_by_id_come_in_the_order_of_the_ids(world: World, context: Context) -> None:
    asked = keys(world, models.User)
    rows = await asyncio.gather(*(context.loaders.row(models.User, id) for id in asked))
    known = {row.id for row in world.of(models.User)}
    assert [row and row.id for row in rows] == [id if id in known else None for id in asked]
    assert await context.loaders.row(models.User, None) is None


async def test_every_collection_of_a_parent_is_tried_here() -> None:
    modules = (
        campaigns,
        companies,
        conversations,
        customers,
        deals,
        groups,
        identities,
        merges,
        orders,
        pipelines,
        segments,
        tags,
        tasks,
        tickets,
    )
    declared = {
        one.name
        for module in modules
        for one in vars(module).values()
        if isinstance(one, Collection) and one.parent is not None
    }
    # Nothing waits to be sent in the world: tests/schema/test_broadcasts.py pages through a queue.
    assert declared == {collection.name for collection, _ in OF_PARENTS} | {"campaign.queue"}


async def test_what_was_read_is_read_anew_after_a_change(world: World, context: Context) -> None:
    [row, *_] = world.of(models.Company)
    before = await context.loaders.row(models.Company, row.id)
    async with context.changing() as tx:
        await tx.execute(
            "UPDATE companies SET industry = 'Kopi' WHERE workspace_id = $1 AND id = $2",
            tx.workspace_id,
            row.id,
        )
    after = await context.loaders.row(models.Company, row.id)
    assert (before.industry, after.industry) == (None, "Kopi")


async def test_nothing_is_read_for_a_request_that_is_over(world: World) -> None:
    context = Context(an_actor(world.workspace), world.workspace, now=NOW)
    await context.close()
    with pytest.raises(ContextClosed):
        await context.connection()


async def test_closing_waits_for_what_is_being_read(world: World) -> None:
    context = Context(an_actor(world.workspace), world.workspace, now=NOW)
    row = world.customers[0]
    reading = asyncio.ensure_future(context.loaders.row(models.Customer, row.id))
    await context.connection()
    while not reading.done() and context._connection is not None:
        await context.close()
    found = await asyncio.gather(reading, return_exceptions=True)
    assert isinstance(found[0], models.Customer | ContextClosed)
