"""Periods: days, months and presets of a time zone, to the microsecond at which they turn over."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import Workspace
from services.errors import Refusal
from services.periods import (
    Period,
    PeriodPreset,
    between_period,
    day_period,
    month_period,
    preset_period,
)
from tests.asking import ask
from tests.records import Records

ZONES = [
    ZoneInfo(name)
    for name in (
        "Asia/Jakarta",
        "Asia/Makassar",
        "Asia/Jayapura",
        "Asia/Kathmandu",
        "America/New_York",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "UTC",
    )
]
MOMENTS = st.integers(0, 26 * 365 * 86_400_000_000).map(
    lambda tick: datetime(2009, 1, 1, tzinfo=UTC) + timedelta(microseconds=tick)
)
TICK = timedelta(microseconds=1)


def holds(period: Period, at: datetime) -> bool:
    """Whether an instant lies in a period."""
    after = period.start is None or period.start <= at
    return after and (period.end is None or at < period.end)


@given(at=MOMENTS, zone=st.sampled_from(ZONES), now=MOMENTS)
def test_an_instant_lies_in_exactly_its_own_day_and_month(
    at: datetime, zone: ZoneInfo, now: datetime
) -> None:
    day = at.astimezone(zone).date()
    for other in (day - timedelta(days=1), day, day + timedelta(days=1)):
        assert holds(day_period(other, zone), at) == (other == day)
    assert holds(month_period(f"{day:%Y-%m}", zone), at)
    assert not holds(month_period(f"{day.replace(day=1) - timedelta(days=1):%Y-%m}", zone), at)
    today = now.astimezone(zone).date()
    ago = (today - day).days
    for preset, held in (
        (PeriodPreset.ALL_TIME, True),
        (PeriodPreset.TODAY, ago == 0),
        (PeriodPreset.LAST_7_DAYS, 0 <= ago <= 6),
        (PeriodPreset.LAST_30_DAYS, 0 <= ago <= 29),
        (PeriodPreset.THIS_MONTH, f"{day:%Y-%m}" == f"{today:%Y-%m}"),
    ):
        assert holds(preset_period(preset, zone, now), at) == held, preset


@given(day=st.dates(date(2009, 1, 1), date(2034, 12, 31)), zone=st.sampled_from(ZONES))
def test_days_follow_each_other_without_a_gap(day: date, zone: ZoneInfo) -> None:
    assert day_period(day, zone).end == day_period(day + timedelta(days=1), zone).start


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "26-11", "2026/11", "", "2026-11-01"])
def test_what_is_no_month_is_refused(month: str) -> None:
    with pytest.raises(Refusal):
        month_period(month, ZONES[0])


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    with pytest.raises(Refusal):
        between_period(at, at)


MIDNIGHT = datetime(2026, 11, 21, 17, tzinfo=UTC)
"""When 22 November begins in Jakarta."""
NAMES = {
    "last month": datetime(2026, 10, 31, 17, tzinfo=UTC) - TICK,
    "this month": datetime(2026, 10, 31, 17, tzinfo=UTC),
    "eight days ago": MIDNIGHT - timedelta(days=6) - TICK,
    "seven days ago": MIDNIGHT - timedelta(days=6),
    "yesterday": MIDNIGHT - TICK,
    "today": MIDNIGHT,
}


@pytest.mark.parametrize(
    ("updated", "names"),
    [
        ({"preset": "ALL_TIME"}, list(NAMES)),
        ({"preset": "TODAY"}, ["today"]),
        ({"preset": "LAST_7_DAYS"}, ["seven days ago", "yesterday", "today"]),
        ({"day": "2026-11-21"}, ["yesterday"]),
        ({"day": "2026-11-22"}, ["today"]),
        ({"month": "2026-10"}, ["last month"]),
        ({"month": "2026-11"}, list(NAMES)[1:]),
        ({"preset": "THIS_MONTH"}, list(NAMES)[1:]),
        (
            {"between": {"from": "2026-11-21T23:59:59.999999+07:00", "to": MIDNIGHT.isoformat()}},
            ["yesterday"],
        ),
    ],
)
async def test_the_table_by_last_update_turns_over_at_midnight_of_the_workspace(
    workspace: Workspace, updated: dict[str, Any], names: list[str]
) -> None:
    records = Records(workspace)
    for name, at in NAMES.items():
        records.customer(name, updated_at=at)
    await records.save()
    query = "query($f: CustomerFilter) { customers(filter: $f, first: 100) { nodes { fullName } } }"
    for hour in (0, 23):
        now = MIDNIGHT + timedelta(hours=hour)
        data = await ask(workspace, query, f={"updated": updated}, now=now)
        found = [node["fullName"] for node in data["customers"]["nodes"]]
        assert sorted(found) == sorted(names)
