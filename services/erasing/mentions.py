"""Taking a person out of the texts of the tickets, deals and tasks that they had a part in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.erasing.tables import ERASED_NAME
from services.texts import search_text
from services.transactions import Transaction

SHORTEST = 3
"""Shorter values are part of too many words to be anybody's."""
IDENTIFYING = """
    SELECT full_name, phone, email, username, external_id FROM customers
    WHERE workspace_id = $1 AND id = ANY($2::uuid[])"""
IDENTIFIERS = """
    SELECT identifier, username, phone, email FROM channel_identities
    WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[])"""
FORGET_REFUSALS = """
    UPDATE imports SET problems = '[]', failure = NULL
    WHERE workspace_id = $1 AND EXISTS (
        SELECT 1 FROM unnest($2::text[]) AS v(value)
        WHERE strpos(lower(concat_ws(' ', problems::text, failure)), v.value) > 0)"""


@dataclass(frozen=True)
class Mentioning:
    """A table of records with a text that may name whom they are about."""

    table: str
    associations: str
    reference: str
    text: str
    searched: tuple[str, ...]
    """The columns that its search text is made of, in their order."""


MENTIONING = (
    Mentioning(
        "tickets", "customer_tickets", "ticket_id", "subject", ("number", "subject", "external_id")
    ),
    Mentioning("deals", "customer_deals", "deal_id", "name", ("name", "external_id")),
    Mentioning("tasks", "customer_tasks", "task_id", "title", ("title", "external_id")),
)


async def identifying_values(tx: Transaction, ids: Sequence[UUID]) -> list[str]:
    """What names or reaches the people: names, phones, addresses, handles, the longest first.

    Read it before anything is erased.
    """
    found: set[str] = set()
    for statement in (IDENTIFYING, IDENTIFIERS):
        for row in await tx.fetch(statement, tx.workspace_id, ids):
            found.update(value.removeprefix("+") for value in row.values() if value)
    return sorted((value for value in found if len(value) >= SHORTEST), key=len, reverse=True)


async def forget_refusals(tx: Transaction, values: Sequence[str]) -> None:
    """Take out of the records of imports which rows were refused, where that names the people."""
    if values:
        await tx.execute(FORGET_REFUSALS, tx.workspace_id, [value.lower() for value in values])


async def forget_mentions(tx: Transaction, ids: Sequence[UUID], values: Sequence[str]) -> None:
    """Take the people out of the texts of their records.

    A record that is only about them loses its text whole; one that others have a part in too loses
    what names or reaches the people. Call it while the associations are still there.
    """
    for mentioning in MENTIONING:
        for row in await tx.fetch(_records(mentioning), tx.workspace_id, ids):
            text = row[mentioning.text]
            new = without(text, values) if row["shared"] else ERASED_NAME
            if new != text:
                await _write(tx, mentioning, {**row, mentioning.text: new})


def without(text: str, values: Sequence[str]) -> str:
    """The text with a placeholder for each of the values, in whatever case."""
    if not values:
        return text
    pattern = "|".join(re.escape(value) for value in values)
    return re.sub(rf"\+?(?:{pattern})", f"[{ERASED_NAME.lower()}]", text, flags=re.IGNORECASE)


def _records(mentioning: Mentioning) -> str:
    """The statement that reads the people's records, each with whether others have a part in it."""
    columns = ", ".join(f"r.{column}" for column in mentioning.searched)
    return f"""
        SELECT DISTINCT r.id, {columns}, EXISTS (
            SELECT 1 FROM {mentioning.associations} o
            WHERE o.workspace_id = $1 AND o.{mentioning.reference} = r.id
                AND o.customer_id <> ALL($2::uuid[])) AS shared
        FROM {mentioning.associations} a
        JOIN {mentioning.table} r ON r.workspace_id = $1 AND r.id = a.{mentioning.reference}
        WHERE a.workspace_id = $1 AND a.customer_id = ANY($2::uuid[])
        ORDER BY r.id"""


async def _write(tx: Transaction, mentioning: Mentioning, row: dict[str, Any]) -> None:
    await tx.execute(
        f"UPDATE {mentioning.table} SET {mentioning.text} = $3, search_text = $4"
        " WHERE workspace_id = $1 AND id = $2",
        tx.workspace_id,
        row["id"],
        row[mentioning.text],
        search_text(*(row[column] for column in mentioning.searched)),
    )
