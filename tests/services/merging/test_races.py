"""Merges again and at the same time: one order wins, the others hear of it, nothing is lost."""

import asyncio
from typing import Any

import pytest

from models import (
    EventType,
    Workspace,
)
from services.errors import Refusal
from tests.services.merging.families import events, hear, merge, people, unmerge
from tests.services.writing import (
    rows,
    stored,
)


async def test_repeated_with_its_key_it_is_done_once(workspace: Workspace) -> None:
    main, member = await people(workspace, 2)
    first = await merge(workspace, main, member, idempotency_key="k")
    again = await merge(workspace, main, member, idempotency_key="k")
    assert (again.merge.id, again.customer.member_count) == (first.merge.id, 1)
    assert len(await events(workspace, EventType.CUSTOMER_MERGED)) == 1


async def outcomes(*attempts: Any) -> list[str]:
    """What came of attempts made at the same time: OK, or the code of the refusal."""
    found = await asyncio.gather(*attempts, return_exceptions=True)
    for one in found:
        if isinstance(one, BaseException) and not isinstance(one, Refusal):
            raise one
    return sorted(one.code.value if isinstance(one, Refusal) else "OK" for one in found)


@pytest.mark.parametrize("turn", range(3))
async def test_of_two_who_merge_each_other_one_wins(workspace: Workspace, turn: int) -> None:
    one, other = await people(workspace, 2)
    assert await outcomes(merge(workspace, one, other), merge(workspace, other, one)) == [
        "CONFLICT",
        "OK",
    ]
    counts = [(await stored(workspace, id)).member_count for id in (one.id, other.id)]
    assert sorted(counts) == [0, 1]


async def test_a_member_goes_to_one_of_those_who_want_them(workspace: Workspace) -> None:
    member, *mains = await people(workspace, 5)
    found = await outcomes(*(merge(workspace, main, member) for main in mains))
    assert found == ["CONFLICT", "CONFLICT", "CONFLICT", "OK"]
    open_rows = "SELECT 1 FROM merge_members WHERE workspace_id = $1 AND unmerged_at IS NULL"
    assert len(await rows(workspace, open_rows)) == 1


async def test_unmerged_twice_at_once_it_is_done_once(workspace: Workspace) -> None:
    main, member = await people(workspace, 2)
    await merge(workspace, main, member)
    assert await outcomes(unmerge(workspace, member), unmerge(workspace, member)) == [
        "CONFLICT",
        "OK",
    ]
    assert (await stored(workspace, main.id)).member_count == 0


async def test_messages_merges_and_unmerges_at_once_lose_nothing(workspace: Workspace) -> None:
    numbers = [f"+62812000000{n}" for n in range(3)]
    main, *members = [(await hear(workspace, number, f"m-{number}")).customer for number in numbers]
    told = [hear(workspace, number, f"{number}-{n}") for n in range(4) for number in numbers]
    merges = [merge(workspace, main, member) for member in members]
    await outcomes(*told, *merges, *(unmerge(workspace, member) for member in members))
    astray = """
        SELECT 1 FROM conversations c
        JOIN customers o ON o.workspace_id = $1 AND o.id = c.origin_customer_id
        WHERE c.workspace_id = $1 AND c.customer_id <> coalesce(o.merged_into_id, o.id)"""
    assert await rows(workspace, astray) == []
    assert len(await rows(workspace, "SELECT 1 FROM messages WHERE workspace_id = $1")) == 15
