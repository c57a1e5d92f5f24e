"""A customer's timeline: all kinds in one list, the newest first, page by page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

import models
from models import Workspace
from models.base import WorkspaceModel
from resolvers.loaders.timelines import ActivityKind
from services.ids import global_id
from services.workspaces import create_workspace
from tests.asking import ask
from tests.records import Records
from tests.rows import NOW

QUERY = """query($id: ID!, $kinds: [ActivityKind!], $first: Int, $after: String, $last: Int,
    $before: String) { customer(id: $id) { timeline(
        kinds: $kinds, first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { id kind occurredAt title subject { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""


@dataclass
class Story:
    """A customer, and the lines of their timeline: when, of which row, of which kind."""

    workspace: Workspace
    customer: models.Customer
    lines: list[tuple[datetime, WorkspaceModel, ActivityKind]]

    async def page(self, **arguments: Any) -> Any:
        """A page of the timeline."""
        id = global_id(models.Customer, self.customer.id)
        return (await ask(self.workspace, QUERY, id=id, **arguments))["customer"]["timeline"]

    def ids(self, kinds: list[str] | None = None) -> list[str]:
        """The ids of the lines of these kinds, in order."""
        newest = sorted(self.lines, key=lambda line: (line[0], line[1].id), reverse=True)
        return [
            f"act_{global_id(type(row), row.id)}"
            for _, row, kind in newest
            if not kinds or kind in kinds
        ]


@pytest_asyncio.fixture(scope="module")
async def story(database: None) -> Story:
    """Two lines of each kind, many at the same instants; another customer's are in between."""
    workspace = await create_workspace("Toko Cerita")
    records = Records(workspace)
    customer, other = records.customer("Budi"), records.customer("Lain")
    identity = records.identity(customer, records.channel())
    lines: list[tuple[datetime, WorkspaceModel, ActivityKind]] = []
    for n in range(2):
        at = NOW - timedelta(days=n)
        made: dict[ActivityKind, Any] = {
            ActivityKind.CONVERSATION: records.conversation(
                customer, identity, activity_at=at, last_message_preview="Apa kabar?"
            ),
            ActivityKind.CAMPAIGN: records.interaction(
                records.campaign("Promo"), customer, sent_at=at
            ),
            ActivityKind.TICKET: records.ticket("Rusak", created_at=at),
            ActivityKind.DEAL: records.deal("Kontrak", created_at=at),
            ActivityKind.TASK: records.task("Telepon", created_at=at),
            ActivityKind.ORDER: records.order(customer, [("Kopi", 1, "5.00")], ordered_at=at),
            ActivityKind.MERGE: records.merge(customer, merged_at=at),
            ActivityKind.PROFILE: records.profile_change(customer, changed_at=at),
        }
        work = [made[kind] for kind in (ActivityKind.TICKET, ActivityKind.DEAL, ActivityKind.TASK)]
        records.associate(customer, *work)
        records.associate(other, *work)
        lines += [(at, row, kind) for kind, row in made.items()]
    records.interaction(records.campaign(), customer, sent_at=NOW - timedelta(days=400))
    records.order(other)
    await records.save()
    return Story(workspace, customer, lines)


async def test_it_has_all_kinds_the_newest_first(story: Story) -> None:
    page = await story.page(first=100)
    assert [line["id"] for line in page["nodes"]] == story.ids()
    assert page["totalCount"] == len(story.lines) == 16
    assert {line["kind"] for line in page["nodes"]} == {kind.value for kind in ActivityKind}


async def test_each_line_says_what_happened_and_leads_to_it(story: Story) -> None:
    page = await story.page(first=100)
    titles = {line["kind"]: line["title"] for line in page["nodes"]}
    assert titles == {
        "CONVERSATION": "Apa kabar?",
        "CAMPAIGN": "Promo",
        "TICKET": "Rusak",
        "DEAL": "Kontrak",
        "TASK": "Telepon",
        "ORDER": "order-2 · IDR 5.00",
        "MERGE": "Merged",
        "PROFILE": "fullName",
    }
    for line in page["nodes"]:
        subject = line["subject"] and f"act_{line['subject']['id']}"
        assert subject == line["id"]


@settings(max_examples=15, deadline=None)
@given(
    kinds=st.lists(st.sampled_from([kind.value for kind in ActivityKind]), max_size=3),
    size=st.integers(1, 7),
    backward=st.booleans(),
)
async def test_pages_show_each_line_of_the_kinds_once(
    story: Story, kinds: list[str], size: int, backward: bool
) -> None:
    expected = story.ids(kinds)
    seen: list[str] = []
    cursor = None
    while True:
        arguments = (
            {"last": size, "before": cursor} if backward else {"first": size, "after": cursor}
        )
        page = await story.page(kinds=kinds or None, **arguments)
        ids = [line["id"] for line in page["nodes"]]
        seen = ids + seen if backward else seen + ids
        info = page["pageInfo"]
        assert page["totalCount"] == len(expected)
        assert info["hasNextPage" if backward else "hasPreviousPage"] == (cursor is not None)
        if not info["hasPreviousPage" if backward else "hasNextPage"]:
            break
        cursor = info["startCursor" if backward else "endCursor"]
    assert seen == expected


async def test_counts_agree_with_the_timeline(story: Story) -> None:
    query = """query($id: ID!) { customer(id: $id) {
        activityCounts { chats tickets deals tasks campaigns companies } } }"""
    id = global_id(models.Customer, story.customer.id)
    counts = (await ask(story.workspace, query, id=id))["customer"]["activityCounts"]
    kinds = {"chats": "CONVERSATION", "tickets": "TICKET", "deals": "DEAL", "tasks": "TASK"}
    for name, kind in {**kinds, "campaigns": "CAMPAIGN"}.items():
        assert (await story.page(kinds=[kind]))["totalCount"] == counts[name] == 2
    assert counts["companies"] == 0
