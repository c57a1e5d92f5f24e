"""Days of monitoring: by how much each count changed, kept so that nobody has to count customers.

`monitoring_days` holds the changes of each day of the workspace's time zone. Who changes what a
customer counts as (`services.standing`) adds to them in the same transaction, so the counts are
right at every commit, and for each day that is over, whether or not any job has run.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from models.base import new_id
from services.transactions import Transaction
from services.workspaces import time_zone

ADD = """
    INSERT INTO monitoring_days (workspace_id, id, date, total, active, productive)
    SELECT $1, d.id, d.date, d.total, d.active, d.productive
    FROM unnest($2::uuid[], $3::date[], $4::int[], $5::int[], $6::int[])
        AS d(id, date, total, active, productive)
    ON CONFLICT (workspace_id, date) DO UPDATE SET
        total = monitoring_days.total + excluded.total,
        active = monitoring_days.active + excluded.active,
        productive = monitoring_days.productive + excluded.productive"""
FIGURES = ("total", "active", "productive")


class Counted(NamedTuple):
    """What is counted together: a day, and one of FIGURES."""

    date: date
    figure: str


def count_standing(tx: Transaction, at: datetime, changes: Mapping[str, int]) -> None:
    """Have the counts change by so much on the day of `at`; written at the transaction's end."""
    day = at.astimezone(time_zone(tx.workspace)).date()
    counts = Counter({Counted(day, name): number for name, number in changes.items()})
    tx.at_end("monitoring_days", counts, write_standing)


async def write_standing(tx: Transaction, counts: Counter[Any]) -> None:
    """Add to the days' changes, always in the same order, so that no two wait for each other."""
    days = sorted({one.date for one, number in counts.items() if number})
    if not days:
        return
    await tx.execute(
        ADD,
        tx.workspace_id,
        [new_id() for _ in days],
        days,
        *([counts[Counted(day, figure)] for day in days] for figure in FIGURES),
    )
