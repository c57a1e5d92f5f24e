"""Monitoring: how many customers there are now, and were at the end of each day gone by.

All of it is added up from the changes that `services.monitoring_days` keeps. Windows that have
closed while no job has looked are taken off on the day on which they closed, as the job will do.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any

from services.audience_sizes import Audience, mend_sizes
from services.contact_reports import Span
from services.monitoring_days import count_standing
from services.transactions import Transaction

UNSEEN = """
    customers c WHERE c.workspace_id = $1 AND c.window_status = 'ACTIVE' AND c.last_inbound_at <= $2
        AND c.deleted_at IS NULL AND c.merged_into_id IS NULL"""
"""Who counts as active though their window has closed by now; $2 is `windows.closed_since`."""
COUNTS = f"""
    SELECT coalesce(sum(d.total), 0)::bigint AS total,
        coalesce(sum(d.active), 0)::bigint - (SELECT count(*) FROM {UNSEEN}) AS active,
        coalesce(sum(d.productive), 0)::bigint AS productive
    FROM monitoring_days d WHERE d.workspace_id = $1"""
"""The counts of now."""
CHANGES = f"""
    SELECT d.date, d.total, d.active, d.productive
    FROM monitoring_days d WHERE d.workspace_id = $1
    UNION ALL
    SELECT ((c.last_inbound_at + make_interval(hours => $3::int)) AT TIME ZONE $4::text)::date,
        0, -count(*)::int, 0
    FROM {UNSEEN} GROUP BY 1"""
"""By how much the counts changed on each day; a day may come twice."""
FIRST_DAY = "SELECT min(date) AS date FROM monitoring_days WHERE workspace_id = $1"
LARGEST = """
    SELECT a.* FROM audience_sizes s
    JOIN {table} a ON a.workspace_id = $1 AND a.id = s.audience_id
    WHERE s.workspace_id = $1 AND s.kind = '{kind}' AND s.customers > 0
    ORDER BY s.customers DESC, a.name, a.id LIMIT 1"""
LARGEST_GROUP = LARGEST.format(table="groups", kind="GROUP")
LARGEST_SEGMENT = LARGEST.format(table="segments", kind="SEGMENT")

MISCOUNTED = """
    SELECT c.total - d.total AS total, c.active - d.active AS active,
        c.productive - d.productive AS productive
    FROM (
        SELECT count(*) AS total, count(*) FILTER (WHERE window_status = 'ACTIVE') AS active,
            count(*) FILTER (WHERE paid_order_count > 0) AS productive
        FROM customers
        WHERE workspace_id = $1 AND deleted_at IS NULL AND merged_into_id IS NULL
    ) c CROSS JOIN (
        SELECT coalesce(sum(total), 0) AS total, coalesce(sum(active), 0) AS active,
            coalesce(sum(productive), 0) AS productive
        FROM monitoring_days WHERE workspace_id = $1
    ) d"""
"""By how much the kept counts are too small, all in one statement: as of one instant."""
FORGET_GONE = """
    DELETE FROM audience_sizes WHERE workspace_id = $1
        AND NOT EXISTS (SELECT 1 FROM groups g WHERE g.workspace_id = $1
            AND g.id = audience_sizes.audience_id)
        AND NOT EXISTS (SELECT 1 FROM segments g WHERE g.workspace_id = $1
            AND g.id = audience_sizes.audience_id)"""
"""Who leaves a group in the moment in which it is deleted writes a number of what is gone."""
MISSIZED = """
    SELECT coalesce(n.kind, s.kind) AS kind, coalesce(n.id, s.audience_id) AS id,
        coalesce(n.customers, 0) - coalesce(s.customers, 0) AS customers
    FROM (
        SELECT 'GROUP' AS kind, a.group_id AS id, count(DISTINCT a.customer_id) AS customers
        FROM customer_groups a JOIN customers c ON c.workspace_id = $1 AND c.id = a.customer_id
        WHERE a.workspace_id = $1 AND c.deleted_at IS NULL AND c.merged_into_id IS NULL
        GROUP BY a.group_id
        UNION ALL
        SELECT 'SEGMENT', a.segment_id, count(*)
        FROM customer_segments a JOIN customers c ON c.workspace_id = $1 AND c.id = a.customer_id
        WHERE a.workspace_id = $1 AND c.deleted_at IS NULL AND c.merged_into_id IS NULL
        GROUP BY a.segment_id
    ) n FULL JOIN (
        SELECT kind, audience_id, customers FROM audience_sizes WHERE workspace_id = $1
    ) s ON s.kind = n.kind AND s.audience_id = n.id
    WHERE coalesce(n.customers, 0) <> coalesce(s.customers, 0)"""
"""By how much the kept sizes of groups and segments are too small."""


@dataclass(frozen=True)
class Standing:
    """How many customers there are, each counted once, and of what kind."""

    total: int = 0
    active: int = 0
    productive: int = 0

    @property
    def passive(self) -> int:
        """Those whose messaging window is closed."""
        return self.total - self.active

    def changed(self, by: Mapping[str, Any]) -> "Standing":
        """What it is after a change."""
        return Standing(
            self.total + by["total"], self.active + by["active"], self.productive + by["productive"]
        )


@dataclass(frozen=True)
class StandingDay:
    """The counts at the end of a day of the workspace's time zone; of today, as of now."""

    date: date
    standing: Standing


def history(span: Span, changes: Iterable[Mapping[str, Any]]) -> list[StandingDay]:
    """The days of a span with their counts. `changes` are the rows of CHANGES."""
    later = sorted(changes, key=itemgetter("date"), reverse=True)
    standing, found = Standing(), []
    for day in span.days:
        while later and later[-1]["date"] <= day:
            standing = standing.changed(later.pop())
        found.append(StandingDay(day, standing))
    return found


async def recount(tx: Transaction) -> dict[str, int]:
    """Hold the kept counts against the customers themselves, and mend what differs; by how much.

    What differs is counted on the transaction's day. Nobody is held up: changes that are committed
    meanwhile are in both or in neither. Each night, and for rows loaded past the services.
    """
    # One at a time: each mends what it has found.
    await tx.next_number("recounts")
    [row] = await tx.fetch(MISCOUNTED, tx.workspace_id)
    found = {name: int(row[name]) for name in ("total", "active", "productive")}
    count_standing(tx, tx.now, found)
    await tx.execute(FORGET_GONE, tx.workspace_id)
    sizes = await tx.fetch(MISSIZED, tx.workspace_id)
    mend_sizes(tx, {Audience(one["kind"], one["id"]): int(one["customers"]) for one in sizes})
    return {**found, "audiences": len(sizes)}
