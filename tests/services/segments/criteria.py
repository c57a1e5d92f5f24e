"""Criteria as Hypothesis makes them: every kind of condition, with values that people have."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from models import Acquisition, CampaignInteractionStatus, ChannelKind, CustomerStatus
from services.instants import written
from services.property_filters import OPERATORS
from services.segments.fields import FIELDS
from tests.rows import NOW
from tests.services.segments.people import (
    OPTIONS,
    PLACES,
    PRODUCTS,
    PROPERTIES,
    TEXTS,
    Town,
    instants,
)

COUNTED = ["EQ", "NE", "GT", "GTE", "LT", "LTE"]
DAYS = st.sampled_from([None, 1, 2, 7, 30, 90, 400])
TYPES = {**{key: field.type for key, field in FIELDS.items()}, **PROPERTIES}


def values_of(town: Town, key: str) -> list[Any]:
    """What a field or property may be compared with."""
    known: dict[str, list[Any]] = {
        **{key: list(OPTIONS[key]) for key in OPTIONS},
        "channel": [one.value for one in ChannelKind],
        "source": [one.value for one in ChannelKind],
        "status": [one.value for one in CustomerStatus],
        "acquisition": [one.value for one in Acquisition],
        "zipCode": ["40111", "4"],
        "externalId": ["customer-1", "CUSTOMER-12"],
        "phone": ["0812-3456-7890", "+6281234567891", "+1 212 555 1234"],
        "mobile": ["081234567890", "+12125551234"],
        "email": ["Siti@example.com", "budi@toko.example"],
        "mail": ["siti@example.com", "DEWI@example.com"],
        "site": ["https://toko.example/a", "https://toko.example/b"],
        "score": [1, 2.5, -3, 0],
        "price": ["1.5", "2.00", 0],
        "lifetimeValue": ["0", "10.5", "20", "30"],
        "member": [True, False],
        "born": [
            str((NOW.astimezone(town.zone) - timedelta(days=days)).date()) for days in (0, 1, 7)
        ],
    }
    if key in known:
        return known[key]
    if TYPES[key] == "USER":
        return town.users
    if TYPES[key] == "DATETIME":
        return [written(at) for at in instants(town.zone)]
    return [*TEXTS, *PLACES, "kopi", "b", "%"]


@st.composite
def field_conditions(draw: st.DrawFn, town: Town) -> dict[str, Any]:
    """A comparison with any field, by any operator that fits it."""
    key = draw(st.sampled_from(sorted(TYPES)))
    op = draw(st.sampled_from(sorted(OPERATORS[TYPES[key]])))
    values = st.sampled_from(values_of(town, key))
    value: Any = None
    match op:
        case "IN" | "NOT_IN":
            value = draw(st.lists(values, min_size=1, max_size=3))
        case "BETWEEN":
            pair = draw(st.lists(values, min_size=2, max_size=2))
            value = sorted(pair, key=lambda one: (float(one) if _is_number(one) else 0, str(one)))
        case "WITHIN_LAST_DAYS":
            value = draw(st.sampled_from([1, 2, 7, 30, 90]))
        case "IS_SET" | "IS_NOT_SET":
            return {"field": {"key": key, "op": op}}
        case _:
            value = draw(values)
    return {"field": {"key": key, "op": op, "value": value}}


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def within(condition: Mapping[str, Any]) -> dict[str, Any]:
    """A condition without the days that were not drawn."""
    return {name: value for name, value in condition.items() if value is not None}


def conditions(town: Town) -> st.SearchStrategy[dict[str, Any]]:
    """Conditions of each kind."""
    op = st.sampled_from(COUNTED)
    small = st.integers(0, 3)
    orders = st.fixed_dictionaries(
        {
            "measure": st.sampled_from(["COUNT", "SUM", "AVERAGE", "DAYS_SINCE_LAST"]),
            "op": op,
            "value": st.sampled_from(["0", "1", "2", "10", "10.25", "15", "20", "30", "7", "90"]),
            "withinDays": DAYS,
        }
    ).map(within)
    bought = st.fixed_dictionaries(
        {"product": st.sampled_from(PRODUCTS), "op": op, "times": small, "withinDays": DAYS}
    ).map(within)
    messages = st.fixed_dictionaries(
        {
            "direction": st.sampled_from(["INBOUND", "OUTBOUND"]),
            "op": op,
            "count": small,
            "withinDays": DAYS,
        }
    ).map(within)
    campaign = st.fixed_dictionaries(
        {
            "campaignId": st.sampled_from(town.campaigns),
            "status": st.sampled_from([one.value for one in CampaignInteractionStatus]),
        }
    )
    return st.one_of(
        field_conditions(town),
        orders.map(lambda value: {"orders": value}),
        bought.map(lambda value: {"bought": value}),
        messages.map(lambda value: {"messages": value}),
        campaign.map(lambda value: {"campaign": value}),
        st.sampled_from(sorted(town.tags)).map(lambda value: {"tagId": value}),
        st.sampled_from(town.groups).map(lambda value: {"groupId": value}),
        st.sampled_from(["ACTIVE", "PASSIVE"]).map(lambda value: {"window": value}),
        st.booleans().map(lambda value: {"productive": value}),
    )


def criteria(town: Town, levels: int = 4) -> st.SearchStrategy[dict[str, Any]]:
    """Trees of conditions, of at most so many levels over them."""
    found = conditions(town)
    for _ in range(levels - 1):
        below = found
        some = st.lists(below, min_size=1, max_size=2)
        found = st.one_of(
            below,
            some.map(lambda parts: {"all": parts}),
            some.map(lambda parts: {"any": parts}),
            below.map(lambda part: {"not": part}),
        )
    return found
