"""How long a campaign's message to a customer is shown: so many calendar months in their zone."""

from calendar import monthrange
from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def visible_until(sent_at: datetime, months: int, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, from which a message sent at `sent_at` is no longer shown.

    That is the same time of day, `months` calendar months later, in `zone`: on the month's last day
    where it has no such day (12 months after 29 February is 28 February). A time that clocks skip
    there is moved on by as much as they are; of one that they show twice, the first counts.
    """
    local = sent_at.astimezone(zone).replace(tzinfo=None, fold=0)
    month = local.year * 12 + local.month - 1 + months
    year, month = divmod(month, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    later = local.replace(year=year, month=month + 1, day=day)
    # With fold=0 zoneinfo reads a skipped time by the offset before the change (PEP 495).
    return later.replace(tzinfo=zone).astimezone(UTC)
