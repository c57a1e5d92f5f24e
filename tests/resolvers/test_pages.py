"""Pages: each row once, in order, whichever way and however many at a time they are read."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

import models
from models import Workspace
from services.ids import global_id
from services.transactions import workspace_transaction
from services.workspaces import create_workspace
from tests.asking import answer, ask
from tests.records import Records
from tests.resolvers.listed import LISTED, Listed, many_records, page_in, question
from tests.rows import NOW

PAGE_INFO = "hasNextPage hasPreviousPage startCursor endCursor"
SELECTION = f"nodes {{ id }} edges {{ cursor node {{ id }} }} pageInfo {{ {PAGE_INFO} }} totalCount"
SIZES = st.lists(st.integers(1, 6), min_size=1, max_size=4)


@dataclass
class Many:
    """Rows in every collection, and what the questions need to find them."""

    workspace: Workspace
    records: Records
    variables: dict[str, Any]

    async def page(self, listed: Listed, descending: bool, **arguments: Any) -> Any:
        """One page."""
        query = question(listed, SELECTION, descending)
        return page_in(await ask(self.workspace, query, **self.variables, **arguments))

    async def plain_page(self, listed: Listed, descending: bool, **arguments: Any) -> Any:
        """One page of the plain path alone, where many are read."""
        query = question(listed, SELECTION, descending)
        found = await answer(self.workspace, query, **{**self.variables, **arguments})
        return page_in(found.data)

    def expected(self, listed: Listed, descending: bool) -> list[str]:
        """All ids in order."""
        return listed.sorted(self.records.rows[listed.model], descending)


@pytest_asyncio.fixture(scope="module")
async def many(database: None) -> Many:
    """One workspace for the whole module: these tests only read."""
    workspace = await create_workspace("Toko Besar")
    records, customer, conversation = many_records(workspace)
    await records.save()
    variables = {
        "customer": global_id(models.Customer, customer.id),
        "conversation": global_id(models.Conversation, conversation.id),
    }
    return Many(workspace, records, variables)


def directions(listed: Listed) -> Any:
    """The ways in which the collection can be sorted."""
    return st.booleans() if listed.order else st.just(listed.descending)


@pytest.mark.parametrize("listed", LISTED, ids=str)
@settings(max_examples=2, deadline=None)
@given(data=st.data())
async def test_reading_forward_gives_each_row_once_in_order(
    many: Many, listed: Listed, data: st.DataObject
) -> None:
    descending, sizes = data.draw(directions(listed)), data.draw(SIZES)
    expected = many.expected(listed, descending)
    seen: list[str] = []
    cursor, turn = None, 0
    while True:
        size = sizes[turn % len(sizes)]
        page = await many.plain_page(listed, descending, first=size, after=cursor)
        ids = [node["id"] for node in page["nodes"]]
        assert ids == expected[len(seen) : len(seen) + size]
        assert [edge["node"]["id"] for edge in page["edges"]] == ids
        assert page["totalCount"] == len(expected)
        seen += ids
        info = page["pageInfo"]
        assert info["hasPreviousPage"] == (turn > 0)
        assert info["hasNextPage"] == (len(seen) < len(expected))
        assert (info["startCursor"], info["endCursor"]) == (
            page["edges"][0]["cursor"],
            page["edges"][-1]["cursor"],
        )
        if not info["hasNextPage"]:
            break
        cursor, turn = info["endCursor"], turn + 1
    assert seen == expected


@pytest.mark.parametrize("listed", LISTED, ids=str)
@settings(max_examples=2, deadline=None)
@given(data=st.data())
async def test_reading_backward_gives_each_row_once_in_the_same_order(
    many: Many, listed: Listed, data: st.DataObject
) -> None:
    descending, sizes = data.draw(directions(listed)), data.draw(SIZES)
    expected = many.expected(listed, descending)
    seen: list[str] = []
    cursor, turn = None, 0
    while True:
        size = sizes[turn % len(sizes)]
        page = await many.plain_page(listed, descending, last=size, before=cursor)
        seen = [node["id"] for node in page["nodes"]] + seen
        info = page["pageInfo"]
        assert info["hasNextPage"] == (turn > 0)
        assert info["hasPreviousPage"] == (len(seen) < len(expected))
        if not info["hasPreviousPage"]:
            break
        cursor, turn = info["startCursor"], turn + 1
    assert seen == expected


@pytest.mark.parametrize("listed", LISTED, ids=str)
async def test_a_page_between_two_cursors_has_what_lies_between_them(
    many: Many, listed: Listed
) -> None:
    whole = await many.page(listed, listed.descending, first=100)
    ids = [node["id"] for node in whole["nodes"]]
    low, high = whole["edges"][1]["cursor"], whole["edges"][-2]["cursor"]
    for size in ({"first": 100}, {"last": 100}):
        page = await many.page(listed, listed.descending, after=low, before=high, **size)
        assert [node["id"] for node in page["nodes"]] == ids[2:-2]


async def test_without_a_size_a_page_has_20_rows(workspace: Workspace) -> None:
    records = Records(workspace)
    for _ in range(21):
        records.user()
    await records.save()
    users = (await ask(workspace, "{ users { nodes { id } pageInfo { hasNextPage } } }"))["users"]
    assert (len(users["nodes"]), users["pageInfo"]["hasNextPage"]) == (20, True)


async def test_an_empty_list_has_an_empty_page(workspace: Workspace) -> None:
    page = (await ask(workspace, f"{{ customers {{ {SELECTION} }} }}"))["customers"]
    assert (page["nodes"], page["edges"], page["totalCount"]) == ([], [], 0)
    assert page["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


DELETE = "DELETE FROM customers WHERE workspace_id = $1 AND id = $2"
CHANGE = st.tuples(st.integers(-10, 110), st.booleans())
"""A row that comes, at so many tenths of the way, or (True) the one nearest to it that goes."""


@settings(max_examples=6, deadline=None)
@given(changes=st.lists(st.lists(CHANGE, max_size=3), min_size=1, max_size=4))
async def test_rows_that_come_and_go_neither_repeat_nor_hide_others(
    database: None, changes: list[list[tuple[int, bool]]]
) -> None:
    workspace = await create_workspace("Toko Sibuk")
    records = Records(workspace)
    stayed = {records.customer(updated_at=NOW - timedelta(seconds=n * 10)).id for n in range(11)}
    await records.save()
    seen: list[str] = []
    cursor, turn = None, 0
    query = """query($after: String) { customers(first: 3, after: $after) {
        nodes { id } pageInfo { hasNextPage endCursor } } }"""
    while True:
        page = (await ask(workspace, query, after=cursor))["customers"]
        seen += [node["id"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        cursor = page["pageInfo"]["endCursor"]
        for place, goes in changes[turn % len(changes)]:
            stayed -= await _change(records, place, goes)
        turn += 1
        if turn > 30:
            break
    assert len(seen) == len(set(seen))
    assert set(seen) >= {global_id(models.Customer, id) for id in stayed}


async def _change(records: Records, place: int, goes: bool) -> set[Any]:
    """Add a customer at a place, or delete the first one from there on; the ids that went."""
    at = NOW - timedelta(seconds=place)
    if not goes:
        records.customer(updated_at=at)
        await records.save()
        return set()
    async with workspace_transaction(records.workspace.id) as tx:
        row = (
            await models.Customer.filter(workspace_id=tx.workspace_id, updated_at__lte=at)
            .using_db(tx.connection)
            .order_by("-updated_at")
            .first()
        )
        if row is None:
            return set()
        await tx.execute(DELETE, tx.workspace_id, row.id)
        return {row.id}
