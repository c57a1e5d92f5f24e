"""Where a condition's value comes from: rows of other tables, gathered by the customer's id.

Each source says its rows once, whether few customers are asked for or all.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from services.periods import start_of_day
from services.property_filters import Comparison, Operator
from services.segments.criteria import (
    BoughtCondition,
    CampaignCondition,
    GroupCondition,
    MessageCondition,
    OrderCondition,
    OrderMeasure,
    PropertyCondition,
    TagCondition,
)
from services.transactions import Transaction
from services.workspaces import time_zone

SIGNS = {
    Operator.EQ: "=",
    Operator.GT: ">",
    Operator.GTE: ">=",
    Operator.LT: "<",
    Operator.LTE: "<=",
}
NEGATED = {
    Operator.NE: Operator.EQ,
    Operator.NOT_IN: Operator.IN,
    Operator.IS_NOT_SET: Operator.IS_SET,
}
"""The operators that hold where their opposite does not: for who has no value, too."""
COLUMN_TYPES = {"text_value": "text", "number_value": "numeric", "time_value": "timestamptz"}


@dataclass
class Parameters:
    """A statement's values. $1 is the workspace; equal values of one type are bound once."""

    tx: Transaction
    values: list[Any] = field(default_factory=list)
    places: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.values.append(self.tx.workspace_id)

    def bind(self, value: Any, type: str) -> str:
        """How the text refers to a value, as the PostgreSQL type `type`."""
        key = (type, repr(value))
        if key not in self.places:
            self.values.append(value)
            self.places[key] = f"${len(self.values)}::{type}"
        return self.places[key]

    @property
    def today(self) -> date:
        """The day that it is in the workspace."""
        return self.tx.now.astimezone(time_zone(self.tx.workspace)).date()

    @property
    def window_bound(self) -> datetime:
        """The latest message whose window is closed, as in `services.windows.closed_since`."""
        return self.tx.now - timedelta(hours=self.tx.workspace.window_hours)

    def last_days(self, days: int) -> tuple[str, str]:
        """The ends of the last `days` days, today the last of them: whole days of the workspace's
        time zone, as in `preset_period` and WITHIN_LAST_DAYS."""
        zone, today = time_zone(self.tx.workspace), self.today
        start = start_of_day(today - timedelta(days=days - 1), zone)
        return self.instant(start), self.instant(start_of_day(today + timedelta(days=1), zone))

    def instant(self, value: datetime) -> str:
        """An instant."""
        return self.bind(value, "timestamptz")


@dataclass(frozen=True)
class Source:
    """Rows of customers: `rows` that meet `where`, each of the customer in the column `of`.

    `value` is what they come to, an aggregate; None where it is asked only whether there are any.
    `counts`: it counts them, or something in them, and is not 0 where there are any.
    """

    rows: str
    where: str
    of: str
    value: str | None = None
    counts: bool = False

    def among(self, asked: str | None, having: str | None = None) -> str:
        """Whether customer `c` is among those who have such rows, or whose rows come to something:
        among all, or among the ids `asked`, an array.

        IS TRUE keeps PostgreSQL from joining: the ids are gathered once, into a hash table. A
        sub-query for each customer would be as good where the planner knows its tables; where they
        have just been filled, it reads all rows of the workspace by another index, each time.
        """
        of_asked = f" AND {self.of} = ANY({asked})" if asked else ""
        grouped = f" GROUP BY {self.of} HAVING {having}" if having else ""
        ids = f"SELECT {self.of} FROM {self.rows} WHERE {self.where}{of_asked}{grouped}"
        return f"(c.id IN ({ids})) IS TRUE"


def compared(parameters: Parameters, column: str, comparison: Comparison) -> str:
    """The SQL that a column meets a comparison; of a negated one, what it negates."""
    type = COLUMN_TYPES[comparison.column]
    values, op = comparison.values, NEGATED.get(comparison.op, comparison.op)
    bind: Callable[[Any], str] = lambda value: parameters.bind(value, type)  # noqa: E731
    match op:
        case Operator.IS_SET:
            return f"{column} IS NOT NULL"
        case Operator.IN:
            return f"{column} = ANY({parameters.bind(list(values), f'{type}[]')})"
        case Operator.CONTAINS | Operator.STARTS_WITH:
            return f"{column} LIKE {bind(values[0])}"
        case Operator.BETWEEN:
            return f"{column} BETWEEN {bind(values[0])} AND {bind(values[1])}"
        case Operator.WITHIN_LAST_DAYS:
            return f"{column} >= {bind(values[0])} AND {column} < {bind(values[1])}"
    return f"{column} {SIGNS[op]} {bind(values[0])}"


def property_entries(parameters: Parameters, condition: PropertyCondition) -> Source:
    """The values of a custom property that meet a comparison, or what it negates."""
    property = parameters.bind(condition.property_id, "uuid")
    met = compared(parameters, f"v.{condition.comparison.column}", condition.comparison)
    return Source(
        "property_index_entries v",
        f"v.workspace_id = $1 AND v.property_id = {property} AND {met}",
        "v.customer_id",
    )


def paid_orders(parameters: Parameters, condition: OrderCondition) -> Source:
    """A measure of the paid orders. Sums are of those in the workspace's currency, as is the
    lifetime value; an average is compared without dividing: as what the sum is above it."""
    where = ["o.workspace_id = $1", "o.status = 'PAID'"]
    if condition.within_days is not None:
        start, end = parameters.last_days(condition.within_days)
        where.append(f"o.ordered_at >= {start} AND o.ordered_at < {end}")
    if condition.measure in (OrderMeasure.SUM, OrderMeasure.AVERAGE):
        where.append(f"o.currency = {parameters.bind(parameters.tx.workspace.currency, 'text')}")
    match condition.measure:
        case OrderMeasure.COUNT:
            value = "count(*)"
        case OrderMeasure.SUM:
            value = "sum(o.total)"
        case OrderMeasure.AVERAGE:
            value = f"sum(o.total) - {parameters.bind(condition.value, 'numeric')} * count(*)"
        case OrderMeasure.DAYS_SINCE_LAST:
            zone = parameters.bind(parameters.tx.workspace.timezone, "text")
            today = parameters.bind(parameters.today, "date")
            value = f"{today} - (max(o.ordered_at) AT TIME ZONE {zone})::date"
    counts = condition.measure is OrderMeasure.COUNT
    return Source("orders o", " AND ".join(where), "o.customer_id", value, counts)


def purchases(parameters: Parameters, condition: BoughtCondition) -> Source:
    """In how many paid orders a product stands."""
    product = parameters.bind(condition.product, "text")
    where = (
        f"i.workspace_id = $1 AND i.product = {product} AND o.workspace_id = $1 "
        "AND o.status = 'PAID'"
    )
    if condition.within_days is not None:
        start, end = parameters.last_days(condition.within_days)
        where += f" AND o.ordered_at >= {start} AND o.ordered_at < {end}"
    return Source(
        "order_items i JOIN orders o ON o.id = i.order_id",
        where,
        "o.customer_id",
        "count(DISTINCT o.id)",
        counts=True,
    )


def messages(parameters: Parameters, condition: MessageCondition) -> Source:
    """How many messages were exchanged in one direction."""
    direction = parameters.bind(condition.direction.value, "text")
    where = f"m.workspace_id = $1 AND m.direction = {direction} AND v.workspace_id = $1"
    if condition.within_days is not None:
        start, end = parameters.last_days(condition.within_days)
        # A conversation knows its last message, which spares those that were silent since.
        where += f" AND m.sent_at >= {start} AND m.sent_at < {end} AND v.last_message_at >= {start}"
    return Source(
        "conversations v JOIN messages m ON m.conversation_id = v.id",
        where,
        "v.customer_id",
        "count(*)",
        counts=True,
    )


def interactions(parameters: Parameters, condition: CampaignCondition) -> Source:
    """What a campaign sent that has this status and is still shown."""
    id = parameters.bind(condition.campaign_id, "uuid")
    status = parameters.bind(condition.status.value, "text")
    now = parameters.instant(parameters.tx.now)
    return Source(
        "campaign_interactions i",
        f"i.workspace_id = $1 AND i.campaign_id = {id} AND i.status = {status} "
        f"AND i.visible_until > {now}",
        "i.customer_id",
    )


def memberships(parameters: Parameters, condition: TagCondition | GroupCondition) -> Source:
    """Who carries a tag by hand, or is in a group."""
    table, column = (
        ("customer_tags", "tag_id")
        if isinstance(condition, TagCondition)
        else ("customer_groups", "group_id")
    )
    id = parameters.bind(condition.id, "uuid")
    return Source(f"{table} a", f"a.workspace_id = $1 AND a.{column} = {id}", "a.customer_id")
