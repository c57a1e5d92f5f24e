"""The contact log: one row for each customer added, connected, deleted, restored or merged.

Beside it stand the counts of each day (`contact_log_days`), so that a report over a year adds up
some thousand numbers instead of a million rows. Who writes rows of the log has them counted here.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from models import ChannelKind, ContactLog, ContactLogKind, Customer, LogSource
from models.base import new_id
from services.transactions import Transaction
from services.workspaces import time_zone

Counts = Counter[tuple[date, ContactLogKind, ChannelKind | None]]
"""How many rows, by the day in the workspace's time zone, the kind and the channel."""

ADD_COUNTS = """
    INSERT INTO contact_log_days (workspace_id, id, date, kind, channel, count)
    SELECT $1, d.id, d.date, d.kind, d.channel, d.count
    FROM unnest($2::uuid[], $3::date[], $4::text[], $5::text[], $6::bigint[])
        AS d(id, date, kind, channel, count)
    ON CONFLICT (workspace_id, date, kind, channel)
    DO UPDATE SET count = contact_log_days.count + excluded.count"""
CLEAR_COUNTS = "DELETE FROM contact_log_days WHERE workspace_id = $1"
COUNTED_ANEW = """
    SELECT (created_at AT TIME ZONE $2)::date AS date, kind, channel, count(*) AS count
    FROM contact_logs WHERE workspace_id = $1 GROUP BY 1, 2, 3"""


async def log_contact(
    tx: Transaction,
    kind: ContactLogKind,
    customer: Customer,
    source: LogSource,
    channel: ChannelKind | None = None,
) -> None:
    """Write what happened to `customer` into the log, under the transaction's actor and time.

    For a merge, `customer` is the main one. The name is kept as it is now: the row outlives the
    customer.
    """
    await ContactLog.create(
        using_db=tx.connection,
        workspace_id=tx.workspace_id,
        kind=kind,
        created_at=tx.now,
        contact_id=customer.id,
        contact_name=customer.full_name,
        source=source,
        user_id=tx.actor.user_id if tx.actor else None,
        channel=channel,
    )
    count_contacts(tx, kind, [channel])


def count_contacts(
    tx: Transaction,
    kind: ContactLogKind,
    channels: Iterable[ChannelKind | str | None],
    at: datetime | None = None,
) -> None:
    """Have rows of the log that the transaction writes counted: one for each of `channels`.

    `at` is when they say it happened: the transaction's present unless told. The counts are written
    at the transaction's end, because each locks its day for all others who write into the log.
    """
    day = (at or tx.now).astimezone(time_zone(tx.workspace)).date()
    counts: Counts = Counter()
    for channel in channels:
        counts[day, kind, ChannelKind(channel) if channel else None] += 1
    tx.at_end("contact_log_days", counts, write_counts)


async def write_counts(tx: Transaction, counts: Counts) -> None:
    """Add to the counts of days, always in the same order, so that no two wait for each other."""
    found = sorted(
        (date, kind.value, channel or "", n) for (date, kind, channel), n in counts.items()
    )
    columns: list[list[object]] = [list(column) for column in zip(*found, strict=True)]
    if not columns:
        return
    dates, kinds, channels, numbers = columns
    ids: list[UUID] = [new_id() for _ in found]
    await tx.execute(
        ADD_COUNTS, tx.workspace_id, ids, dates, kinds, [one or None for one in channels], numbers
    )


async def count_anew(tx: Transaction) -> None:
    """Make the counts of days anew from the log: after a change of the workspace's time zone, or
    where rows were loaded from elsewhere. Nobody may write into the log meanwhile."""
    await tx.execute(CLEAR_COUNTS, tx.workspace_id)
    rows = await tx.fetch(COUNTED_ANEW, tx.workspace_id, tx.workspace.timezone)
    counts: Counts = Counter()
    for row in rows:
        channel = ChannelKind(row["channel"]) if row["channel"] else None
        counts[row["date"], ContactLogKind(row["kind"]), channel] = row["count"]
    await write_counts(tx, counts)
