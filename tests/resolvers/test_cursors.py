"""Cursors: only those that the API printed are read, and a forged one harms nobody."""

import base64
import json
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import example, given, settings
from hypothesis import strategies as st

import models
from models import Workspace
from models.base import new_id
from services.errors import ErrorCode, Refusal
from services.ids import global_id
from services.workspaces import create_workspace
from tests.asking import Answer, answer, refusal
from tests.resolvers.listed import LISTED, Listed, many_records, page_in, question

CHOSEN = {str(one): one for one in LISTED}
KINDS = [
    CHOSEN[name]
    for name in (
        "customers by UPDATED_AT",
        "customers by FULL_NAME",
        "customers by LIFETIME_VALUE",
        "customers by LAST_INBOUND_AT",
        "customer.deals by EXPECTED_CLOSE_ON",
        "customer.deals by PRIORITY",
        "events by its own order",
    )
]
"""An order of each type: instants, text, amounts, days, ranks, numbers; with missing values too."""
KEYS = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.integers().map(str),
    st.decimals().map(str),
    st.dates().map(str),
    st.datetimes().map(lambda at: f"{at.isoformat()}+00:00"),
)
TRICKS: list[str | None] = [
    "2026-W01-1T00:00:00+00:00",
    "20260101T000000+0000",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2026-W01-1",
    "infinity",
    "99999999999999999999",
    "-1",
    "1e999999",
    "1E-999999",
    "1_000",
    "١٢",
    " 1",
    "NaN",
    "now",
    "\0",
]


@dataclass
class Asked:
    """A workspace with rows in every collection, and what the questions need to find them."""

    workspace: Workspace
    variables: dict[str, Any]

    async def answer(self, query: str, **variables: Any) -> Answer:
        """The answer to a question."""
        return await answer(self.workspace, query, **self.variables, **variables)


@pytest_asyncio.fixture(scope="module")
async def asked(database: None) -> Asked:
    """One for the whole module: these tests only read."""
    workspace = await create_workspace("Toko Kursor")
    records, customer, conversation = many_records(workspace)
    await records.save()
    variables = {
        "customer": global_id(models.Customer, customer.id),
        "conversation": global_id(models.Conversation, conversation.id),
    }
    return Asked(workspace, variables)


def cursor_of(content: Any) -> str:
    """Any content in the outer form of a cursor."""
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def fingerprint(cursor: str) -> Any:
    """What list and order a cursor that the API printed says it is of."""
    return json.loads(base64.urlsafe_b64decode(cursor + "=="))[0]


async def first_cursor(asked: Asked, listed: Listed) -> str:
    """A cursor of a list."""
    query = question(listed, "edges { cursor }", listed.descending)
    page = page_in((await asked.answer(query, first=1)).data)
    return str(page["edges"][0]["cursor"])


def is_refused(error: Any, field: str) -> bool:
    """Whether an error says that the cursor in `field` is none."""
    found = error.original_error
    return (
        isinstance(found, Refusal)
        and (found.code, found.field) == (ErrorCode.INVALID, (field,))
        and "cursor" in found.message
    )


@pytest.mark.parametrize("listed", KINDS, ids=str)
@settings(max_examples=60, deadline=None)
@given(keys=st.lists(KEYS, max_size=3))
@example(keys=TRICKS)
async def test_a_forged_place_is_refused_or_is_a_place(
    asked: Asked, listed: Listed, keys: list[str | None]
) -> None:
    query = question(listed, "nodes { id }", listed.descending)
    mark = fingerprint(await first_cursor(asked, listed))
    for key in keys:
        found = await asked.answer(query, after=cursor_of([mark, key, new_id().hex]))
        assert all(is_refused(error, "after") for error in found.errors), key


BROKEN = [
    "",
    "x",
    "????",
    "bm8",
    cursor_of(None),
    cursor_of({}),
    cursor_of([]),
    cursor_of([1, 2, 3]),
    cursor_of(["Customer:UPDATED_AT:desc", "2026-01-01T00:00:00+00:00"]),
    cursor_of(["Customer:UPDATED_AT:desc", "2026-01-01T00:00:00+00:00", 7]),
    cursor_of(["Customer:UPDATED_AT:desc", "2026-01-01T00:00:00+00:00", "no-uuid"]),
    cursor_of(["Customer:UPDATED_AT:desc", None, "0" * 32]),
    "W" * 100_000,
    "[" * 3000,
    base64.urlsafe_b64encode(b"[" * 3000).decode(),
]


@pytest.mark.parametrize("field", ["after", "before"])
@pytest.mark.parametrize("cursor", BROKEN)
async def test_what_is_no_cursor_is_refused(workspace: Workspace, cursor: str, field: str) -> None:
    query = f"query($c: String) {{ customers({field}: $c) {{ nodes {{ id }} }} }}"
    found = await refusal(workspace, query, c=cursor)
    assert (found.code, found.field) == (ErrorCode.INVALID, (field,))


@settings(max_examples=50, deadline=None)
@given(cursor=st.text(max_size=60))
async def test_any_text_is_refused(database: None, cursor: str) -> None:
    workspace = Workspace(id=new_id(), name="Toko", timezone="Asia/Jakarta")
    query = "query($c: String) { customers(after: $c) { nodes { id } } }"
    found = await refusal(workspace, query, c=cursor)
    assert (found.code, found.field) == (ErrorCode.INVALID, ("after",))


@pytest.mark.parametrize("other", KINDS, ids=str)
async def test_the_cursor_of_another_list_or_order_is_refused(asked: Asked, other: Listed) -> None:
    cursor = await first_cursor(asked, other)
    for listed in KINDS:
        query = question(listed, "nodes { id }", listed.descending)
        found = await asked.answer(query, after=cursor)
        assert bool(found.errors) == (listed is not other)
        assert all("another list or order" in error.message for error in found.errors)


async def test_the_cursor_of_the_other_direction_is_refused(
    asked: Asked,
) -> None:
    listed = KINDS[0]
    cursor = await first_cursor(asked, listed)
    found = await asked.answer(question(listed, "totalCount", False), after=cursor)
    assert "another list or order" in found.refusal.message


TIMELINE = """query($customer: ID!, $c: String) {
    customer(id: $customer) { timeline(before: $c) { nodes { id } } } }"""


@settings(max_examples=60, deadline=None)
@given(keys=st.lists(KEYS, max_size=3))
@example(keys=TRICKS)
async def test_a_forged_place_in_a_timeline_is_refused_or_is_a_place(
    asked: Asked, keys: list[str | None]
) -> None:
    for key in keys:
        cursor = cursor_of(["timeline", key, new_id().hex])
        found = await asked.answer(TIMELINE, c=cursor)
        assert all(is_refused(error, "before") for error in found.errors), key


@pytest.mark.parametrize("cursor", BROKEN)
async def test_what_is_no_cursor_of_a_timeline_is_refused(asked: Asked, cursor: str) -> None:
    found = (await asked.answer(TIMELINE, c=cursor)).refusal
    assert (found.code, found.field) == (ErrorCode.INVALID, ("before",))
