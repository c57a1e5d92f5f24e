"""Filters on custom properties: which operator fits which type, and what it compares with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from models import PropertyDefinition, PropertyType, Workspace
from services.errors import invalid
from services.periods import start_of_day
from services.property_indexes import NUMBERS, TIMES, index_values
from services.property_values import parse_property_value, string
from services.texts import like_pattern
from services.workspaces import time_zone

MOST_VALUES = 200
LONGEST_SPAN = 36_500


class Operator(StrEnum):
    """How a value is compared."""

    EQ = "EQ"
    NE = "NE"
    IN = "IN"
    NOT_IN = "NOT_IN"
    CONTAINS = "CONTAINS"
    STARTS_WITH = "STARTS_WITH"
    GT = "GT"
    GTE = "GTE"
    LT = "LT"
    LTE = "LTE"
    BETWEEN = "BETWEEN"
    IS_SET = "IS_SET"
    IS_NOT_SET = "IS_NOT_SET"
    WITHIN_LAST_DAYS = "WITHIN_LAST_DAYS"


EVERY = frozenset({Operator.EQ, Operator.NE, Operator.IS_SET, Operator.IS_NOT_SET})
LISTED = EVERY | {Operator.IN, Operator.NOT_IN}
WORDED = LISTED | {Operator.CONTAINS, Operator.STARTS_WITH}
ORDERED = LISTED | {Operator.GT, Operator.GTE, Operator.LT, Operator.LTE, Operator.BETWEEN}
TIMED = ORDERED | {Operator.WITHIN_LAST_DAYS}

OPERATORS: dict[PropertyType, frozenset[Operator]] = {
    PropertyType.TEXT: WORDED,
    PropertyType.URL: WORDED,
    PropertyType.EMAIL: WORDED,
    PropertyType.PHONE: WORDED,
    PropertyType.NUMBER: ORDERED,
    PropertyType.DECIMAL: ORDERED,
    PropertyType.BOOLEAN: EVERY,
    PropertyType.DATE: TIMED,
    PropertyType.DATETIME: TIMED,
    PropertyType.SINGLE_SELECT: LISTED,
    PropertyType.MULTI_SELECT: LISTED | {Operator.CONTAINS},
    PropertyType.USER: LISTED,
}
"""Which operators each type knows. EQ, IN and CONTAINS of a MULTI_SELECT ask for one option among
those that a customer has."""

Column = Literal["text_value", "number_value", "time_value"]


@dataclass(frozen=True)
class Comparison:
    """A comparison with a column of `property_index_entries`.

    `op` is one of EQ, NE (one value), IN, NOT_IN (one or more), CONTAINS, STARTS_WITH (one LIKE
    pattern), GT, GTE, LT, LTE (one), BETWEEN (two, both included), WITHIN_LAST_DAYS (two, the
    second excluded), IS_SET and IS_NOT_SET (none). NE, NOT_IN and IS_NOT_SET hold for a customer
    who has *no* entry that EQ, IN or IS_SET would find, those without any value included.
    """

    column: Column
    op: Operator
    values: tuple[Any, ...] = ()


def column_of(type: PropertyType) -> Column:
    """The column that values of a type stand in."""
    if type in NUMBERS:
        return "number_value"
    return "time_value" if type in TIMES else "text_value"


def comparable(
    definition: PropertyDefinition,
    op: Operator,
    value: Any,
    workspace: Workspace,
    now: datetime,
    *field: str,
) -> Comparison:
    """What `op` with `value` compares, on which column.

    Raises a Refusal (INVALID), at `field` with "op" or "value" behind it, where the operator does
    not fit the property's type or the value does not fit the operator.
    """
    if op not in OPERATORS[definition.type]:
        fitting = ", ".join(one for one in Operator if one in OPERATORS[definition.type])
        raise invalid(
            f"{op} does not fit {definition.key}, a {definition.type.value} property. Use one of "
            f"{fitting}.",
            *field,
            "op",
        )
    column = column_of(definition.type)
    country, path = workspace.default_country, (*field, "value")

    def bound(one: Any) -> Any:
        return _bound(definition, one, country, path)

    match op:
        case Operator.IS_SET | Operator.IS_NOT_SET:
            return Comparison(column, op)
        case Operator.WITHIN_LAST_DAYS:
            return Comparison(column, op, _last_days(definition, value, workspace, now, path))
        case Operator.CONTAINS if definition.type is PropertyType.MULTI_SELECT:
            return Comparison(column, Operator.EQ, (bound(value),))
        case Operator.CONTAINS | Operator.STARTS_WITH:
            return Comparison(column, op, (_pattern(definition, op, value, path),))
        case Operator.IN | Operator.NOT_IN:
            return Comparison(column, op, _several(value, bound, path))
        case Operator.BETWEEN:
            return Comparison(column, op, _span(value, bound, path))
    return Comparison(column, op, (bound(value),))


def _bound(definition: PropertyDefinition, value: Any, country: str, path: tuple[str, ...]) -> Any:
    """A value as it stands in the index."""
    if definition.type is PropertyType.MULTI_SELECT:
        value = [value]
    kept = parse_property_value(definition, value, country, *path)
    if kept is None:
        raise invalid("value is nothing: use IS_NOT_SET to ask for that.", *path)
    entry = index_values(definition, kept)[0]
    return next(one for one in entry if one is not None)


def _several(value: Any, bound: Callable[[Any], Any], path: tuple[str, ...]) -> tuple[Any, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_VALUES:
        raise invalid(f"value: give a list of 1 to {MOST_VALUES} values.", *path)
    return tuple(dict.fromkeys(bound(one) for one in value))


def _span(value: Any, bound: Callable[[Any], Any], path: tuple[str, ...]) -> tuple[Any, Any]:
    if not isinstance(value, list) or len(value) != 2:
        raise invalid("value: give a list of two, the lowest and the highest.", *path)
    low, high = bound(value[0]), bound(value[1])
    if low > high:
        raise invalid("value: the lowest comes first.", *path)
    return low, high


def _pattern(
    definition: PropertyDefinition, op: Operator, value: Any, path: tuple[str, ...]
) -> str:
    text = string(definition, value, path)
    if not text.strip():
        raise invalid("value is nothing: use IS_NOT_SET to ask for that.", *path)
    pattern = like_pattern(text[:200])
    return pattern if op is Operator.CONTAINS else pattern.removeprefix("%")


def _last_days(
    definition: PropertyDefinition,
    value: Any,
    workspace: Workspace,
    now: datetime,
    path: tuple[str, ...],
) -> tuple[datetime, datetime]:
    """Whole days of the workspace's time zone, today the last of them, as in `preset_period`."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LONGEST_SPAN:
        raise invalid(f"value: give a number of days from 1 to {LONGEST_SPAN}.", *path)
    zone = time_zone(workspace)
    today = now.astimezone(zone).date()
    first, end = today - timedelta(days=value - 1), today + timedelta(days=1)
    if definition.type is PropertyType.DATE:
        return _midnight(first), _midnight(end)
    return start_of_day(first, zone), start_of_day(end, zone)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
