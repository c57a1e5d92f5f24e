"""Rows written as they stand, where a conflict with another's row is an answer and no error."""

from collections.abc import Iterable
from typing import Any

from models.base import WorkspaceModel
from services.transactions import Transaction


def stored_values(row: WorkspaceModel, names: Iterable[str] | None = None) -> dict[str, Any]:
    """The row's columns with their values in the form that the database takes."""
    meta = row._meta
    return {
        meta.fields_db_projection[name]: meta.fields_map[name].to_db_value(getattr(row, name), row)
        for name in (meta.fields_db_projection if names is None else names)
    }


async def insert_row(tx: Transaction, row: WorkspaceModel) -> bool:
    """Insert a row; False where a unique key stood in the way, which fails no transaction.

    Where another transaction is inserting the same key, this waits for its end.
    """
    values = stored_values(row)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    rows = await tx.fetch(
        f"INSERT INTO {row._meta.db_table} ({', '.join(values)}) VALUES ({places})"
        " ON CONFLICT DO NOTHING RETURNING id",
        *values.values(),
    )
    return bool(rows)


async def update_row(tx: Transaction, row: WorkspaceModel, names: Iterable[str]) -> None:
    """Write the named fields of a row that the transaction holds."""
    values = stored_values(row, names)
    if not values:
        return
    places = ", ".join(f"{column} = ${number}" for number, column in enumerate(values, start=3))
    await tx.execute(
        f"UPDATE {row._meta.db_table} SET {places} WHERE workspace_id = $1 AND id = $2",
        tx.workspace_id,
        row.id,
        *values.values(),
    )
