"""What criteria mean: a plain evaluation in Python, of the JSON that a caller gives.

It shares nothing with what reads and compiles criteria but `fold` and the spelling of phones.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from services.contacts import normalize_phone
from services.texts import fold
from tests.rows import NOW
from tests.services.segments.people import PROPERTIES, Person, Town, day_of

SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": eq,
    "NE": ne,
    "GT": gt,
    "GTE": ge,
    "LT": lt,
    "LTE": le,
}
NOT = {"NE": "EQ", "NOT_IN": "IN", "IS_NOT_SET": "IS_SET"}
TIMES = {"createdAt", "updatedAt", "firstContactedAt", "lastInboundAt", "seen"}
NUMBERS = {"score", "price", "lifetimeValue"}


def meets(town: Town, person: Person, criteria: dict[str, Any]) -> bool:
    """Whether somebody is in a segment of these criteria, at NOW."""
    return person.shown and holds(town, person, criteria)


def holds(town: Town, person: Person, criteria: dict[str, Any]) -> bool:
    """Whether criteria hold of somebody."""
    [(name, value)] = criteria.items()
    match name:
        case "all":
            return all(holds(town, person, one) for one in value)
        case "any":
            return any(holds(town, person, one) for one in value)
        case "not":
            return not holds(town, person, value)
        case "field":
            return of_field(town, person, value)
        case "orders":
            return of_orders(town, person, value)
        case "bought":
            times = sum(
                value["product"] in one["products"]
                for one in person.paid
                if recent(town, one["ordered_at"], value)
            )
            return SIGNS[value["op"]](times, value["times"])
        case "messages":
            count = sum(
                direction == value["direction"] and recent(town, at, value)
                for direction, at in person.messages
            )
            return SIGNS[value["op"]](count, value["count"])
        case "campaign":
            return any(
                (campaign, status) == (value["campaignId"], value["status"]) and until > NOW
                for campaign, status, until in person.interactions
            )
        case "tagId":
            low, high = town.tags[value]
            in_range = (low is not None or high is not None) and (
                (low is None or person.lifetime_value >= low)
                and (high is None or person.lifetime_value < high)
            )
            return bool(value in person.tags or in_range)
        case "groupId":
            return value in person.groups
        case "window":
            last = person.values.get("lastInboundAt")
            opened = last is not None and last + timedelta(hours=24) > NOW
            return bool(opened == (value == "ACTIVE"))
        case "productive":
            return bool(bool(person.paid) == value)
    raise AssertionError(name)


def recent(town: Town, at: datetime, condition: dict[str, Any]) -> bool:
    """Whether something was in the last days, today the last of them; without a number, always."""
    days = condition.get("withinDays")
    if days is None:
        return True
    today = day_of(NOW, town.zone)
    return today - timedelta(days=days - 1) <= day_of(at, town.zone) <= today


def of_orders(town: Town, person: Person, condition: dict[str, Any]) -> bool:
    """A comparison with a measure of the paid orders."""
    orders = [one for one in person.paid if recent(town, one["ordered_at"], condition)]
    totals = [one["total"] for one in orders if one["currency"] == "IDR"]
    wanted = Decimal(condition["value"])
    found: Any
    match condition["measure"]:
        case "COUNT":
            found = len(orders)
        case "SUM":
            found = sum(totals, Decimal(0))
        case "AVERAGE":
            found, wanted = sum(totals), wanted * len(totals)
            if not totals:
                return bool(condition["op"] == "NE")
        case "DAYS_SINCE_LAST":
            if not orders:
                return bool(condition["op"] == "NE")
            last = max(one["ordered_at"] for one in orders)
            found = (day_of(NOW, town.zone) - day_of(last, town.zone)).days
    return SIGNS[condition["op"]](found, wanted)


def of_field(town: Town, person: Person, condition: dict[str, Any]) -> bool:
    """A comparison with a field or a custom property."""
    op, key = condition["op"], condition["key"]
    if op in NOT:
        return not of_field(town, person, {**condition, "op": NOT[op]})
    value = person.lifetime_value if key == "lifetimeValue" else person.values.get(key)
    if value is None:
        return False
    if op == "IS_SET":
        return True
    wanted = condition["value"]
    if isinstance(value, list):
        several = wanted if op == "IN" else [wanted]
        return any(one in value for one in several)
    found = comparable(key, value)
    match op:
        case "IN":
            return any(found == asked(key, one) for one in wanted)
        case "CONTAINS":
            return fold(wanted) in found
        case "STARTS_WITH":
            return bool(found.startswith(fold(wanted)))
        case "BETWEEN":
            return bool(asked(key, wanted[0]) <= found <= asked(key, wanted[1]))
        case "WITHIN_LAST_DAYS":
            day = found if isinstance(found, date) and not isinstance(found, datetime) else None
            at = {"withinDays": wanted}
            if day is None:
                return recent(town, found, at)
            today = day_of(NOW, town.zone)
            return today - timedelta(days=wanted - 1) <= day <= today
    return SIGNS[op](found, asked(key, wanted))


def comparable(key: str, value: Any) -> Any:
    """A value as it is compared."""
    if key in NUMBERS:
        return Decimal(str(value))
    if key in TIMES:
        return value if isinstance(value, datetime) else datetime.fromisoformat(value)
    if key == "born":
        return date.fromisoformat(value)
    if isinstance(value, bool):
        return value
    return fold(str(getattr(value, "value", value)))


def asked(key: str, value: Any) -> Any:
    """A condition's value as it is compared."""
    if key == "phone" or PROPERTIES.get(key) == "PHONE":
        return normalize_phone(value, "ID", "value")
    return comparable(key, value)
