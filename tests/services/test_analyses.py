"""Analyses of groups and segments, held against plain Python over the same records."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

import models
from models import CampaignInteractionStatus, ChannelKind, OrderStatus, Workspace
from services.errors import ErrorCode
from services.ids import global_id
from services.lifetime_values import refresh_lifetime_value
from services.workspaces import create_workspace
from tests.asking import answer, ask, refusal
from tests.records import Records
from tests.rows import NOW
from tests.services.writing import change

ANALYSIS = """customers active passive productive orders revenue averageLifetimeValue
    bySource { source count } growth { date count }
    campaigns { queued sent delivered read replied failed }"""
QUERY = """query ($id: ID!, $period: PeriodInput) { node(id: $id) {
    ... on Group { analysis(period: $period) { %s } }
    ... on Segment { analysis(period: $period) { %s } } } }""".replace("%s", ANALYSIS)
ZONE = ZoneInfo("Asia/Jakarta")
SOURCES = (None, ChannelKind.WHATSAPP, ChannelKind.EMAIL)
DAY = timedelta(days=1)


@dataclass
class Shop:
    """A group and a segment with the same people, and somebody who is in neither."""

    workspace: Workspace
    records: Records
    group: models.Group
    segment: models.Segment
    joined: dict[Any, datetime]
    """When each joined the group, and entered the segment."""

    @property
    def people(self) -> list[models.Customer]:
        """Who is in it."""
        rows = self.records.rows[models.Customer]
        return [one for one in rows if one.id in self.joined and one.deleted_at is None]

    def of(self, model: Any, at: Callable[[Any], datetime], start: Any, end: Any) -> list[Any]:
        """The people's rows of a period."""
        ids = {one.id for one in self.people}
        rows = [row for row in self.records.rows[model] if row.customer_id in ids]
        return [
            row for row in rows if (not start or at(row) >= start) and (not end or at(row) < end)
        ]


@pytest_asyncio.fixture(scope="module")
async def shop(database: None) -> Shop:
    """Forty people, of whom thirty are in it: bought, written to, joined on days of a year."""
    workspace = await create_workspace("Toko Analisis", currency="IDR")
    records, dice = Records(workspace), Random(7)
    group, segment, joined = records.group(), records.segment(), {}
    campaign = records.campaign()
    for number in range(40):
        one = records.customer(
            f"Budi {number}",
            source=dice.choice(SOURCES),
            last_inbound_at=dice.choice((None, NOW - timedelta(hours=2), NOW - DAY)),
            deleted_at=NOW if number % 13 == 5 else None,
        )
        for _ in range(dice.randrange(4)):
            records.order(
                one,
                total=Decimal(dice.randrange(1, 90_000)) / 100,
                currency=dice.choice(("IDR", "IDR", "USD")),
                status=dice.choice((OrderStatus.PAID, OrderStatus.PAID, *OrderStatus)),
                ordered_at=NOW - dice.random() * 400 * DAY,
            )
        for _ in range(dice.randrange(3)):
            status = dice.choice((*CampaignInteractionStatus,))
            at = NOW - dice.random() * 500 * DAY
            records.interaction(campaign, one, status=status, sent_at=at)
        if number < 30:
            joined[one.id] = NOW - dice.random() * 300 * DAY
            add_to(records, group, one, one, joined[one.id])
            records.add(
                models.CustomerSegment,
                customer_id=one.id,
                segment_id=segment.id,
                entered_at=joined[one.id],
            )
    with_a_member_who_joined_first(records, group, joined)
    await records.save()
    ids = [one.id for one in records.rows[models.Customer]]
    await change(workspace, refresh_lifetime_value, ids)
    return Shop(workspace, records, group, segment, joined)


def add_to(records: Records, group: Any, main: Any, origin: Any, at: datetime) -> None:
    records.add(
        models.CustomerGroup,
        customer_id=main.id,
        origin_customer_id=origin.id,
        group_id=group.id,
        created_at=at,
    )


def with_a_member_who_joined_first(records: Records, group: Any, joined: Any) -> None:
    """The first one's member was put into the group a year before: the person joined then."""
    main = records.rows[models.Customer][0]
    member = records.customer("Anggota")
    records.merge(main, member)
    add_to(records, group, main, member, NOW - 350 * DAY)
    joined["group"] = NOW - 350 * DAY


PERIODS: list[tuple[Any, datetime | None, datetime | None]] = [
    (None, None, None),
    ({"preset": "ALL_TIME"}, None, None),
    (
        {"preset": "LAST_30_DAYS"},
        datetime(2026, 10, 23, 17, tzinfo=UTC),
        datetime(2026, 11, 22, 17, tzinfo=UTC),
    ),
    (
        {"month": "2026-03"},
        datetime(2026, 2, 28, 17, tzinfo=UTC),
        datetime(2026, 3, 31, 17, tzinfo=UTC),
    ),
    ({"day": "2026-11-22"}, NOW.replace(day=21, hour=17, minute=0), NOW + DAY),
    ({"day": "2027-01-01"}, NOW + 30 * DAY, NOW + 31 * DAY),
    (
        {"between": {"from": "2026-05-01T00:00:00+07:00", "to": "2026-08-01T12:00:00+07:00"}},
        datetime(2026, 4, 30, 17, tzinfo=UTC),
        datetime(2026, 8, 1, 5, tzinfo=UTC),
    ),
]


@pytest.mark.parametrize("kind", ["group", "segment"])
@pytest.mark.parametrize(("period", "start", "end"), PERIODS)
async def test_an_analysis_is_what_plain_python_counts(
    shop: Shop, kind: str, period: Any, start: datetime | None, end: datetime | None
) -> None:
    row = getattr(shop, kind)
    found = await ask(shop.workspace, QUERY, id=global_id(type(row), row.id), period=period)
    analysis = found["node"]["analysis"]
    people = shop.people
    active = sum(
        one.last_inbound_at is not None and NOW - one.last_inbound_at < DAY for one in people
    )
    paid = [
        one
        for one in shop.of(models.Order, lambda row: row.ordered_at, start, end)
        if one.status is OrderStatus.PAID
    ]
    ever = [
        one
        for one in shop.of(models.Order, lambda row: row.ordered_at, None, None)
        if one.status is OrderStatus.PAID
    ]
    rupiah = [one.total for one in ever if one.currency == "IDR"]
    average = (sum(rupiah) / len(people)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert analysis["customers"] == len(people) == 28
    assert (analysis["active"], analysis["passive"]) == (active, len(people) - active)
    assert analysis["productive"] == len({one.customer_id for one in ever})
    assert analysis["orders"] == len(paid)
    revenue = sum((one.total for one in paid if one.currency == "IDR"), Decimal("0.00"))
    assert analysis["revenue"] == f"{revenue:.2f}"
    assert analysis["averageLifetimeValue"] == str(average)
    sources = Counter(one.source.value if one.source else None for one in people)
    assert {one["source"]: one["count"] for one in analysis["bySource"]} == sources
    sent = shop.of(models.CampaignInteraction, lambda row: row.sent_at, start, end)
    statuses = Counter(one.status.value.lower() for one in sent if one.visible_until > NOW)
    assert analysis["campaigns"] == {
        one.value.lower(): statuses[one.value.lower()] for one in CampaignInteractionStatus
    }
    assert analysis["growth"] == expected_growth(shop, kind, start, end)


def expected_growth(
    shop: Shop, kind: str, start: datetime | None, end: datetime | None
) -> list[dict[str, Any]]:
    """How many joined on each day, by the calendar on a wall in Jakarta."""
    times = [shop.joined[one.id] for one in shop.people]
    if kind == "group":
        times[0] = shop.joined["group"]
    within = [at for at in times if (not start or at >= start) and (not end or at < end)]
    days = Counter(at.astimezone(ZONE).date() for at in within)
    today = NOW.astimezone(ZONE).date()
    first = start.astimezone(ZONE).date() if start else min(days)
    last = min(today, (end - timedelta(microseconds=1)).astimezone(ZONE).date()) if end else today
    shown = [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
    return [{"date": day.isoformat(), "count": days[day]} for day in shown]


async def test_nobody_in_it_is_nothing_of_everything(shop: Shop) -> None:
    records = Records(shop.workspace)
    group = records.group("Kosong")
    await records.save()
    found = await ask(shop.workspace, QUERY, id=global_id(models.Group, group.id))
    analysis = found["node"]["analysis"]
    assert (analysis["customers"], analysis["orders"], analysis["revenue"]) == (0, 0, "0.00")
    assert analysis["averageLifetimeValue"] == "0.00"
    assert analysis["bySource"] == []
    assert analysis["growth"] == [{"date": "2026-11-22", "count": 0}]


async def test_more_than_ten_years_of_days_are_refused(shop: Shop) -> None:
    period = {"between": {"from": "2010-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}}
    id = global_id(models.Group, shop.group.id)
    found = await refusal(shop.workspace, QUERY, id=id, period=period)
    assert (found.code, found.field) == (ErrorCode.INVALID, ("period",))


async def test_all_groups_of_a_list_are_analysed_by_the_same_statements(shop: Shop) -> None:
    query = "{ groups { nodes { name analysis { customers revenue active orders } } } }"
    records = Records(shop.workspace)
    for number in range(5):
        records.group(f"Lagi {number}")
    await records.save()
    found = await answer(shop.workspace, query)
    counts = {one["name"]: one["analysis"]["customers"] for one in found.data["groups"]["nodes"]}
    assert counts.pop(shop.group.name) == len(shop.people)
    assert len(counts) >= 5
    assert set(counts.values()) == {0}
    assert len(found.statements) == 2
