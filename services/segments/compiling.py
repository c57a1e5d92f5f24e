"""Criteria compiled to SQL: one condition on customer `c`, its values parameters.

What a condition finds in other tables is gathered once, as the ids of those who meet it, into a
hash table in which each customer is looked up: of all customers (a preview, a refresh of the
whole), or of the few who are asked for (a refresh after a change). Both say the same; a test holds
them to it.

A missing value meets no comparison. NE, NOT_IN and IS_NOT_SET hold where EQ, IN and IS_SET do not,
and `not` where its part does not hold: for a missing value, too. A count or a sum of nothing is 0;
an average of nothing, or the days since no order, is missing.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from models import WindowStatus
from services.property_filters import Operator
from services.segments.criteria import (
    AllOf,
    AnyOf,
    BoughtCondition,
    CampaignCondition,
    Criteria,
    FieldCondition,
    GroupCondition,
    MessageCondition,
    Negation,
    OrderCondition,
    OrderMeasure,
    ProductiveCondition,
    PropertyCondition,
    TagCondition,
    WindowCondition,
)
from services.segments.fields import marks
from services.segments.sources import (
    NEGATED,
    SIGNS,
    Parameters,
    Source,
    compared,
    interactions,
    memberships,
    messages,
    paid_orders,
    property_entries,
    purchases,
)
from services.tag_ranges import by_value
from services.transactions import Transaction

SHOWN = "c.deleted_at IS NULL AND c.merged_into_id IS NULL"
"""A segment has no deleted customers, and none who are merged into another one."""
ALL_SIGNS = {**SIGNS, Operator.NE: "<>"}
OPPOSITE = {
    Operator.EQ: Operator.NE,
    Operator.GT: Operator.LTE,
    Operator.GTE: Operator.LT,
    Operator.LT: Operator.GTE,
    Operator.LTE: Operator.GT,
}
EXISTENCE = frozenset(
    {
        (Operator.GTE, Decimal(1)),
        (Operator.GT, Decimal(0)),
        (Operator.NE, Decimal(0)),
    }
)
"""Comparisons of a count that ask only whether there is anything."""
MEETS_ZERO = {
    Operator.EQ: lambda value: value == 0,
    Operator.GT: lambda value: value < 0,
    Operator.GTE: lambda value: value <= 0,
    Operator.LT: lambda value: value > 0,
    Operator.LTE: lambda value: value >= 0,
}
"""Whether nothing, counted, meets a comparison with a value."""


@dataclass
class Compiler:
    """Compiles criteria into one statement's conditions: on all customers, or on those of `ids`."""

    tx: Transaction
    ids: list[Any] | None = None
    parameters: Parameters = field(init=False)
    asked: str | None = field(init=False, default=None)
    """How the text refers to `ids`."""

    def __post_init__(self) -> None:
        self.parameters = Parameters(self.tx)
        if self.ids is not None:
            self.asked = self.parameters.bind(self.ids, "uuid[]")

    def met(self, criteria: Criteria) -> str:
        """The condition; it may be null where it does not hold."""
        match criteria:
            case AllOf(parts):
                return "(" + " AND ".join(self.met(one) for one in parts) + ")"
            case AnyOf(parts):
                return "(" + " OR ".join(self.met(one) for one in parts) + ")"
            case Negation(part):
                return _not(self.met(part))
            case FieldCondition():
                return self._field(criteria)
            case PropertyCondition(comparison=comparison):
                there = self._there(property_entries(self.parameters, criteria))
                return _not(there) if comparison.op in NEGATED else there
            case OrderCondition():
                return self._orders(criteria)
            case BoughtCondition(op=op, times=count):
                return self._counted(purchases(self.parameters, criteria), op, count)
            case MessageCondition(op=op, count=count):
                return self._counted(messages(self.parameters, criteria), op, count)
            case CampaignCondition():
                return self._there(interactions(self.parameters, criteria))
            case GroupCondition():
                return self._there(memberships(self.parameters, criteria))
            case TagCondition(id):
                by_itself = by_value(f"ARRAY[{self.parameters.bind(id, 'uuid')}]", "c")
                return f"({by_itself} OR {self._there(memberships(self.parameters, criteria))})"
            case WindowCondition(status):
                bound = self.parameters.instant(self.parameters.window_bound)
                if status is WindowStatus.ACTIVE:
                    return f"c.last_inbound_at > {bound}"
                return f"coalesce(c.last_inbound_at, '-infinity') <= {bound}"
            case ProductiveCondition(productive):
                return f"c.paid_order_count {'>' if productive else '='} 0"

    def _field(self, condition: FieldCondition) -> str:
        sql = condition.field.sql
        if "{marks}" in sql:
            sql = f"({sql.replace('{marks}', self.parameters.bind(marks(), 'text'))})"
        met = compared(self.parameters, sql, condition.comparison)
        return _not(met) if condition.comparison.op in NEGATED else f"({met})"

    def _orders(self, condition: OrderCondition) -> str:
        op, value = condition.op, condition.value
        match condition.measure, condition.within_days:
            case OrderMeasure.COUNT, None:
                return self._compared("c.paid_order_count", op, value)
            case OrderMeasure.SUM, None:
                return self._compared("c.lifetime_value", op, value)
            case ((OrderMeasure.COUNT | OrderMeasure.SUM), _):
                return self._counted(paid_orders(self.parameters, condition), op, value)
            case OrderMeasure.AVERAGE, _:
                value = Decimal(0)
        found = self._measured(paid_orders(self.parameters, condition), NEGATED.get(op, op), value)
        return _not(found) if op in NEGATED else found

    def _counted(self, source: Source, op: Operator, value: Any) -> str:
        """A comparison with what rows come to, 0 where there are none."""
        if op in NEGATED:
            return _not(self._counted(source, NEGATED[op], value))
        if MEETS_ZERO[op](value):
            # Who has none meets it, too: it is whoever does not meet the opposite.
            return _not(self._measured(source, OPPOSITE[op], value))
        return self._measured(source, op, value)

    def _measured(self, source: Source, op: Operator, value: Any) -> str:
        """A comparison with what rows come to, met by nobody who has none."""
        if source.counts and (op, Decimal(value)) in EXISTENCE:
            return self._there(source)
        bound = self.parameters.bind(Decimal(value), "numeric")
        return source.among(self.asked, f"{source.value} {ALL_SIGNS[op]} {bound}")

    def _compared(self, expression: str, op: Operator, value: Decimal) -> str:
        return f"{expression} {ALL_SIGNS[op]} {self.parameters.bind(value, 'numeric')}"

    def _there(self, source: Source) -> str:
        return source.among(self.asked)


def _not(condition: str) -> str:
    """That a condition does not hold: also where it is null."""
    return f"(({condition}) IS NOT TRUE)"


@dataclass(frozen=True)
class Compiled:
    """A statement and its values."""

    sql: str
    values: list[Any]


def all_who_meet(tx: Transaction, criteria: Criteria) -> tuple[str, Parameters]:
    """The statement that selects the ids (`id`, `updated_at`) of all who meet criteria, and its
    parameters, to which more may be added."""
    compiler = Compiler(tx)
    met = compiler.met(criteria)
    sql = (
        f"SELECT c.id, c.updated_at FROM customers c "
        f"WHERE c.workspace_id = $1 AND {SHOWN} AND {met}"
    )
    return sql, compiler.parameters


def who_of(tx: Transaction, many: list[Criteria], ids: list[Any]) -> Compiled:
    """The statement that says of each customer of `ids` which of several criteria they meet: their
    `id`, and `met`, the places in `many` from 1 on."""
    compiler = Compiler(tx, ids)
    flags = ", ".join(f"({compiler.met(one)}) IS TRUE" for one in many)
    return Compiled(
        f"SELECT c.id, CASE WHEN {SHOWN} THEN array_positions(ARRAY[{flags}], true) "
        f"ELSE '{{}}' END AS met FROM customers c "
        f"WHERE c.workspace_id = $1 AND c.id = ANY({compiler.asked})",
        compiler.parameters.values,
    )
