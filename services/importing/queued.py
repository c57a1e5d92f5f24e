"""Queued imports: what a worker does with one, under a lease, from where it has come to."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from tortoise.fields.data import JSON_DUMPS

from models import Import, ImportKind, ImportStatus, OnDuplicate, Role, Upload
from services.actors import Actor
from services.batches import Clock, Proceed
from services.errors import ErrorCode, Refusal
from services.files import ERRORS, Files, NoRoom
from services.importing.customers import CustomerOptions, PropertiesChanged, load_customer_importer
from services.importing.failures import FailuresFile
from services.importing.mappings import ColumnMap
from services.importing.records import (
    FAILURES_SIZE,
    Counts,
    ImportEnded,
    Record,
    finish_import,
    first_problems,
    hold_import,
    move_import,
    tell_of_end,
)
from services.importing.rows import Importer, Prepared
from services.importing.runs import (
    BATCH_ROWS,
    ImportRequest,
    RolledBack,
    Run,
    append_failures,
    counted,
    in_order,
    prepare,
    prepared_batches,
)
from services.importing.tables import Table, open_table
from services.outages import is_outage
from services.transactions import retrying, workspace_transaction

OPENING = timedelta(seconds=180)
"""How long a worker may take until its first batch before it counts as dead."""
LEASE = timedelta(seconds=30)
"""And how long after each batch."""

CLAIM = """
    UPDATE imports SET status = 'RUNNING', lease_until = $4::timestamptz,
        started_at = coalesce(started_at, $3::timestamptz)
    WHERE workspace_id = $1 AND id = $2 AND finished_at IS NULL AND upload_id IS NOT NULL
        AND (lease_until IS NULL OR lease_until <= $3::timestamptz)
    RETURNING *"""
UPLOAD = "SELECT * FROM uploads WHERE workspace_id = $1 AND id = $2"
DESCRIBE = """
    UPDATE imports SET total = $3, columns = $4::jsonb WHERE workspace_id = $1 AND id = $2"""
RELEASE = """
    UPDATE imports SET lease_until = $3
    WHERE workspace_id = $1 AND id = $2 AND finished_at IS NULL"""
SHOW = """
    UPDATE imports SET done = $3, lease_until = $4
    WHERE workspace_id = $1 AND id = $2 AND status = 'RUNNING' RETURNING id"""
FAIL = """
    UPDATE imports SET status = 'FAILED', failure = $3, finished_at = $4, lease_until = NULL,
        expires_at = $5
    WHERE workspace_id = $1 AND id = $2 AND finished_at IS NULL RETURNING *"""

log = structlog.get_logger("satukan.imports")


@dataclass
class QueuedRun:
    """What a worker has done for an import."""

    claimed: bool = False
    finished: bool = False
    rows: int = 0


async def run_queued_import(
    workspace_id: UUID,
    import_id: UUID,
    *,
    files: Files,
    clock: Clock,
    proceed: Proceed,
    batch_rows: int = BATCH_ROWS,
) -> QueuedRun:
    """Import what is left of a file, or nothing where the import has ended or is another's.

    A worker that is killed leaves the batches that it committed; whoever comes next goes on behind
    them, and every row arrives once. What is wrong with the file as a whole ends the import as
    FAILED, with a sentence in `failure`. `proceed` is asked before each batch.
    """
    run = QueuedRun()
    async with workspace_transaction(workspace_id, now=clock()) as tx:
        rows = await tx.fetch(CLAIM, workspace_id, import_id, tx.now, tx.now + OPENING)
    if not rows:
        return run
    run.claimed = True
    work = _Work(Import._init_from_db(**rows[0]), files, clock, proceed, batch_rows)
    began = work.row.done
    try:
        run.finished = await work.complete()
    except ImportEnded:
        run.finished = True
    except PropertiesChanged:
        await work.release()
    except NoRoom:
        await work.fail("There was no room on the disk for the file of refused rows.")
        run.finished = True
    except Refusal as refusal:
        if refusal.code is not ErrorCode.CONFLICT:
            await work.fail(refusal.message)
            run.finished = True
    except Exception as error:
        if isinstance(error, OSError) or is_outage(error):
            # Nothing speaks against the import: it is gone on with when its lease is over.
            log.warning("import_interrupted", error=type(error).__name__, id=import_id.hex)
            run.rows = work.done - began
            return run
        log.exception("import_failed", workspace=str(workspace_id), id=import_id.hex)
        await work.fail("Something unexpected went wrong; the log of the worker says what.")
        raise
    run.rows = work.done - began
    return run


@dataclass
class _Work:
    """An import that this worker holds."""

    row: Import
    files: Files
    clock: Clock
    proceed: Proceed
    batch_rows: int
    done: int = 0

    def __post_init__(self) -> None:
        self.done = self.row.done

    @property
    def actor(self) -> Actor:
        """Whoever asked for the import: they may do it, as they were let to ask for it."""
        row = self.row
        return Actor(
            row.workspace_id,
            Role.AGENT,
            frozenset(),
            user_id=row.added_by_id,
            api_key_id=row.api_key_id,
        )

    async def complete(self) -> bool:
        """Do what is left; whether that is all of it."""
        path = await self._uploaded()
        table = await asyncio.to_thread(self._open, path)
        if self.row.dry_run:
            return await retrying(lambda: self._try(table))
        async with workspace_transaction(self.row.workspace_id, now=self.clock()) as tx:
            importer = await self._importer(tx, table)
            await tx.execute(
                DESCRIBE, tx.workspace_id, self.row.id, table.estimate, described(table, importer)
            )
        record, failures = await asyncio.to_thread(self._record, table)
        run = Run(
            self._request(path), table, importer, record, failures, self.clock, self.actor, LEASE
        )
        async with aclosing(prepared_batches(run)) as batches:
            async for batch in batches:
                if not self.proceed():
                    await self.release()
                    return False
                await retrying(lambda batch=batch: run.commit(batch))  # type: ignore[misc]
                self.done = record.counts.done
        await self._finish(run)
        return True

    async def _finish(self, run: Run) -> None:
        now = self.clock()
        run.record.keeps_errors_until = now + self.files.kept_uploads
        async with workspace_transaction(self.row.workspace_id, actor=self.actor, now=now) as tx:
            await hold_import(tx, run.record)
            await run.importer.finish(tx)
            counts = run.record.counts
            await finish_import(tx, run.record, ImportKind.CUSTOMERS, run.table, counts)

    async def _try(self, table: Table) -> bool:
        """Do all that a run would, in one transaction that is then rolled back; keep its counts."""
        record, failures = await asyncio.to_thread(self._record, table, True)
        importer: Importer[Any] | None = None
        try:
            async with workspace_transaction(
                self.row.workspace_id, actor=self.actor, now=self.clock()
            ) as tx:
                importer = await self._importer(tx, table)
                rows = table.rows()
                while batch := await self._next(rows, importer):
                    outcome = await importer.write(tx, batch.rows)
                    tx.events.clear()
                    record.problems = first_problems(record, in_order(batch, outcome))
                    failures.keep(await append_failures(failures, batch, outcome))
                    record.counts = counted(record.counts, batch, outcome)
                    await self._show(record.counts.done)
                raise RolledBack
        except RolledBack:
            pass
        now = self.clock()
        record.keeps_errors_until = now + self.files.kept_uploads
        async with workspace_transaction(self.row.workspace_id, actor=self.actor, now=now) as tx:
            assert importer is not None
            await hold_import(tx, record)
            await tx.execute(
                DESCRIBE, tx.workspace_id, self.row.id, table.estimate, described(table, importer)
            )
            await move_import(tx, record, record.counts, failures.size, record.problems)
            await finish_import(tx, record, ImportKind.CUSTOMERS, table, record.counts)
        return True

    async def _next(self, rows: Any, importer: Importer[Any]) -> Prepared[Any] | None:
        batch = await asyncio.to_thread(prepare, rows, importer, self.batch_rows)
        return batch if batch.read else None

    async def _show(self, done: int) -> None:
        """Say how far a trial is, and hold it. Raises ImportEnded where it was cancelled."""
        now = self.clock()
        async with workspace_transaction(self.row.workspace_id, now=now) as tx:
            held = await tx.fetch(SHOW, tx.workspace_id, self.row.id, done, now + LEASE)
        if not held:
            raise ImportEnded
        self.done = done

    async def _uploaded(self) -> Path:
        """Where the file is. Raises a Refusal where it is gone."""
        async with workspace_transaction(self.row.workspace_id, now=self.clock()) as tx:
            rows = await tx.fetch(UPLOAD, tx.workspace_id, self.row.upload_id)
        path = self.files.at(Upload._init_from_db(**rows[0]).path) if rows else None
        if path is None or not await asyncio.to_thread(path.exists):
            raise Refusal(ErrorCode.NOT_FOUND, "The file is no longer there. Send it in again.")
        return path

    def _open(self, path: Path) -> Table:
        return open_table(path, self.row.file_name)

    async def _importer(self, tx: Any, table: Table) -> Importer[Any]:
        options = self.row.options
        return await load_customer_importer(
            tx,
            table.columns,
            [(column, field) for column, field in options["mapping"]],
            CustomerOptions(
                on_duplicate=OnDuplicate(options["onDuplicate"]),
                group_ids=[UUID(id) for id in options["groupIds"]],
                tag_ids=[UUID(id) for id in options["tagIds"]],
                trial=self.row.dry_run,
            ),
            next(table.rows(), None),
        )

    def _request(self, path: Path) -> ImportRequest:
        return ImportRequest(
            self.row.workspace_id, ImportKind.CUSTOMERS, path, batch_rows=self.batch_rows
        )

    def _record(self, table: Table, anew: bool = False) -> tuple[Record, FailuresFile]:
        """How far the import is, and its file of failed rows, cut back to what counts."""
        row = self.row
        relative = self.files.place(row.workspace_id, ERRORS, f"{row.id.hex}.csv")
        size = 0 if anew else int(row.options.get(FAILURES_SIZE, 0))
        failures = FailuresFile(self.files.at(relative), table.columns, size)
        failures.restore()
        counts = Counts(row.done, row.added, row.updated, row.skipped, row.failed)
        record = Record(
            row.id,
            Counts() if anew else counts,
            failures.path,
            failures.size,
            resumed=row.done > 0,
            error_file=relative,
            problems=[] if anew else list(row.problems),
        )
        return record, failures

    async def release(self) -> None:
        """Leave the rest to whoever comes next, behind the others who wait."""
        now = self.clock()
        async with workspace_transaction(self.row.workspace_id, now=now) as tx:
            await tx.execute(RELEASE, tx.workspace_id, self.row.id, now)

    async def fail(self, sentence: str) -> None:
        """End the import: nothing more can be imported of the file."""
        now = self.clock()
        until = now + self.files.kept_uploads
        async with workspace_transaction(self.row.workspace_id, actor=self.actor, now=now) as tx:
            rows = await tx.fetch(FAIL, tx.workspace_id, self.row.id, sentence[:2_000], now, until)
            for row in rows:
                ended = Import._init_from_db(**row)
                counts = Counts(ended.done, ended.added, ended.updated, ended.skipped, ended.failed)
                tell_of_end(tx, ended.id, ended.kind, ImportStatus.FAILED, ended.file_name, counts)


def described(table: Table, importer: Importer[Any]) -> str:
    """What becomes of each column, as JSON."""
    mapping: ColumnMap = importer.mapping
    feeds: dict[int, list[str]] = {}
    for name, feed in mapping.by_field.items():
        for column in feed.columns:
            feeds.setdefault(column, []).append(name)
    return JSON_DUMPS(_columns(table.columns, feeds))


def _columns(columns: Sequence[str], feeds: dict[int, list[str]]) -> list[dict[str, Any]]:
    return [{"column": name, "fields": feeds.get(i, [])} for i, name in enumerate(columns)]
