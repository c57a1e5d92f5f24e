"""Rows that a caller names by their id."""

from typing import TypeVar
from uuid import UUID

from models.base import WorkspaceModel
from services.errors import not_found
from services.transactions import Transaction

Row = TypeVar("Row", bound=WorkspaceModel)


async def find_row(tx: Transaction, model: type[Row], id: UUID, what: str, *field: str) -> Row:
    """The workspace's row of this id; `what` names its kind for people.

    Raises a Refusal (NOT_FOUND) where there is none: another workspace's rows are none.
    """
    rows = await tx.fetch(
        f"SELECT * FROM {model._meta.db_table} WHERE workspace_id = $1 AND id = $2",
        tx.workspace_id,
        id,
    )
    if not rows:
        raise not_found(what, *field)
    return model._init_from_db(**rows[0])
