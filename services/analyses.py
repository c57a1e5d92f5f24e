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
STANDING = f"""
    SELECT m.parent__id, c.source, count(*) AS customers,
        count(*) FILTER (WHERE c.last_inbound_at > $3::timestamptz) AS active,
        count(*) FILTER (WHERE c.paid_order_count > 0) AS productive,
        sum(c.lifetime_value) AS value
    {PEOPLE}
    GROUP BY m.parent__id, c.source"""
SALES = f"""
    SELECT m.parent__id, count(*) AS orders,
        coalesce(sum(o.total) FILTER (WHERE o.currency = $3::text), 0) AS revenue
    {PEOPLE}
    JOIN orders o ON o.workspace_id = $1 AND o.customer_id = c.id AND o.status = 'PAID'
        AND ($4::timestamptz IS NULL OR o.ordered_at >= $4::timestamptz)
        AND ($5::timestamptz IS NULL OR o.ordered_at < $5::timestamptz)
    GROUP BY m.parent__id"""
JOINED = f"""
    SELECT m.parent__id, (m.joined_at AT TIME ZONE $3::text)::date AS date, count(*) AS count
    {PEOPLE}
    WHERE ($4::timestamptz IS NULL OR m.joined_at >= $4::timestamptz)
        AND ($5::timestamptz IS NULL OR m.joined_at < $5::timestamptz)
    GROUP BY m.parent__id, 2"""
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
    value: Decimal = Decimal(0)
    """The sum of their lifetime values."""
    by_source: Counter[ChannelKind | None] = field(default_factory=Counter)

    @property
    def passive(self) -> int:
        """Whose messaging window is not open."""
        return self.customers - self.active

    @property
    def average(self) -> Decimal | None:
        """Their average lifetime value, to the cent; None where nobody is in it."""
        if not self.customers:
            return None
        return (self.value / self.customers).quantize(CENT, ROUND_HALF_UP)


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
        one.customers += row["customers"]
        one.active += row["active"]
        one.productive += row["productive"]
        one.value += row["value"]
        one.by_source[ChannelKind(row["source"]) if row["source"] else None] = row["customers"]
    return [found[parent] for parent in parents]


def sales(rows: Iterable[Mapping[str, Any]], parents: Sequence[UUID]) -> list[Sales]:
    """Each parent's, of the rows of SALES."""
    found = {row["parent__id"]: Sales(row["orders"], row["revenue"].quantize(CENT)) for row in rows}
    return [found.get(parent, Sales()) for parent in parents]


def growths(
    rows: Iterable[Mapping[str, Any]],
    parents: Sequence[UUID],
    period: Period,
    zone: ZoneInfo,
    now: datetime,
) -> list[list[DayCount]]:
    """Each parent's days of a period, until today, of the rows of JOINED.

    A period without a beginning begins with the first who joined. Raises a Refusal (INVALID) at
    `period` for more than ten years.
    """
    found: dict[UUID, dict[date, int]] = {parent: {} for parent in parents}
    for row in rows:
        found[row["parent__id"]][row["date"]] = row["count"]
    return [_days(found[parent], period, zone, now) for parent in parents]


def _days(
    counts: Mapping[date, int], period: Period, zone: ZoneInfo, now: datetime
) -> list[DayCount]:
    span = span_of(period, min(counts, default=None), zone, now)
    return [DayCount(day, counts.get(day, 0)) for day in span.days]


def messages(rows: Iterable[Mapping[str, Any]], parents: Sequence[UUID]) -> list[dict[str, int]]:
    """Each parent's campaign messages by how far they came, of the rows of MESSAGES."""
    found = {parent: {one.value: 0 for one in CampaignInteractionStatus} for parent in parents}
    for row in rows:
        found[row["parent__id"]][row["status"]] = row["count"]
    return [found[parent] for parent in parents]
