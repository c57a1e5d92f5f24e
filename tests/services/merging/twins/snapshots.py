"""Snapshots: every row of a workspace, as PostgreSQL writes it, named so that twins compare."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.fields.data import JSON_LOADS

from models import Workspace
from models.database import application_connection
from services.conversations import ALSO_CALLED
from services.transactions import workspace_transaction
from tests.rows import NOW

Row = dict[str, Any]
Snapshot = dict[str, list[Row]]

LOGS = frozenset(
    {
        # what happened, and to whom
        "events",
        "contact_logs",
        "contact_log_days",
        "merges",
        "merge_members",
        "merge_values",
        "webhook_deliveries",
        "webhook_attempts",
        "idempotency_keys",
        "job_runs",
        # sums over all customers: tests/services/test_monitoring.py counts them anew
        "monitoring_days",
        "audience_sizes",
        # the workspace itself, whose name is another
        "workspaces",
        # numbers of events, and locks on contacts
        "counters",
        # who may be the same person: found again by the job, dismissed by a merge
        "duplicate_suggestions",
        "duplicate_keys",
        "duplicate_comparisons",
    }
)
"""The tables that are no state of the customers: what the identity leaves out."""
VERSIONS = {"customers": ("version",)}
"""Columns that only count up."""
HISTORY = "profile_changes"
"""A log whose rows belong to customers: they are handed on and back, but what they say of an edit
is what was there before it."""
DERIVED = frozenset({"customers", "property_index_entries", "customer_segments"})
"""The tables that a merge changes, besides handing rows on: see `recounts`."""
OWN_TABLES = """
    SELECT table_name AS name FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name = 'workspace_id' ORDER BY table_name"""
NATURAL_KEYS: dict[str, tuple[str, ...]] = {
    "property_definitions": ("key",),
    "conversations": ("external_id", "identity_id", "created_at"),
    "messages": ("external_id",),
    "campaign_interactions": ("external_id",),
    "companies": ("external_id",),
    "tickets": ("external_id",),
    "deals": ("external_id",),
    "tasks": ("external_id",),
    "orders": ("external_id",),
    "order_items": ("order_id", "position"),
    "customer_companies": ("company_id", "origin_customer_id"),
    "customer_tickets": ("ticket_id", "origin_customer_id"),
    "customer_deals": ("deal_id", "origin_customer_id"),
    "customer_tasks": ("task_id", "origin_customer_id"),
    "customer_groups": ("group_id", "origin_customer_id"),
    "customer_tags": ("tag_id", "origin_customer_id"),
    "customer_segments": ("segment_id", "customer_id"),
    "property_index_entries": (
        "property_id",
        "customer_id",
        "text_value",
        "number_value",
        "time_value",
    ),
}
"""What tells rows apart whose ids are made up; those that refer come after what they refer to."""


async def tables_compared() -> list[str]:
    """Every table of a workspace but the logs: one that is made tomorrow is in it tomorrow."""
    rows = await application_connection().execute_query_dict(OWN_TABLES)
    return [row["name"] for row in rows if row["name"] not in LOGS]


async def snapshot(workspace: Workspace, tables: list[str]) -> Snapshot:
    """All rows of the tables, by one statement."""
    sql = " UNION ALL ".join(
        f"SELECT '{name}' AS name,"
        " coalesce(jsonb_agg(to_jsonb(t.*) - 'workspace_id'), '[]') AS rows"
        f" FROM {name} AS t WHERE t.workspace_id = $1"
        for name in tables
    )
    async with workspace_transaction(workspace.id) as tx:
        found = await tx.fetch(sql, workspace.id)
    return {row["name"]: JSON_LOADS(row["rows"]) for row in found}


class Names:
    """What the rows of a workspace are called, whatever their ids are.

    Customers of the base by their external ids, those who came later by when they did.
    """

    def __init__(self, found: Snapshot) -> None:
        self.of: dict[str, str] = {}
        self.identity: dict[str, str] = {}
        for row in found["channel_identities"]:
            name = f"{row['kind']} {row['identifier']} {row['channel_id'][:8]}"
            self.of[row["id"]] = name
            self.identity[name] = row["id"]
        self.customers: dict[str, str] = {}
        made = Counter(row["created_at"] for row in found["customers"])
        for row in found["customers"]:
            at, own = row["created_at"], row["external_id"] or f"erased {row['id']}"
            if datetime.fromisoformat(at) > NOW:
                # An import may make several at one instant.
                name = f"customer of {at}" if made[at] == 1 else f"{own}, customer of {at}"
            else:
                name = own
            self.of[row["id"]] = name
            self.customers[name] = row["id"]
        for table, columns in NATURAL_KEYS.items():
            for row in found[table]:
                told = " ".join(str(self.of.get(row[c], row[c])) for c in columns)
                self.of[row["id"]] = f"{table} {told}"

    def customer(self, name: str) -> UUID:
        """A customer's id."""
        return UUID(self.customers[name])

    def named(self, row: Row) -> Row:
        """The row with names instead of ids."""
        return {
            column: self.of.get(value, value) if isinstance(value, str) else value
            for column, value in row.items()
        }


def named_rows(found: Snapshot, table: str, main: Mapping[str, str] | None = None) -> list[Row]:
    """A table's rows under their names.

    With `main`, who is part of whom, each is put back to the customer that it came in with, where
    it stands with that one's main customer, and nowhere else; and conversations are not found by
    the main customer's name.
    """
    names = Names(found)
    rows = [names.named(row) for row in found[table]]
    for row in rows:
        origin = row.get("origin_customer_id")
        if main is not None and origin is not None and row["customer_id"] == main[origin]:
            row["customer_id"] = origin
        if main is not None and table == "conversations":
            row["search_text"] = row["search_text"].split(ALSO_CALLED)[0]
        for column in VERSIONS.get(table, ()):
            row.pop(column)
    return rows


def differences(
    merging: Snapshot, twin: Snapshot, main: Mapping[str, str] | None = None
) -> list[str]:
    """What is in one workspace and not in the other, in words; nothing where they are the same.

    With `main`, who is part of whom at this instant, only the tables are compared whose rows a
    merge hands on and otherwise leaves alone.
    """
    found = []
    for table in merging:
        if table == HISTORY or (main is not None and table in DERIVED):
            continue
        ours, theirs = named_rows(merging, table, main), named_rows(twin, table)
        found += table_differences(table, ours, theirs)
    return found


def table_differences(table: str, ours: list[Row], theirs: list[Row]) -> list[str]:
    """How two tables differ, row by row."""
    counts = Counter(row["id"] for row in ours), Counter(row["id"] for row in theirs)
    found = [f"{table}: only where merged: {name}" for name in (counts[0] - counts[1]).elements()]
    found += [f"{table}: only in the twin: {name}" for name in (counts[1] - counts[0]).elements()]
    by_name = {row["id"]: row for row in theirs}
    for row in ours:
        other = by_name.get(row["id"], row)
        found += [
            f"{table} {row['id']}: {column} is {row[column]!r}, in the twin {other[column]!r}"
            for column in row
            if row[column] != other[column]
        ]
    return found
