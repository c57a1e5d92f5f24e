"""Audiences: each person once, on one channel, whoever named them and how often.

The world is made from plain Python descriptions of people; what an audience must reach is computed
from these, with no SQL.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import models
from models import ChannelKind, WindowStatus, Workspace
from models.base import new_id
from services import audiences
from services.audiences import Audience, FrozenAudience, freeze_audience, preview_audience
from services.errors import ErrorCode, Refusal
from services.transactions import workspace_transaction
from services.workspaces import create_workspace
from tests.records import Records
from tests.rows import NOW

KINDS = (ChannelKind.WHATSAPP, ChannelKind.EMAIL, ChannelKind.TELEGRAM)
PEOPLE, GROUPS, SEGMENTS, TAGS = 60, 5, 3, 6
RANGES = {3: (None, Decimal(50)), 4: (Decimal(50), Decimal(100)), 5: (Decimal(30), None)}
"""The tags that have a range of lifetime value; one overlaps the others."""


@dataclass
class Way:
    """A way to reach somebody."""

    id: UUID
    kind: ChannelKind
    number: int
    heard: datetime | None


@dataclass
class Person:
    """A person as the test knows them: with all who were merged into them."""

    ids: list[UUID]
    deleted: bool
    value: Decimal
    heard: datetime | None
    ways: list[Way] = field(default_factory=list)
    main: UUID | None = None
    groups: list[int] = field(default_factory=list)
    """A group for each membership, their own and their members'."""
    tags: list[int] = field(default_factory=list)
    segments: list[int] = field(default_factory=list)

    def carried(self) -> set[int]:
        """The tags that they carry."""
        return {*self.tags, *(tag for tag in RANGES if in_range(tag, self.value))}

    def way(self, channel: ChannelKind | None) -> UUID | None:
        """By which identity they are reached."""
        found = [way for way in self.ways if channel is None or way.kind is channel]
        longest = NOW - timedelta(days=10_000)
        found.sort(key=lambda way: (way.id != self.main, NOW - (way.heard or longest), way.number))
        return found[0].id if found else None


def in_range(tag: int, value: Decimal) -> bool:
    """Whether a lifetime value is in a tag's range."""
    least, most = RANGES[tag]
    return (least is None or value >= least) and (most is None or value < most)


@dataclass
class Shop:
    """A workspace and all that is in it."""

    workspace: Workspace
    people: list[Person]
    groups: list[UUID]
    segments: list[UUID]
    tags: list[UUID]

    async def preview(self, audience: Audience) -> audiences.AudiencePreview:
        async with workspace_transaction(self.workspace.id, now=NOW) as tx:
            return await preview_audience(tx, audience)

    async def frozen(self, audience: Audience) -> FrozenAudience:
        async with workspace_transaction(self.workspace.id, now=NOW) as tx:
            return await freeze_audience(tx, audience)

    def expected(self, audience: Audience) -> tuple[int, dict[UUID, UUID | None]]:
        """How many names there are, and by what each person would be reached."""
        names: Counter[int] = Counter()
        for number, person in enumerate(self.people):
            if not person.deleted and not self.left_out(person, audience):
                names[number] = self.names(person, audience)
        reached = {
            self.people[number].ids[0]: self.people[number].way(audience.channel)
            for number, count in names.items()
            if count
        }
        return names.total(), reached

    def left_out(self, person: Person, audience: Audience) -> bool:
        if {self.groups[group] for group in person.groups} & {*audience.exclude_group_ids}:
            return True
        if {self.tags[tag] for tag in person.carried()} & {*audience.exclude_tag_ids}:
            return True
        is_open = person.heard is not None and NOW - person.heard < timedelta(hours=24)
        wanted = audience.window
        return wanted is not None and (wanted is WindowStatus.ACTIVE) != is_open

    def names(self, person: Person, audience: Audience) -> int:
        """How often a person is named."""
        given = Counter(self.groups[group] for group in person.groups)
        tagged = Counter(self.tags[tag] for tag in person.tags)
        tagged.update({self.tags[tag] for tag in person.carried()} - tagged.keys())
        met = {self.segments[segment] for segment in person.segments}
        return (
            sum(given[id] for id in audience.group_ids)
            + sum(tagged[id] for id in audience.tag_ids)
            + sum(id in met for id in audience.segment_ids)
            + sum(id in person.ids for id in audience.customer_ids)
        )


@pytest_asyncio.fixture(scope="module")
async def shop(database: None) -> Shop:
    """Sixty people: some merged, some deleted, some whom nothing reaches."""
    workspace = await create_workspace("Toko Audiens")
    records, dice = Records(workspace), Random(6)
    channels = {kind: records.channel(kind) for kind in KINDS}
    groups = [records.group() for _ in range(GROUPS)]
    segments = [records.segment() for _ in range(SEGMENTS)]
    tags = [
        records.tag(
            None, **dict(zip(("ltv_min", "ltv_max"), RANGES.get(n, (None, None)), strict=True))
        )
        for n in range(TAGS)
    ]
    people = []
    for number in range(PEOPLE):
        value = Decimal(dice.choice((0, 30, 49, 50, 99, 100, 250)))
        heard = dice.choice((None, NOW - timedelta(hours=1), NOW - timedelta(hours=24)))
        deleted = dice.random() < 0.1
        main = records.customer(
            f"Budi {number}",
            lifetime_value=value,
            last_inbound_at=heard,
            deleted_at=NOW if deleted else None,
        )
        members = [records.customer(f"B. {number}") for _ in range(dice.choice((0, 0, 0, 1, 3)))]
        if members:
            records.merge(main, *members)
        person = Person([main.id, *(one.id for one in members)], deleted, value, heard)
        people.append(person)
        for origin in (main, *members):
            add_ways(records, dice, channels, person, main, origin)
            add_memberships(records, dice, person, main, origin, groups, tags)
        if not deleted:
            person.segments = dice.sample(range(SEGMENTS), dice.randrange(SEGMENTS))
            for segment in person.segments:
                records.enter(main, segments[segment])
        if person.ways and dice.random() < 0.8:
            person.main = dice.choice(person.ways).id
    await records.save()
    await set_mains(workspace, people)
    ids = [[row.id for row in made] for made in (groups, segments, tags)]
    return Shop(workspace, people, *ids)


def add_ways(
    records: Records, dice: Random, channels: Any, person: Person, main: Any, origin: Any
) -> None:
    for _ in range(dice.choice((0, 1, 1, 2))):
        kind = dice.choice(KINDS)
        heard = dice.choice((None, NOW - timedelta(hours=dice.randrange(100))))
        number = records.number("way")
        row = records.identity(
            main,
            channels[kind],
            f"way-{number}",
            origin=origin,
            last_inbound_at=heard,
            connected_at=NOW - timedelta(days=1) + timedelta(minutes=number),
        )
        person.ways.append(Way(row.id, kind, number, heard))


def add_memberships(
    records: Records,
    dice: Random,
    person: Person,
    main: Any,
    origin: Any,
    groups: Sequence[Any],
    tags: Sequence[Any],
) -> None:
    def joined(model: Any, column: str, made: Sequence[Any], most: int) -> list[int]:
        chosen = dice.sample(range(len(made)), dice.randrange(most))
        for one in chosen:
            records.add(
                model,
                customer_id=main.id,
                origin_customer_id=origin.id,
                created_at=NOW,
                **{column: made[one].id},
            )
        return chosen

    person.groups += joined(models.CustomerGroup, "group_id", groups, 4)
    person.tags += joined(models.CustomerTag, "tag_id", tags, 3)


async def set_mains(workspace: Workspace, people: Sequence[Person]) -> None:
    async with workspace_transaction(workspace.id) as tx:
        for person in people:
            await tx.execute(
                "UPDATE customers SET main_identity_id = $3 WHERE workspace_id = $1 AND id = $2",
                workspace.id,
                person.ids[0],
                person.main,
            )


def some(most: int) -> st.SearchStrategy[list[int]]:
    """Numbers of things; any of them may be named twice."""
    return st.lists(st.integers(0, most - 1), max_size=4)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    chosen=st.tuples(some(GROUPS), some(SEGMENTS), some(TAGS), some(PEOPLE)),
    without=st.tuples(some(GROUPS), some(TAGS)),
    member=st.integers(0, 9),
    channel=st.sampled_from((None, *KINDS)),
    window=st.sampled_from((None, *WindowStatus)),
)
async def test_an_audience_is_what_plain_python_makes_of_it(
    shop: Shop,
    chosen: tuple[list[int], ...],
    without: tuple[list[int], ...],
    member: int,
    channel: ChannelKind | None,
    window: WindowStatus | None,
) -> None:
    people = [shop.people[number] for number in chosen[3] if not shop.people[number].deleted]
    audience = Audience(
        group_ids=[shop.groups[number] for number in chosen[0]],
        segment_ids=[shop.segments[number] for number in chosen[1]],
        tag_ids=[shop.tags[number] for number in chosen[2]],
        customer_ids=[person.ids[member % len(person.ids)] for person in people],
        exclude_group_ids=[shop.groups[number] for number in without[0][:1]],
        exclude_tag_ids=[shop.tags[number] for number in without[1][:1]],
        channel=channel,
        window=window,
    )
    if not any((*chosen[:3], people)):
        with pytest.raises(Refusal, match="audience is empty"):
            await shop.preview(audience)
        return
    matched, reached = shop.expected(audience)
    ways = {id: way for id, way in reached.items() if way is not None}
    found, frozen = await shop.preview(audience), await shop.frozen(audience)
    assert (found.matched, found.recipients) == (matched, len(ways))
    assert found.unreachable == len(reached) - len(ways)
    assert found.matched == found.recipients + found.duplicates_avoided + found.unreachable
    assert list(found.sample) == sorted(ways)[: audiences.SAMPLE]
    assert (frozen.matched, frozen.recipients, frozen.unreachable) == (
        found.matched,
        found.recipients,
        found.unreachable,
    )
    assert sorted(id for batch in frozen.batches for id in batch) == sorted(ways.values())


async def test_everybody_of_three_overlapping_groups_counts_once(shop: Shop) -> None:
    audience = Audience(group_ids=shop.groups[:3])
    found = await shop.preview(audience)
    alone = [await shop.preview(Audience(group_ids=[id])) for id in shop.groups[:3]]
    people = [
        person for person in shop.people if not person.deleted and {0, 1, 2} & {*person.groups}
    ]
    assert found.matched == sum(one.matched for one in alone)
    assert found.recipients + found.unreachable == len(people)
    assert found.duplicates_avoided > 0 < found.unreachable
    assert any(len(person.ids) > 1 for person in people)


async def test_members_are_their_main_customer_and_no_message_is_paid_twice(shop: Shop) -> None:
    person = next(one for one in shop.people if len(one.ids) == 4 and one.ways and not one.deleted)
    found = await shop.frozen(Audience(customer_ids=person.ids))
    assert (found.matched, found.recipients, found.duplicates_avoided) == (4, 1, 3)
    assert found.batches == [[person.way(None)]]


async def test_batches_hold_each_recipient_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audiences, "BATCH", 7)
    found = await shop.frozen(Audience(group_ids=shop.groups))
    sizes = [len(batch) for batch in found.batches]
    assert max(sizes) == 7
    assert sum(sizes) == found.recipients == len({id for one in found.batches for id in one})


async def refused(shop: Shop, **values: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await shop.preview(Audience(**values))
    return caught.value


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ("group_ids", "groupIds"),
        ("segment_ids", "segmentIds"),
        ("tag_ids", "tagIds"),
        ("customer_ids", "customerIds"),
        ("exclude_group_ids", "excludeGroupIds"),
        ("exclude_tag_ids", "excludeTagIds"),
    ],
)
async def test_an_id_that_is_nobody_s_here_is_named_with_its_place(
    shop: Shop, other_workspace: Workspace, field: str, path: str
) -> None:
    own = {
        "group_ids": shop.groups[0],
        "segment_ids": shop.segments[0],
        "tag_ids": shop.tags[0],
        "customer_ids": next(one.ids[0] for one in shop.people if not one.deleted),
        "exclude_group_ids": shop.groups[0],
        "exclude_tag_ids": shop.tags[0],
    }[field]
    there = Records(other_workspace)
    theirs = {
        "group_ids": there.group,
        "segment_ids": there.segment,
        "tag_ids": there.tag,
        "customer_ids": there.customer,
        "exclude_group_ids": there.group,
        "exclude_tag_ids": there.tag,
    }[field]().id
    await there.save()
    for id in (theirs, new_id()):
        values: dict[str, Any] = {"group_ids": shop.groups[:1], field: [own, id]}
        found = await refused(shop, **values)
        assert (found.code, found.field) == (ErrorCode.NOT_FOUND, (path, "1"))


async def test_a_deleted_customer_is_refused_by_their_place(shop: Shop) -> None:
    dead = next(one for one in shop.people if one.deleted and len(one.ids) > 1)
    for id in dead.ids:
        found = await refused(shop, customer_ids=[shop.people[0].ids[0], id])
        assert (found.code, found.field) == (ErrorCode.NOT_FOUND, ("customerIds", "1"))
        assert "deleted" in found.message


async def test_an_audience_of_nobody_named_and_one_of_too_many_are_refused(shop: Shop) -> None:
    assert (await refused(shop)).code is ErrorCode.INVALID
    assert (await refused(shop, exclude_group_ids=shop.groups)).code is ErrorCode.INVALID
    many = [new_id() for _ in range(audiences.MOST_IDS + 1)]
    found = await refused(shop, customer_ids=many)
    assert (found.code, found.field) == (ErrorCode.LIMIT_EXCEEDED, ("customerIds",))
    found = await refused(shop, group_ids=shop.groups * 21)
    assert (found.code, found.field) == (ErrorCode.LIMIT_EXCEEDED, ("groupIds",))
