"""The contact log: one row for each customer added, connected, deleted, restored or merged.

Beside it stand the counts of each day (`contact_log_days`), so that a report over a year adds up
some thousand numbers instead of a million rows. Who writes rows of the log has them counted here.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from models import ChannelKind, ContactLog, ContactLogKind, Customer, LogSource
from models.base import new_id
from services.transactions import Transaction
from services.workspaces import time_zone

ADD_COUNTS = """
    INSERT INTO contact_log_days (workspace_id, id, date, kind, channel, count, customers)
    SELECT $1, d.id, d.date, d.kind, d.channel, d.count, d.customers
    FROM unnest($2::uuid[], $3::date[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
        AS d(id, date, kind, channel, count, customers)
    ON CONFLICT (workspace_id, date, kind, channel) DO UPDATE SET
        count = contact_log_days.count + excluded.count,
        customers = contact_log_days.customers + excluded.customers"""
HOLD_COUNTS = """
    SELECT id FROM contact_log_days WHERE workspace_id = $1
    ORDER BY date, kind, channel FOR UPDATE"""
# One statement, so that both see the same writers: of whom the log shows a row, the count is gone.
COUNTED_ANEW = """
    WITH gone AS (DELETE FROM contact_log_days WHERE workspace_id = $1 RETURNING id)
    SELECT (created_at AT TIME ZONE $2)::date AS date, kind, channel, count(*) AS count,
        sum(customers) AS customers
    FROM contact_logs WHERE workspace_id = $1 GROUP BY 1, 2, 3"""


class Counted(NamedTuple):
    """What is counted together; `measure` is "count" or "customers"."""

    date: date
    kind: str
    channel: str
    measure: str


async def log_contact(
    tx: Transaction,
    kind: ContactLogKind,
    customer: Customer,
    source: LogSource,
    channel: ChannelKind | None = None,
    customers: int = 1,
) -> None:
    """Write what happened to `customer` into the log, under the transaction's actor and time.

    For a merge, `customer` is the main one, and `customers` the number of those who left the lists
    by it. The name is kept as it is now: the row outlives the customer.
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
        customers=customers,
    )
    count_contacts(tx, kind, [channel], customers=customers)


def count_contacts(
    tx: Transaction,
    kind: ContactLogKind,
    channels: Iterable[ChannelKind | str | None],
    at: datetime | None = None,
    customers: int = 1,
) -> None:
    """Have rows of the log that the transaction writes counted: one for each of `channels`.

    `at` is when they say it happened, the transaction's present unless told; `customers` how many
    each row is of. The counts are written at the transaction's end, because each locks its day for
    all others who write into the log.
    """
    day = (at or tx.now).astimezone(time_zone(tx.workspace)).date()
    counts: Counter[Counted] = Counter()
    for channel in channels:
        counts[Counted(day, kind.value, channel or "", "count")] += 1
        counts[Counted(day, kind.value, channel or "", "customers")] += customers
    tx.at_end("contact_log_days", counts, write_counts)


async def write_counts(tx: Transaction, counts: Counter[Counted]) -> None:
    """Add to the counts of days, always in the same order, so that no two wait for each other."""
    days = sorted({one[:3] for one in counts})
    if not days:
        return
    await tx.execute(
        ADD_COUNTS,
        tx.workspace_id,
        [new_id() for _ in days],
        [date for date, _, _ in days],
        [kind for _, kind, _ in days],
        [channel or None for _, _, channel in days],
        [counts[Counted(*day, "count")] for day in days],
        [counts[Counted(*day, "customers")] for day in days],
    )


async def count_anew(tx: Transaction) -> None:
    """Make the counts of days anew from the log: after a change of the workspace's time zone, or
    where rows were loaded from elsewhere. Who writes into the log meanwhile is counted, too."""
    await tx.fetch(HOLD_COUNTS, tx.workspace_id)
    counts: Counter[Counted] = Counter()
    for row in await tx.fetch(COUNTED_ANEW, tx.workspace_id, tx.workspace.timezone):
        for measure in ("count", "customers"):
            key = Counted(row["date"], row["kind"], row["channel"] or "", measure)
            counts[key] = int(row[measure])
    await write_counts(tx, counts)
