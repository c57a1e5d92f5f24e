"""References: that the rows which an input names are there, in this workspace."""

from collections.abc import Mapping
from uuid import UUID

from models.base import WorkspaceModel
from services.errors import not_found
from services.transactions import Transaction


async def require_rows(
    tx: Transaction,
    model: type[WorkspaceModel],
    named: Mapping[tuple[str, ...], UUID | None],
) -> None:
    """Hold the rows of `model` that an input names, by the path at which it names them.

    Raises a Refusal (NOT_FOUND) at the first path whose id the workspace does not have; another
    workspace's answers the same. None names nothing. They cannot be removed before the
    transaction's end.
    """
    ids = list({id for id in named.values() if id is not None})
    if not ids:
        return
    rows = await tx.fetch(
        f"SELECT id FROM {model._meta.db_table} WHERE workspace_id = $1 AND id = ANY($2::uuid[])"
        " ORDER BY id FOR KEY SHARE",
        tx.workspace_id,
        ids,
    )
    found = {row["id"] for row in rows}
    for path, id in named.items():
        if id is not None and id not in found:
            raise not_found(model.__name__.lower(), *path)
