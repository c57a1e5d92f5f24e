"""When a delivery is attempted again, and when that is given up."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

HOUR = 3_600.0
RETRY_SECONDS = (5.0, 300.0, 1_800.0, *(hours * HOUR for hours in (2, 5, 10, 14, 20, 24)))
"""How long after each failed attempt the next one is made: ten attempts in some three days."""
JITTER = 0.1
"""A wait is up to so much of itself longer: what failed together does not come back together."""
LONGEST_RETRY_AFTER = timedelta(hours=24)
"""A receiver that asks for more is not waited for longer."""
GIVEN_UP_AFTER = timedelta(days=5)
"""An endpoint that has failed for so long without a success is disabled."""
SECRET_OVERLAP = timedelta(hours=24)
"""For how long a secret that was replaced still signs."""


def next_attempt(
    attempts: int,
    now: datetime,
    luck: float,
    retry_after: timedelta | None = None,
    waits: Sequence[float] = RETRY_SECONDS,
) -> datetime | None:
    """When to try again after `attempts` failed ones, the last at `now`; None: not any more.

    `luck`, from 0 to 1, is the share of the jitter. What the receiver asks for can only make the
    wait longer.
    """
    if attempts > len(waits):
        return None
    wait = timedelta(seconds=waits[attempts - 1] * (1 + JITTER * luck))
    return now + max(wait, retry_after or wait)


def parse_retry_after(value: str | None, now: datetime) -> timedelta | None:
    """What a `Retry-After` header asks for: seconds, or a date (RFC 9110, 10.2.3); None: nothing.

    At most LONGEST_RETRY_AFTER.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        asked = timedelta(seconds=min(int(text[:9]), 10**8))
    else:
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        asked = (at if at.tzinfo is not None else at.replace(tzinfo=UTC)) - now
    if asked <= timedelta(0):
        return None
    return min(asked, LONGEST_RETRY_AFTER)
