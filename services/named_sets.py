"""Groups and tags as named things: making, renaming and deleting them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models.base import WorkspaceModel, new_id
from services.errors import ErrorCode, Refusal, not_found
from services.rows import insert_row, update_row
from services.texts import clean_line, fold
from services.transactions import RetryTransaction, Transaction


@dataclass(frozen=True)
class NamedSet:
    """A kind of named set of customers, and the table that says who is in it."""

    model: type[WorkspaceModel]
    word: str
    memberships: str
    column: str
    longest: int


async def save_named(
    tx: Transaction,
    kind: NamedSet,
    id: UUID | None,
    name: str,
    values: Mapping[str, Any],
    *,
    check: Callable[[Any], None] = lambda row: None,
) -> Any:
    """Make one with these values, or change the one with `id`; `check` looks at what it would be.

    Names are compared without case and accents. Raises a Refusal: INVALID (name), DUPLICATE (name)
    with the one that has it, NOT_FOUND (id), and what `check` raises.
    """
    clean = clean_line(name, "name", most=kind.longest)
    row = await find_named(tx, kind, id, "id") if id is not None else _new(tx, kind)
    changes = {"name": clean, "search_text": fold(clean), **values, "updated_at": tx.now}
    for column, value in changes.items():
        setattr(row, column, value)
    check(row)
    await _refuse_taken(tx, kind, row)
    if id is not None:
        await update_row(tx, row, changes)
    elif not await insert_row(tx, row):
        # Somebody has taken the name at this instant: the next try names them.
        raise RetryTransaction
    return row


async def delete_named(tx: Transaction, kind: NamedSet, id: UUID) -> None:
    """Delete one and who is in it. Raises a Refusal (NOT_FOUND) at `id`."""
    await find_named(tx, kind, id, "id")
    await tx.execute(
        f"DELETE FROM {kind.memberships} WHERE workspace_id = $1 AND {kind.column} = $2",
        tx.workspace_id,
        id,
    )
    await tx.execute(
        f"DELETE FROM {kind.model._meta.db_table} WHERE workspace_id = $1 AND id = $2",
        tx.workspace_id,
        id,
    )


async def find_named(
    tx: Transaction, kind: NamedSet, id: UUID, *field: str, lock: str = "UPDATE"
) -> Any:
    """The one with this id, held: with UPDATE, nobody is put into it until the transaction's end.

    Raises a Refusal (NOT_FOUND) at `field`.
    """
    rows = await tx.fetch(
        f"SELECT * FROM {kind.model._meta.db_table} WHERE workspace_id = $1 AND id = $2 FOR {lock}",
        tx.workspace_id,
        id,
    )
    if not rows:
        raise not_found(kind.word, *field)
    return kind.model._init_from_db(**rows[0])


def _new(tx: Transaction, kind: NamedSet) -> Any:
    return kind.model(
        id=new_id(),
        workspace_id=tx.workspace_id,
        created_by_id=tx.actor.user_id if tx.actor else None,
        created_at=tx.now,
    )


async def _refuse_taken(tx: Transaction, kind: NamedSet, row: Any) -> None:
    rows = await tx.fetch(
        f"SELECT id FROM {kind.model._meta.db_table}"
        " WHERE workspace_id = $1 AND search_text = $2 AND id <> $3 LIMIT 1",
        tx.workspace_id,
        row.search_text,
        row.id,
    )
    if rows:
        raise Refusal(
            ErrorCode.DUPLICATE,
            f"Another {kind.word} has this name. Take another one.",
            ("name",),
            (kind.model, rows[0]["id"]),
        )
