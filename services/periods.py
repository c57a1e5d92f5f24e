"""Periods as people name them, as instants in the workspace's time zone."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.errors import invalid

MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


class PeriodPreset(StrEnum):
    """A period that has a name."""

    ALL_TIME = "ALL_TIME"
    TODAY = "TODAY"
    LAST_7_DAYS = "LAST_7_DAYS"
    LAST_30_DAYS = "LAST_30_DAYS"
    THIS_MONTH = "THIS_MONTH"


@dataclass(frozen=True)
class Period:
    """From `start` (included) to `end` (excluded); None where it has no bound on that side."""

    start: datetime | None = None
    end: datetime | None = None


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which `day` begins in `zone`.

    Raises OverflowError where that is outside the calendar.
    """
    return datetime.combine(day, time(), zone).astimezone(UTC)


def month_after(first: date) -> date:
    """The first day of the month after that of `first`."""
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def preset_period(preset: PeriodPreset, zone: ZoneInfo, now: datetime) -> Period:
    """The period that `preset` names at `now`: whole days of `zone`, today the last of them."""
    today = now.astimezone(zone).date()
    tomorrow = start_of_day(today + timedelta(days=1), zone)
    match preset:
        case PeriodPreset.ALL_TIME:
            return Period()
        case PeriodPreset.TODAY:
            return Period(start_of_day(today, zone), tomorrow)
        case PeriodPreset.LAST_7_DAYS:
            return Period(start_of_day(today - timedelta(days=6), zone), tomorrow)
        case PeriodPreset.LAST_30_DAYS:
            return Period(start_of_day(today - timedelta(days=29), zone), tomorrow)
        case PeriodPreset.THIS_MONTH:
            first = today.replace(day=1)
            return Period(start_of_day(first, zone), start_of_day(month_after(first), zone))


def day_period(day: date, zone: ZoneInfo) -> Period:
    """The whole of `day`; a Refusal (INVALID) for the calendar's first or last day."""
    try:
        return Period(start_of_day(day, zone), start_of_day(day + timedelta(days=1), zone))
    except OverflowError:
        raise invalid("day is out of range.", "day") from None


def month_period(month: str, zone: ZoneInfo) -> Period:
    """The whole of a month such as "2026-11"; a Refusal (INVALID) where there is no such month."""
    match = MONTH.fullmatch(month)
    try:
        if match is None:
            raise ValueError
        first = date(int(match[1]), int(match[2]), 1)
        return Period(start_of_day(first, zone), start_of_day(month_after(first), zone))
    except (ValueError, OverflowError):
        shown = month[:20] if month.isprintable() else "this"
        raise invalid(f"month: “{shown}” is no month. Write it like 2026-11.", "month") from None


def between_period(start: datetime, end: datetime) -> Period:
    """From `start` to `end`; a Refusal (INVALID) where it does not come before `end`."""
    if start >= end:
        raise invalid("between: from must come before to.", "between", "to")
    return Period(start, end)
