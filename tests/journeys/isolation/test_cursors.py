"""A cursor of another workspace is a place among one's own rows, and tells nothing of theirs."""

import base64
from typing import Any
from uuid import UUID

import orjson
import pytest

from tests.journeys.conftest import Client, Clock, Connect
from tests.journeys.isolation.places import LITERALS, around, definition_of, paged, required
from tests.journeys.isolation.walker import Told, Watch, neighbour, told
from tests.worlds import World

WITHOUT_ROWS = {"campaigns.nodes.queue"}
"""What a world has nothing of: no broadcast waits in it."""


def question(route: tuple[str, ...], cursor: str | None) -> str:
    """A page behind a cursor, or the first one, at the end of a route."""
    after = "" if cursor is None else f', after: "{cursor}"'
    asked = required(definition_of("Query", route))
    given = "".join(f", {name}: {LITERALS[name]}" for name in asked)
    text = f"{route[-1]}(first: 2{after}{given}) {{ pageInfo {{ startCursor hasNextPage }} }}"
    return f"{{ {around('Query', route, text)} }}"


def cursors_in(found: Any) -> list[str]:
    """The cursors in an answer."""
    if isinstance(found, list):
        return [cursor for one in found for cursor in cursors_in(one)]
    if isinstance(found, dict):
        own = [found["startCursor"]] if found.get("startCursor") else []
        return own + [cursor for one in found.values() for cursor in cursors_in(one)]
    return []


def id_in(cursor: str) -> UUID:
    """The row that a cursor tells the place of."""
    content = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    return UUID(hex=orjson.loads(content)[2])


def with_id(cursor: str, id: UUID) -> str:
    """The cursor of another row at the same place."""
    told, key, _ = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    content = orjson.dumps([told, key, id.hex])
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def test_every_field_with_pages_is_walked() -> None:
    assert len(paged()) > 40


@pytest.mark.parametrize("route", paged(), ids=".".join)
async def test_a_cursor_of_another_workspace_is_like_one_of_a_row_that_never_was(
    mine: World, theirs: World, connect: Connect, watch: Watch, route: tuple[str, ...]
) -> None:
    clock = Clock()
    client: Client = await connect(mine.workspace, clock=clock)
    other: Client = await connect(theirs.workspace, clock=clock)
    cursors = cursors_in(await other.ask(question(route, None)))
    if not cursors:
        assert ".".join(route) in WITHOUT_ROWS
        return
    cursor = cursors[-1]
    id = id_in(cursor)
    answers: list[Told] = []
    for one in (neighbour(id), neighbour(id), id):
        text = question(route, with_id(cursor, one))
        answers.append(await told(watch, client.send(text), mine, one))
    assert answers[2] == answers[1]
    assert answers[2].status == 200
