"""What tests of queued imports begin with: a file that was sent in, and an import of it."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from models import Import, OnDuplicate, Workspace
from services.actors import Actor
from services.batches import Proceed, always
from services.files import Files
from services.importing.queued import QueuedRun, run_queued_import
from services.importing.requests import NewImport, ask_import
from services.transactions import workspace_transaction
from services.uploads import keep_upload
from tests.services.writing import NOW

LIMIT = 1 << 30


def table(*rows: Sequence[object]) -> bytes:
    """A CSV of rows, the header first."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


async def chunks(data: bytes, size: int = 1 << 16) -> AsyncIterator[bytes]:
    """A body as it comes."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


class Queue:
    """Imports into one workspace, with their files in one folder."""

    def __init__(self, workspace: Workspace, actor: Actor, folder: Path) -> None:
        self.workspace = workspace
        self.actor = actor
        self.files = Files(folder)

    async def ask(self, data: bytes, name: str = "orang.csv", **told: Any) -> UUID:
        """Send a file in and have it imported; the import's id."""
        upload = await keep_upload(
            self.files, self.actor, name, chunks(data), limit=LIMIT, clock=lambda: NOW
        )
        async with workspace_transaction(self.workspace.id, actor=self.actor, now=NOW) as tx:
            row = await ask_import(tx, NewImport(upload_id=upload.id, **told))
        return row.id

    async def run(
        self, id: UUID, proceed: Proceed = always, *, batch_rows: int = 2_000, now: datetime = NOW
    ) -> QueuedRun:
        """What a worker does with an import."""
        return await run_queued_import(
            self.workspace.id,
            id,
            files=self.files,
            clock=lambda: now,
            proceed=proceed,
            batch_rows=batch_rows,
        )

    async def row(self, id: UUID) -> Import:
        """How an import stands."""
        async with workspace_transaction(self.workspace.id, now=NOW) as tx:
            rows = await tx.fetch(
                "SELECT * FROM imports WHERE workspace_id = $1 AND id = $2", tx.workspace_id, id
            )
        return Import._init_from_db(**rows[0])

    async def done(self, data: bytes, name: str = "orang.csv", **told: Any) -> Import:
        """Import a file to its end."""
        id = await self.ask(data, name, **told)
        await self.run(id)
        return await self.row(id)

    async def customers(self) -> list[dict[str, Any]]:
        """The customers of the workspace by name."""
        async with workspace_transaction(self.workspace.id, now=NOW) as tx:
            return await tx.fetch(
                "SELECT * FROM customers WHERE workspace_id = $1 ORDER BY full_name, id",
                tx.workspace_id,
            )

    def errors(self, row: Import) -> list[dict[str, str]]:
        """The rows of an import's errors file."""
        if row.error_file_path is None:
            return []
        with self.files.at(row.error_file_path).open(newline="") as file:
            return list(csv.DictReader(file))


def counts(row: Import) -> tuple[int, int, int, int, int]:
    """Rows done, added, updated, skipped, failed."""
    return row.done, row.added, row.updated, row.skipped, row.failed


POLICIES = tuple(OnDuplicate)
