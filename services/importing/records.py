"""Records: an import's row in the database, by which it goes on after a kill."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from tortoise.fields.data import JSON_DUMPS

from models import EventType, Import, ImportKind, ImportStatus
from models.base import new_id
from services.errors import ErrorCode, Refusal
from services.ids import global_id
from services.importing.failures import FailedRow
from services.importing.tables import Table
from services.transactions import Transaction

FAILURES_SIZE = "failuresSize"
"""The option that holds how much of the file of failed rows is there for good, in bytes."""

# Whoever begins an import has the workspace's row first, so that two who begin the same one at the
# same moment do not both find none. NO KEY: nothing that refers to the workspace has to wait.
BEGIN_ALONE = "SELECT 1 FROM workspaces WHERE workspace_id = $1 FOR NO KEY UPDATE"
FIND_UNFINISHED = """
    SELECT * FROM imports
    WHERE workspace_id = $1 AND file_sha256 = $2 AND kind = $3 AND status = 'RUNNING'
        AND options - 'failuresSize' = $4::jsonb
    ORDER BY created_at DESC LIMIT 1 FOR UPDATE"""
HOLD = "SELECT done, status FROM imports WHERE workspace_id = $1 AND id = $2 FOR UPDATE"
MOVE = """
    UPDATE imports SET done = $3, added = $4, updated = $5, skipped = $6, failed = $7,
        options = options || $8::jsonb, error_file_path = $9, lease_until = $10,
        problems = $11::jsonb
    WHERE workspace_id = $1 AND id = $2"""
FINISH = """
    UPDATE imports SET status = 'FINISHED', finished_at = $3, total = done, lease_until = NULL,
        expires_at = $4
    WHERE workspace_id = $1 AND id = $2"""
FIRST_PROBLEMS = 20
"""Rows that were refused of which an import tells by itself; its file tells of all."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What has become of the rows so far."""

    done: int = 0
    """Rows read; the others count records: customers, or orders, which may have several rows."""
    added: int = 0
    updated: int = 0
    skipped: int = 0
    """Records that were there already, with the same values."""
    failed: int = 0
    """Rows that were left out."""

    def plus(self, **more: int) -> "Counts":
        """These counts with more of each named one."""
        return replace(self, **{name: getattr(self, name) + n for name, n in more.items()})


@dataclass(slots=True)
class Record:
    """An import that has begun: its id, how far it is, and where its failed rows are."""

    id: UUID
    counts: Counts
    failures_path: Path
    failures_size: int
    resumed: bool
    error_file: str | None = None
    """The path of the file of failed rows as it is kept; None: `failures_path`, as it is."""
    problems: list[dict[str, Any]] = field(default_factory=list)
    """The first rows that were refused."""
    keeps_errors_until: datetime | None = None


class ImportEnded(Exception):
    """The import was cancelled, or somebody else has gone on with it: leave it alone."""


async def begin_import(
    tx: Transaction, kind: ImportKind, table: Table, options: dict[str, Any], failures_path: Path
) -> Record:
    """The unfinished import of the same file with the same options, else a new one."""
    await tx.fetch(BEGIN_ALONE, tx.workspace_id)
    found = await tx.fetch(
        FIND_UNFINISHED, tx.workspace_id, table.sha256, kind, JSON_DUMPS(options)
    )
    if found:
        row = Import._init_from_db(**found[0])
        counts = Counts(row.done, row.added, row.updated, row.skipped, row.failed)
        size = int(row.options.get(FAILURES_SIZE, 0))
        kept = Path(row.error_file_path) if row.error_file_path else failures_path
        return Record(row.id, counts, kept, size, resumed=True)
    row = await Import.create(
        using_db=tx.connection,
        id=new_id(),
        workspace_id=tx.workspace_id,
        kind=kind,
        status=ImportStatus.RUNNING,
        file_name=table.name[-255:],
        file_sha256=table.sha256,
        options=options,
        total=table.estimate,
        added_by_id=tx.actor.user_id if tx.actor else None,
        created_at=tx.now,
        started_at=tx.now,
    )
    return Record(row.id, Counts(), failures_path, 0, resumed=False)


async def hold_import(tx: Transaction, record: Record) -> None:
    """Lock the import's row for a batch.

    Raises a Refusal (CONFLICT) where another process has gone on with it in the meantime, and
    ImportEnded where it was cancelled.
    """
    rows = await tx.fetch(HOLD, tx.workspace_id, record.id)
    if rows and rows[0]["status"] == ImportStatus.CANCELLED:
        raise ImportEnded
    if rows and rows[0]["status"] == ImportStatus.RUNNING and rows[0]["done"] == record.counts.done:
        return
    raise Refusal(
        ErrorCode.CONFLICT,
        "Another process has gone on with this import. Let it finish, or stop it and run the same "
        "command again.",
    )


async def move_import(
    tx: Transaction,
    record: Record,
    counts: Counts,
    failures_size: int,
    problems: Sequence[dict[str, Any]] = (),
    lease_until: datetime | None = None,
) -> None:
    """Write how far the import is with the batch that the transaction commits."""
    error_file = record.error_file or str(record.failures_path)
    await tx.execute(
        MOVE,
        tx.workspace_id,
        record.id,
        counts.done,
        counts.added,
        counts.updated,
        counts.skipped,
        counts.failed,
        JSON_DUMPS({FAILURES_SIZE: failures_size}),
        error_file if failures_size else None,
        lease_until,
        JSON_DUMPS(list(problems)),
    )


def first_problems(record: Record, failures: Sequence[FailedRow]) -> list[dict[str, Any]]:
    """The first rows that were refused, those of one more batch included."""
    room = FIRST_PROBLEMS - len(record.problems)
    more = [
        {"line": one.line, "column": one.column, "message": one.reason} for one in failures[:room]
    ]
    return [*record.problems, *more]


async def finish_import(
    tx: Transaction,
    record: Record,
    kind: ImportKind,
    table: Table,
    counts: Counts,
) -> None:
    """Mark the import as finished, and tell of it."""
    await tx.execute(FINISH, tx.workspace_id, record.id, tx.now, record.keeps_errors_until)
    tell_of_end(tx, record.id, kind, ImportStatus.FINISHED, table.name[-255:], counts)


def tell_of_end(
    tx: Transaction,
    import_id: UUID,
    kind: ImportKind,
    status: ImportStatus,
    file_name: str,
    counts: Counts,
) -> None:
    """Have the event written that says that an import has ended, and how."""
    tx.record(
        EventType.IMPORT_FINISHED,
        payload={
            "importId": global_id(Import, import_id),
            "kind": kind,
            "status": status,
            "fileName": file_name,
            "total": counts.done,
            "added": counts.added,
            "updated": counts.updated,
            "skipped": counts.skipped,
            "failed": counts.failed,
        },
    )
