"""Contact reports: how the number of customers grew over a period, and by what.

Whole days are added up from the counts that are written with the log (`services.contact_logs`);
what is left of a day at either end of a period is counted from the log itself.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from models import ChannelKind, ContactLogKind
from services.errors import invalid
from services.periods import Period, start_of_day

LONGEST = 3_660
"""Days of a report's series: ten years."""

OF_DAYS = """
    SELECT CASE WHEN date >= $2 THEN date END AS date, kind, channel,
        sum(count)::bigint AS count, sum(customers)::bigint AS customers
    FROM contact_log_days WHERE workspace_id = $1 AND date < $3 GROUP BY 1, 2, 3"""
"""The counts of each day from $2 to before $3; those of all days before $2 have no date."""
OF_HOURS = """
    SELECT kind, channel, count(*) AS count, sum(customers)::bigint AS customers
    FROM contact_logs WHERE workspace_id = $1 AND kind = ANY($4::text[])
        AND created_at >= $2 AND created_at < $3 GROUP BY 1, 2"""
"""The counts of a part of a day."""
FIRST_DAY = "SELECT min(date) AS date FROM contact_log_days WHERE workspace_id = $1"

CAME = frozenset({ContactLogKind.ADDED, ContactLogKind.RESTORED, ContactLogKind.UNMERGED})
LEFT = frozenset({ContactLogKind.DELETED, ContactLogKind.MERGED})


@dataclass
class Change:
    """What happened, as numbers of the log's rows."""

    added: int = 0
    connected: int = 0
    deleted: int = 0
    restored: int = 0
    merged: int = 0
    unmerged: int = 0

    def count(self, kind: ContactLogKind, number: int) -> None:
        """Count rows of a kind."""
        name = kind.value.lower()
        setattr(self, name, getattr(self, name) + number)


@dataclass
class ContactDay(Change):
    """What happened on a day of the workspace's time zone, as far as it is in the period."""

    date: date = date.min


@dataclass
class ContactOverview(Change):
    """What happened in a period, and how many customers there were at its ends."""

    total_at_start: int = 0
    total_at_end: int = 0
    daily: list[ContactDay] = field(default_factory=list)
    by_source: Counter[ChannelKind | None] = field(default_factory=Counter)

    @property
    def growth(self) -> int:
        """By how many customers there were more at the end."""
        return self.total_at_end - self.total_at_start


@dataclass(frozen=True)
class Span:
    """A period of a report, with both its ends, in a time zone."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    @property
    def first(self) -> date:
        """The day that it begins on."""
        return self.start.astimezone(self.zone).date()

    @property
    def last(self) -> date:
        """The last day of which anything is in it."""
        return (self.end - timedelta(microseconds=1)).astimezone(self.zone).date()

    def midnight(self, day: date) -> datetime:
        """When a day begins."""
        return start_of_day(day, self.zone)

    @property
    def days(self) -> list[date]:
        """All days of which anything is in it."""
        count = (self.last - self.first).days + 1 if self.start < self.end else 0
        return [self.first + timedelta(days=number) for number in range(count)]


def span_of(period: Period, first: date | None, zone: ZoneInfo, now: datetime) -> Span:
    """The span of a period at `now`: nothing is reported of the days to come.

    `first` is the first day that the log has anything of: where a period without a beginning
    begins. Raises a Refusal (INVALID) at `period` for more than ten years.
    """
    today = now.astimezone(zone).date()
    tomorrow = start_of_day(today + timedelta(days=1), zone)
    end = min(period.end, tomorrow) if period.end is not None else tomorrow
    start = period.start
    if start is None:
        start = start_of_day(min(first or today, today), zone)
    if end - start > timedelta(days=LONGEST):
        raise invalid(f"period: a report is of at most {LONGEST} days.", "period")
    return Span(start, max(start, end), zone)


def whole_days(span: Span) -> tuple[date, date]:
    """From which day on, and until which (excluded), the days lie in a span as a whole."""
    first, after = span.first, span.end.astimezone(span.zone).date()
    if span.midnight(first) < span.start:
        first += timedelta(days=1)
    return first, max(first, after)


def parts(span: Span) -> list[tuple[date | None, datetime, datetime]]:
    """What is to be counted from the log itself: ranges of instants, each of a day of the span, or
    of the time before it (None)."""
    first, after = whole_days(span)
    found: list[tuple[date | None, datetime, datetime]] = []
    if first > span.first:
        found.append((None, span.midnight(span.first), span.start))
        found.append((span.first, span.start, min(span.midnight(first), span.end)))
    begun = span.midnight(after)
    if after >= first and begun < span.end:
        found.append((after, begun, span.end))
    return found


def overview(span: Span, rows: Iterable[Mapping[str, Any]]) -> ContactOverview:
    """The report of a span. `rows` are counts: their date, None for before the span, kind, channel,
    the number of the log's rows, and of the customers that these are of."""
    days = {day: ContactDay(date=day) for day in span.days}
    found = ContactOverview(daily=[*days.values()])
    for row in rows:
        kind, day = ContactLogKind(row["kind"]), row["date"]
        moved = int(row["customers"]) * ((kind in CAME) - (kind in LEFT))
        found.total_at_end += moved
        if day is None:
            found.total_at_start += moved
            continue
        number = int(row["count"])
        found.count(kind, number)
        days[day].count(kind, number)
        if kind is ContactLogKind.ADDED:
            channel = ChannelKind(row["channel"]) if row["channel"] else None
            found.by_source[channel] += number
    return found
