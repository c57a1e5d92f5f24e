"""How long campaign interactions are shown: calendar months in the workspace's zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.database import application_connection
from services.visibility import visible_until

JAKARTA = ZoneInfo("Asia/Jakarta")
NEW_YORK = ZoneInfo("America/New_York")
WITHOUT_SUMMER_TIME = (
    "UTC",
    "Asia/Jakarta",
    "Asia/Makassar",
    "Asia/Jayapura",
    "Asia/Singapore",
    "Asia/Kolkata",
    "Asia/Kathmandu",
)
WITH_SUMMER_TIME = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca")
INSTANTS = st.datetimes(  # Hypothesis adds the zone itself
    min_value=datetime(1995, 1, 1),  # noqa: DTZ001
    max_value=datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
MONTHS = st.integers(1, 60)


def until(local: str, months: int = 12, zone: ZoneInfo = JAKARTA) -> str:
    sent_at = datetime.fromisoformat(local).replace(tzinfo=zone)
    found = visible_until(sent_at, months, zone)
    assert found.tzinfo is UTC
    return found.astimezone(zone).isoformat()


@pytest.mark.parametrize(
    ("sent", "months", "shown_until"),
    [
        ("2025-11-22T09:30:00.123456", 12, "2026-11-22T09:30:00.123456+07:00"),
        ("2024-02-29T23:59:59", 12, "2025-02-28T23:59:59+07:00"),
        ("2023-02-28T10:00:00", 12, "2024-02-28T10:00:00+07:00"),
        ("2024-02-29T10:00:00", 48, "2028-02-29T10:00:00+07:00"),
        ("2025-08-31T00:00:00", 6, "2026-02-28T00:00:00+07:00"),
        ("2025-10-31T00:00:00", 1, "2025-11-30T00:00:00+07:00"),
        ("2025-12-31T00:00:00", 1, "2026-01-31T00:00:00+07:00"),
        ("2025-12-15T00:00:00", 12, "2026-12-15T00:00:00+07:00"),
    ],
)
def test_months_are_calendar_months_clipped_to_the_end_of_a_shorter_one(
    sent: str, months: int, shown_until: str
) -> None:
    assert until(sent, months) == shown_until


def test_the_day_is_that_of_the_zone_and_not_of_utc() -> None:
    # 18:00 UTC on 28 February is 1 March in Jakarta.
    sent_at = datetime(2023, 2, 28, 18, 0, tzinfo=UTC)
    assert visible_until(sent_at, 12, JAKARTA) == datetime(2024, 2, 29, 18, 0, tzinfo=UTC)
    assert visible_until(sent_at, 12, ZoneInfo("UTC")) == datetime(2024, 2, 28, 18, 0, tzinfo=UTC)


def test_a_time_that_clocks_skip_is_moved_on_by_as_much_as_they_are() -> None:
    # In New York there was no 02:30 on 8 March 2026.
    assert until("2025-03-08T02:30:00", 12, NEW_YORK) == "2026-03-08T03:30:00-04:00"


def test_of_a_time_that_clocks_show_twice_the_first_counts() -> None:
    # In New York 01:30 came twice on 1 November 2026, first in summer time.
    assert until("2025-11-01T01:30:00", 12, NEW_YORK) == "2026-11-01T01:30:00-04:00"


def test_whichever_of_two_like_times_it_was_sent_at_it_is_shown_until_one_time() -> None:
    first = datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK)
    second = first.replace(fold=1)
    assert second.astimezone(UTC) - first.astimezone(UTC) == timedelta(hours=1)
    assert visible_until(first, 12, NEW_YORK) == visible_until(second, 12, NEW_YORK)


@given(sent_at=INSTANTS, months=MONTHS, zone=st.sampled_from(WITHOUT_SUMMER_TIME))
def test_a_later_message_is_never_hidden_before_an_earlier_one(
    sent_at: datetime, months: int, zone: str
) -> None:
    later = sent_at + timedelta(minutes=30)
    place = ZoneInfo(zone)
    assert visible_until(sent_at, months, place) <= visible_until(later, months, place)


@given(
    sent_at=INSTANTS,
    months=MONTHS,
    zone=st.sampled_from(WITHOUT_SUMMER_TIME + WITH_SUMMER_TIME),
)
def test_it_is_the_same_time_of_day_in_the_month_that_many_months_later(
    sent_at: datetime, months: int, zone: str
) -> None:
    place = ZoneInfo(zone)
    local = sent_at.astimezone(place)
    found = visible_until(sent_at, months, place).astimezone(place)
    assert (found.year - local.year) * 12 + found.month - local.month == months
    assert found.day == local.day or (found + timedelta(days=1)).day == 1
    # Clocks that change on that very day may move it by as much as they do.
    assert found.time() == local.time() or not same_offset(found)


def same_offset(local: datetime) -> bool:
    """Whether clocks show the same all day around a local time."""
    day = timedelta(days=1)
    around = {
        (local.astimezone(UTC) + shift).astimezone(local.tzinfo).utcoffset()
        for shift in (-day, 0 * day, day)
    }
    return len(around) == 1


@settings(max_examples=60, deadline=None)
@given(sent_at=INSTANTS, months=MONTHS, zone=st.sampled_from(WITHOUT_SUMMER_TIME))
async def test_postgresql_says_the_same_where_there_is_no_summer_time(
    database: None, sent_at: datetime, months: int, zone: str
) -> None:
    rows = await application_connection().execute_query_dict(
        "SELECT ($1::timestamptz AT TIME ZONE $2::text + make_interval(months => $3))"
        " AT TIME ZONE $2::text AS until",
        [sent_at, zone, months],
    )
    assert visible_until(sent_at, months, ZoneInfo(zone)) == rows[0]["until"]
