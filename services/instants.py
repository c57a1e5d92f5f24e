"""Instants: how they are written, and which ones a connected system may report."""

from datetime import UTC, datetime, timedelta
from typing import overload

from services.errors import invalid
from services.given import UNSET, Given

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of ours a connected system's clock may be."""
FIRST_YEAR = 1900
LAST_YEAR = 2999


def checked_instant(value: datetime, *field: str) -> datetime:
    """`value` in UTC. Raises a Refusal (INVALID) outside the years 1900 to 2999.

    The bounds leave room for what is computed from an instant: months later, another time zone.
    """
    if not FIRST_YEAR < value.year < LAST_YEAR:
        raise invalid(f"{field[-1]}: the year {value.year} is out of range.", *field)
    return value.astimezone(UTC)


def given_instant(value: Given[datetime | None], *field: str) -> Given[datetime | None]:
    """Like `checked_instant`, where there is one."""
    return value if value is UNSET or value is None else checked_instant(value, *field)


def past_instant(value: datetime, now: datetime, *field: str) -> datetime:
    """`value` in UTC, where it has come at `now`, but for five minutes that clocks may differ by.

    Raises a Refusal (INVALID) for a later one.
    """
    found = checked_instant(value, *field)
    if found > now + CLOCK_SKEW:
        raise invalid(f"{field[-1]} is in the future: {found.isoformat()}.", *field)
    return found


@overload
def written(value: datetime) -> str: ...
@overload
def written(value: None) -> None: ...
@overload
def written(value: datetime | None) -> str | None: ...
def written(value: datetime | None) -> str | None:
    """An instant as the API writes it, for payloads kept as JSON: `2026-11-22T09:00:00.000000Z`."""
    if value is None:
        return None
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
