"""Analysis of a group or a segment: who is in it, what they bought, what campaigns did with them.

Who is in it, how many of them are active, productive, and what they are worth is as of now. Orders,
revenue, growth and what became of campaigns are of a period. Everything is of the customers who are
in it now: neither deleted nor merged into another, each once.

Statements have the workspace as $1 and the groups or segments as $2; what else they bind stands
behind. One statement answers for all groups (or segments) of a list.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from models import CampaignInteractionStatus, ChannelKind, Group, Segment
from models.base import WorkspaceModel
from services.contact_reports import span_of
from services.periods import Period

CENT = Decimal("0.01")

MEMBERS: Mapping[type[WorkspaceModel], str] = {
    # Of a person whose members were put into it too, the first time counts.
    Group: """
        SELECT g.group_id AS parent__id, g.customer_id, min(g.created_at) AS joined_at
        FROM customer_groups g WHERE g.workspace_id = $1 AND g.group_id = ANY($2::uuid[])
        GROUP BY g.group_id, g.customer_id""",
    Segment: """
        SELECT s.segment_id AS parent__id, s.customer_id, s.entered_at AS joined_at
        FROM customer_segments s WHERE s.workspace_id = $1 AND s.segment_id = ANY($2::uuid[])""",
}
PEOPLE = """
    FROM ({members}) AS m
    JOIN customers c ON c.workspace_id = $1 AND c.id = m.customer_id
        AND c.deleted_at IS NULL AND c.merged_into_id IS NULL"""
# One look at each of them for both: how many of each source, and how many joined on each day.
STANDING = f"""
    SELECT p.parent__id, p.source, p.day AS date, grouping(p.day) = 1 AS of_source,
        count(*) AS customers, count(*) FILTER (WHERE p.active) AS active,
        count(*) FILTER (WHERE p.orders > 0) AS productive, sum(p.orders) AS orders,
        sum(p.value) AS value, count(*) FILTER (WHERE p.counted) AS joined
    FROM (
        SELECT m.parent__id, c.source, (m.joined_at AT TIME ZONE $4::text)::date AS day,
            coalesce(c.last_inbound_at > $3::timestamptz, false) AS active,
            c.paid_order_count AS orders, c.lifetime_value AS value,
            ($5::timestamptz IS NULL OR m.joined_at >= $5::timestamptz)
                AND ($6::timestamptz IS NULL OR m.joined_at < $6::timestamptz) AS counted
        {PEOPLE}
    ) AS p
    GROUP BY GROUPING SETS ((p.parent__id, p.source), (p.parent__id, p.day))"""
SALES = f"""
    SELECT m.parent__id, count(*) AS orders,
        coalesce(sum(o.total) FILTER (WHERE o.currency = $3::text), 0) AS revenue
    {PEOPLE}
    JOIN orders o ON o.workspace_id = $1 AND o.customer_id = c.id AND o.status = 'PAID'
        AND ($4::timestamptz IS NULL OR o.ordered_at >= $4::timestamptz)
        AND ($5::timestamptz IS NULL OR o.ordered_at < $5::timestamptz)
    GROUP BY m.parent__id"""
MESSAGES = f"""
    SELECT m.parent__id, i.status, count(*) AS count
    {PEOPLE}
    JOIN campaign_interactions i ON i.workspace_id = $1 AND i.customer_id = c.id
        AND i.visible_until > $3::timestamptz
        AND ($4::timestamptz IS NULL OR i.sent_at >= $4::timestamptz)
        AND ($5::timestamptz IS NULL OR i.sent_at < $5::timestamptz)
    GROUP BY m.parent__id, i.status"""


@dataclass
class Standing:
    """Who is in it at an instant."""

    customers: int = 0
    active: int = 0
    """Whose messaging window is open."""
    productive: int = 0
    orders: int = 0
    """Their paid orders, of all times."""
    value: Decimal = Decimal(0)
    """The sum of their lifetime values."""
    by_source: Counter[ChannelKind | None] = field(default_factory=Counter)
    joined: dict[date, int] = field(default_factory=dict)
    """How many joined on which day of the period, as far as any did."""

    @property
    def passive(self) -> int:
        """Whose messaging window is not open."""
        return self.customers - self.active

    @property
    def average(self) -> Decimal:
        """Their average lifetime value, to the cent; 0 where nobody is in it."""
        return (self.value / max(self.customers, 1)).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Sales:
    """What they bought in a period."""

    orders: int = 0
    """Paid orders, in whatever currency."""
    revenue: Decimal = Decimal("0.00")
    """The sum of those in the workspace's currency."""


@dataclass(frozen=True)
class DayCount:
    """How many joined on a day of the workspace's time zone."""

    date: date
    count: int


def statement(model: type[WorkspaceModel], sql: str) -> str:
    """A statement of this module, over groups or over segments."""
    return sql.format(members=MEMBERS[model])


def standings(rows: Iterable[Mapping[str, Any]], parents: Sequence[UUID]) -> list[Standing]:
    """Each parent's, of the rows of STANDING."""
    found = {parent: Standing() for parent in parents}
    for row in rows:
        one = found[row["parent__id"]]
        if not row["of_source"]:
            if row["joined"]:
                one.joined[row["date"]] = row["joined"]
            continue
        one.customers += row["customers"]
        one.active += row["active"]
        one.productive += row["productive"]
        one.orders += row["orders"]
        one.value += row["value"]
        one.by_source[ChannelKind(row["source"]) if row["source"] else None] = row["customers"]
    return [found[parent] for parent in parents]


def sales(rows: Iterable[Mapping[str, Any]], parents: Sequence[UUID]) -> list[Sales]:
    """Each parent's, of the rows of SALES."""
    found = {row["parent__id"]: Sales(row["orders"], row["revenue"].quantize(CENT)) for row in rows}
    return [found.get(parent, Sales()) for parent in parents]


def sales_of_all_times(standing: Standing) -> Sales:
    """What they bought at any time: their lifetime values say it, with no look at an order."""
    return Sales(standing.orders, standing.value.quantize(CENT))


def growth(standing: Standing, period: Period, zone: ZoneInfo, now: datetime) -> list[DayCount]:
    """How many joined on each day of a period, until today.

    A period without a beginning begins with the first who joined. Raises a Refusal (INVALID) at
    `period` for more than ten years.
    """
    counts = standing.joined
    span = span_of(period, min(counts, default=None), zone, now)
    return [DayCount(day, counts.get(day, 0)) for day in span.days]


def messages(rows: Iterable[Mapping[str, Any]], parents: Sequence[UUID]) -> list[dict[str, int]]:
    """Each parent's campaign messages by how far they came, of the rows of MESSAGES."""
    found = {parent: {one.value: 0 for one in CampaignInteractionStatus} for parent in parents}
    for row in rows:
        found[row["parent__id"]][row["status"]] = row["count"]
    return [found[parent] for parent in parents]
