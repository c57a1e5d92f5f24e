"""Contact reports: days of the workspace, totals that add up, and whole days and parts of days."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import ContactLogKind
from services.contact_reports import overview, parts, span_of, whole_days
from services.errors import Refusal
from services.periods import Period, start_of_day

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
ZONES = st.sampled_from(["Asia/Jakarta", "Asia/Jayapura", "America/New_York", "Asia/Kathmandu"])
MOMENTS = st.integers(0, 33 * 86_400).map(lambda seconds: NOW - timedelta(seconds=seconds))
LOGS = st.lists(st.tuples(MOMENTS, st.sampled_from(list(ContactLogKind))), max_size=40)
MOVED = {"ADDED": 1, "RESTORED": 1, "UNMERGED": 1, "DELETED": -1, "MERGED": -1, "CONNECTED": 0}


def counted(logs: list[tuple[datetime, ContactLogKind]], zone: ZoneInfo, span: Any) -> list[Any]:
    """What the database would count: whole days from the daily counts, the rest from the log."""
    first, after = whole_days(span)
    rows: Counter[Any] = Counter()
    for at, kind in logs:
        day = at.astimezone(zone).date()
        if day < span.first:
            rows[None, kind] += 1
        elif first <= day < after:
            rows[day, kind] += 1
        for told, start, end in parts(span):
            if start <= at < end:
                rows[told, kind] += 1
    return [
        {"date": day, "kind": kind.value, "channel": None, "count": n, "customers": n}
        for (day, kind), n in rows.items()
    ]


@settings(max_examples=200, deadline=None)
@given(logs=LOGS, name=ZONES, start=MOMENTS, hours=st.integers(1, 900), aligned=st.booleans())
def test_a_report_of_any_period_adds_up(
    logs: list[tuple[datetime, ContactLogKind]],
    name: str,
    start: datetime,
    hours: int,
    aligned: bool,
) -> None:
    zone = ZoneInfo(name)
    end = start + timedelta(hours=hours)
    if aligned:
        start = start_of_day(start.astimezone(zone).date(), zone)
    span = span_of(Period(start, end), None, zone, NOW)
    found = overview(span, counted(logs, zone, span))
    inside = [(at, kind) for at, kind in logs if start <= at < end]
    for kind in ContactLogKind:
        number = sum(one is kind for _, one in inside)
        assert getattr(found, kind.value.lower()) == number
        assert sum(getattr(day, kind.value.lower()) for day in found.daily) == number
    assert found.total_at_start == sum(MOVED[kind] for at, kind in logs if at < start)
    assert found.total_at_end == sum(MOVED[kind] for at, kind in logs if at < end)
    assert found.growth == sum(MOVED[kind] for _, kind in inside)
    for day in found.daily:
        of_day = [kind for at, kind in inside if at.astimezone(zone).date() == day.date]
        assert day.added == of_day.count(ContactLogKind.ADDED)


def test_the_series_has_each_day_until_today() -> None:
    zone = ZoneInfo("Asia/Jakarta")
    month = Period(datetime(2026, 10, 31, 17, tzinfo=UTC), datetime(2026, 11, 30, 17, tzinfo=UTC))
    found = overview(span_of(month, None, zone, NOW), [])
    assert [day.date.day for day in found.daily] == list(range(1, 23))


def test_all_time_begins_with_the_log() -> None:
    zone = ZoneInfo("Asia/Jakarta")
    span = span_of(Period(), date(2026, 11, 20), zone, NOW)
    assert [day.day for day in span.days] == [20, 21, 22]
    assert span_of(Period(), None, zone, NOW).days == [date(2026, 11, 22)]


def test_a_period_to_come_has_nothing() -> None:
    zone = ZoneInfo("Asia/Jakarta")
    start = NOW + timedelta(days=9)
    span = span_of(Period(start, start + timedelta(days=2)), None, zone, NOW)
    assert (span.days, overview(span, []).growth) == ([], 0)


def test_more_than_ten_years_are_refused() -> None:
    period = Period(datetime(1990, 1, 1, tzinfo=UTC), NOW)
    with pytest.raises(Refusal):
        span_of(period, None, ZoneInfo("Asia/Jakarta"), NOW)


def test_two_clocks_of_one_zone_are_one_day_where_they_are_turned_back() -> None:
    zone = ZoneInfo("America/New_York")
    start = datetime(2026, 11, 1, 4, tzinfo=UTC)
    span = span_of(Period(start, start + timedelta(hours=25)), None, zone, NOW)
    assert span.days == [date(2026, 11, 1)]
    assert parts(span) == []
