"""The query of the log: its pages both ways, its filter, its count, and what a caller is shown."""

from typing import Any

import pytest

from models import EventType, Role, Workspace
from services.actors import Scope
from services.transactions import workspace_transaction
from tests.asking import an_actor, answer, ask

ADDED, UPDATED, MERGED = (
    EventType.CUSTOMER_ADDED,
    EventType.CUSTOMER_UPDATED,
    EventType.CUSTOMER_MERGED,
)
PAGE = """query($first: Int, $after: String, $last: Int, $before: String, $types: [EventType!]) {
    events(first: $first, after: $after, last: $last, before: $before, types: $types) {
        totalCount nodes { type payload }
        pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }"""


async def write(workspace: Workspace, *types: EventType) -> None:
    """A transaction for each event, which has its place in it."""
    for number, type in enumerate(types):
        async with workspace_transaction(workspace.id) as tx:
            tx.record(type, payload={"number": number})


async def page(workspace: Workspace, **arguments: Any) -> Any:
    return (await ask(workspace, PAGE, **arguments))["events"]


def numbers(found: Any) -> list[int]:
    return [node["payload"]["number"] for node in found["nodes"]]


async def test_the_log_is_paged_both_ways(workspace: Workspace) -> None:
    await write(workspace, *[ADDED] * 5)
    first = await page(workspace, first=2)
    assert (numbers(first), first["totalCount"]) == ([0, 1], 5)
    then = await page(workspace, first=2, after=first["pageInfo"]["endCursor"])
    assert (numbers(then), then["pageInfo"]["hasNextPage"]) == ([2, 3], True)
    end = await page(workspace, last=2)
    assert (numbers(end), end["pageInfo"]["hasPreviousPage"]) == ([3, 4], True)
    back = await page(workspace, last=2, before=end["pageInfo"]["startCursor"])
    assert numbers(back) == [1, 2]


async def test_types_are_filtered_and_counted(workspace: Workspace) -> None:
    await write(workspace, ADDED, UPDATED, ADDED, MERGED)
    found = await page(workspace, types=["CUSTOMER_ADDED", "CUSTOMER_MERGED"])
    assert (numbers(found), found["totalCount"]) == ([0, 2, 3], 3)
    assert (await page(workspace, types=[]))["totalCount"] == 0


async def test_the_whole_log_is_counted_by_its_ends(workspace: Workspace) -> None:
    """However long it is, its count is two looks into an index."""
    assert (await page(workspace))["totalCount"] == 0
    await write(workspace, *[ADDED] * 3)
    found = await answer(workspace, "{ events { totalCount } }")
    assert found.data == {"events": {"totalCount": 3}}
    assert "count(*)" not in found.statements[-1]
    assert "max(r.seq)" in found.statements[-1]


@pytest.mark.parametrize("types", [None, ["CUSTOMER_ADDED", "CUSTOMER_MERGED"]])
async def test_merges_are_not_there_for_those_who_may_not_see_them(
    workspace: Workspace, types: list[str] | None
) -> None:
    """On both paths, and for a plan that was made for somebody who may."""
    await write(workspace, ADDED, MERGED, ADDED)
    everything = await page(workspace, types=types)
    assert (numbers(everything), everything["totalCount"]) == ([0, 1, 2], 3)
    partner = an_actor(workspace, Role.PARTNER, scopes=frozenset({Scope.EVENTS_READ}))
    found = await page(workspace, types=types, actor=partner)
    assert (numbers(found), found["totalCount"]) == ([0, 2], 2)
    hidden = await page(workspace, types=["CUSTOMER_MERGED"], actor=partner)
    assert (numbers(hidden), hidden["totalCount"]) == ([], 0)
    again = await page(workspace, types=types)
    assert (numbers(again), again["totalCount"]) == ([0, 1, 2], 3)
