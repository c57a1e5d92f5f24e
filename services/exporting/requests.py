"""Asking for exports: a row that a worker takes up."""

from collections.abc import Sequence
from dataclasses import dataclass

from models import Export, ExportFormat, ExportStatus
from models.base import new_id
from services.errors import ErrorCode, Refusal
from services.exporting.frozen import Frozen
from services.files import new_download_key
from services.rows import insert_row
from services.transactions import Transaction

MOST_WAITING = 20
"""Exports of a workspace that are not finished."""
WAITING = "SELECT count(*) AS waiting FROM exports WHERE workspace_id = $1 AND finished_at IS NULL"


@dataclass(frozen=True, kw_only=True)
class NewExport:
    """Customers to export: those who meet the condition when it is made."""

    format: ExportFormat
    of: Frozen
    columns: Sequence[str] | None = None
    """Of a view; None: all."""


async def ask_export(tx: Transaction, new: NewExport) -> Export:
    """Have customers exported by a worker.

    Raises a Refusal (LIMIT_EXCEEDED) where too many exports are waiting.
    """
    rows = await tx.fetch(WAITING, tx.workspace_id)
    if rows[0]["waiting"] >= MOST_WAITING:
        raise Refusal(
            ErrorCode.LIMIT_EXCEEDED, f"{MOST_WAITING} exports are waiting. Let some finish."
        )
    columns = None if new.columns is None else list(new.columns)
    row = Export(
        id=new_id(),
        workspace_id=tx.workspace_id,
        status=ExportStatus.QUEUED,
        format=new.format,
        options={"of": new.of.written(), "columns": columns},
        download_key=new_download_key(),
        added_by_id=tx.actor.user_id if tx.actor else None,
        api_key_id=tx.actor.api_key_id if tx.actor else None,
        created_at=tx.now,
    )
    await insert_row(tx, row)
    return row
