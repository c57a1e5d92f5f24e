"""Everything that is held of one person, for their own right of access (UU PDP, GDPR)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from tortoise.fields.data import JSON_LOADS

from services.errors import not_found
from services.instants import written
from services.transactions import Transaction

PERSON = """
    SELECT id FROM customers WHERE workspace_id = $1 AND (
        id = $2 OR merged_into_id = $2
        OR id = (SELECT merged_into_id FROM customers WHERE workspace_id = $1 AND id = $2)
        OR merged_into_id = (SELECT merged_into_id FROM customers
            WHERE workspace_id = $1 AND id = $2)
    ) AND erased_at IS NULL
    ORDER BY merged_into_id NULLS FIRST, id"""
OURS = frozenset(
    {"workspace_id", "search_text", "name_key", "origin_customer_id", "window_status", "expired_at"}
)
"""Columns that say nothing of the person: how they are found and sorted, and whose they are."""
JSON_COLUMNS = frozenset({"properties", "changes"})
OF_CUSTOMER = "WHERE t.workspace_id = $1 AND t.customer_id = ANY($2::uuid[])"


@dataclass(frozen=True)
class Section:
    """A part of the answer: a name, and the statement that reads its rows."""

    name: str
    statement: str


def _own(name: str, table: str, order: str) -> Section:
    return Section(name, f"SELECT t.* FROM {table} t {OF_CUSTOMER} ORDER BY t.{order}, t.id")


def _associated(name: str, table: str, associations: str, reference: str) -> Section:
    return Section(
        name,
        f"""SELECT r.* FROM {table} r WHERE r.workspace_id = $1 AND r.id IN (
            SELECT t.{reference} FROM {associations} t {OF_CUSTOMER})
        ORDER BY r.created_at, r.id""",
    )


SECTIONS = (
    Section(
        "profiles",
        "SELECT * FROM customers t WHERE t.workspace_id = $1 AND t.id = ANY($2::uuid[])"
        " ORDER BY t.merged_into_id NULLS FIRST, t.id",
    ),
    _own("identities", "channel_identities", "connected_at"),
    _own("conversations", "conversations", "opened_at"),
    Section(
        "messages",
        f"""SELECT m.* FROM messages m WHERE m.workspace_id = $1 AND m.conversation_id IN (
            SELECT t.id FROM conversations t {OF_CUSTOMER})
        ORDER BY m.sent_at, m.id""",
    ),
    _own("campaignInteractions", "campaign_interactions", "sent_at"),
    _own("orders", "orders", "ordered_at"),
    Section(
        "orderItems",
        f"""SELECT i.* FROM order_items i WHERE i.workspace_id = $1 AND i.order_id IN (
            SELECT t.id FROM orders t {OF_CUSTOMER})
        ORDER BY i.order_id, i.position""",
    ),
    _associated("companies", "companies", "customer_companies", "company_id"),
    _associated("tickets", "tickets", "customer_tickets", "ticket_id"),
    _associated("deals", "deals", "customer_deals", "deal_id"),
    _associated("tasks", "tasks", "customer_tasks", "task_id"),
    _associated("groups", "groups", "customer_groups", "group_id"),
    _associated("segments", "segments", "customer_segments", "segment_id"),
    _associated("tags", "tags", "customer_tags", "tag_id"),
    _own("history", "profile_changes", "changed_at"),
    Section(
        "merges",
        """SELECT t.* FROM merge_members t WHERE t.workspace_id = $1
        AND (t.main_id = ANY($2::uuid[]) OR t.customer_id = ANY($2::uuid[]))
        ORDER BY t.merged_at, t.id""",
    ),
    Section(
        "contactLog",
        "SELECT * FROM contact_logs t WHERE t.workspace_id = $1"
        " AND t.contact_id = ANY($2::uuid[]) ORDER BY t.created_at, t.id",
    ),
)


async def customer_data(tx: Transaction, customer_id: UUID) -> dict[str, Any]:
    """All that is held of the person whom an id stands for, the members merged in among it.

    `{"takenAt": …, "<section>": [row, …]}`, JSON throughout: names in camelCase, times in UTC with
    their offset, money as text. A deleted person's data are held, so they are given too. Raises a
    Refusal (NOT_FOUND) at `customerId` for one who is unknown or erased. Demanded by UU PDP (Law 27
    of 2022, article 7) and GDPR articles 15 and 20.
    """
    ids = [row["id"] for row in await tx.fetch(PERSON, tx.workspace_id, customer_id)]
    if not ids:
        raise not_found("customer", "customerId")
    found: dict[str, Any] = {"takenAt": written(tx.now)}
    for section in SECTIONS:
        rows = await tx.fetch(section.statement, tx.workspace_id, ids)
        found[section.name] = [_shown(row) for row in rows]
    return found


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        _camel(column): _plain(column, value) for column, value in row.items() if column not in OURS
    }


def _camel(column: str) -> str:
    first, *others = column.split("_")
    return first + "".join(word.capitalize() for word in others)


def _plain(column: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return written(value)
    if isinstance(value, UUID | Decimal | date):
        return str(value)
    if column in JSON_COLUMNS and isinstance(value, str):
        return JSON_LOADS(value)
    return value
