"""Schedules: when an attempt is made again."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.webhooks.schedules import (
    JITTER,
    LONGEST_RETRY_AFTER,
    RETRY_SECONDS,
    next_attempt,
    parse_retry_after,
)
from tests.services.writing import NOW

INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
SHARES = st.floats(0, 1)


def test_the_schedule_is_the_one_that_is_promised() -> None:
    hours = [2, 5, 10, 14, 20, 24]
    promised = [timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)]
    promised += [timedelta(hours=one) for one in hours]
    assert [timedelta(seconds=one) for one in RETRY_SECONDS] == promised


@given(st.integers(1, 30), INSTANTS, SHARES, st.none() | st.timedeltas(timedelta(0)))
def test_each_wait_lies_between_the_schedules_and_a_tenth_more_unless_asked_for_longer(
    attempts: int, now: datetime, luck: float, asked: timedelta | None
) -> None:
    asked = min(asked, LONGEST_RETRY_AFTER) if asked is not None else None
    found = next_attempt(attempts, now, luck, asked)
    if attempts > 9:
        assert found is None
        return
    assert found is not None
    wait, scheduled = found - now, timedelta(seconds=RETRY_SECONDS[attempts - 1])
    assert wait >= scheduled
    assert wait >= (asked or scheduled)
    assert wait <= max(scheduled * (1 + JITTER) + timedelta(milliseconds=1), asked or scheduled)


@given(INSTANTS, st.integers(-(10**6), 10**6))
def test_a_date_to_retry_after_is_so_far_away(now: datetime, seconds: int) -> None:
    now = now.replace(microsecond=0)
    at = format_datetime(now + timedelta(seconds=seconds), usegmt=True)
    expected = min(timedelta(seconds=seconds), LONGEST_RETRY_AFTER) if seconds > 0 else None
    assert parse_retry_after(at, now) == expected
    assert parse_retry_after(str(seconds), now) == expected


@given(st.text())
def test_whatever_a_receiver_says_is_bounded(text: str) -> None:
    found = parse_retry_after(text, NOW)
    assert found is None or timedelta(0) < found <= LONGEST_RETRY_AFTER


@pytest.mark.parametrize("text", ["", "soon", "-5", "1.5", "0", "Sun, 99 Nov 2026 00:00:00 GMT"])
def test_what_is_no_retry_after_asks_for_nothing(text: str) -> None:
    assert parse_retry_after(text, NOW) is None
    assert parse_retry_after(None, NOW) is None
