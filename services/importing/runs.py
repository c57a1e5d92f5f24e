"""Runs: a file's rows, batch by batch, each batch one transaction that also moves the cursor.

While a batch is written, the next is read and checked in a thread. A process that is killed leaves
the batches that it committed; the same file with the same mapping goes on behind them, and every
row arrives once.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from models import ImportKind
from services.actors import Actor
from services.batches import Clock
from services.errors import ErrorCode, Refusal
from services.importing.customers import CustomerOptions, load_customer_importer
from services.importing.failures import FailedRow, FailuresFile, failures_path
from services.importing.orders import load_order_importer
from services.importing.records import (
    Counts,
    ImportEnded,
    Record,
    begin_import,
    finish_import,
    first_problems,
    hold_import,
    move_import,
)
from services.importing.rows import Importer, Outcome, Prepared
from services.importing.tables import SourceRow, Table, open_table
from services.statistics import refresh_statistics
from services.transactions import Transaction, retrying, workspace_transaction

BATCH_ROWS = 2_000
Told = Callable[[int, int], None]
"""Told the rows done and the rows there seem to be."""


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """A file to import into a workspace, and how."""

    workspace_id: UUID
    kind: ImportKind
    path: Path
    mapping: tuple[tuple[str, str], ...] = ()
    """Pairs of column and field; a column with a field's name needs none."""
    allow_duplicate: bool = False
    """Whether a customer may have the phone or e-mail address of another."""
    batch_rows: int = BATCH_ROWS

    def options(self) -> dict[str, Any]:
        """What tells this import from another of the same file."""
        return {"mapping": list(map(list, self.mapping)), "allowDuplicate": self.allow_duplicate}


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import has done in the end, earlier runs of it included."""

    counts: Counts
    import_id: UUID | None
    """None for a dry run, which leaves no record."""
    failures_path: Path | None
    """The file of the failed rows, where there are any."""
    failures_lost: bool
    """Whether the file of failed rows of an earlier run was gone."""
    resumed_after: int
    """Rows that an earlier run had done."""
    unused_columns: tuple[str, ...]


async def run_import(
    request: ImportRequest, *, clock: Clock, progress: Told = lambda done, total: None
) -> ImportSummary:
    """Import a file, or go on with the import of it where that was broken off.

    Raises a Refusal: INVALID where the file, its columns or the mapping are not what they should
    be, before anything is written; CONFLICT where another process goes on with the same import.
    """
    table = await asyncio.to_thread(open_table, request.path)
    async with workspace_transaction(request.workspace_id, now=clock()) as tx:
        importer = await load_importer(tx, request, table)
    async with workspace_transaction(request.workspace_id, now=clock()) as tx:
        record = await begin_import(
            tx, request.kind, table, request.options(), failures_path(request.path)
        )
        failures = FailuresFile(record.failures_path, table.columns, record.failures_size)
        lost = not failures.restore()
    run = Run(request, table, importer, record, failures, clock)
    resumed_after = record.counts.done
    progress(resumed_after, table.estimate)
    try:
        async with aclosing(prepared_batches(run)) as batches:
            async for batch in batches:
                await retrying(lambda batch=batch: run.commit(batch))  # type: ignore[misc]
                progress(record.counts.done, max(table.estimate, record.counts.done))
    except ImportEnded:
        raise Refusal(
            ErrorCode.CONFLICT, "The import was cancelled. What was imported stays."
        ) from None
    async with workspace_transaction(request.workspace_id, now=clock()) as tx:
        await hold_import(tx, record)
        await importer.finish(tx)
        await finish_import(tx, record, request.kind, table, record.counts)
    await refresh_statistics(record.counts.added)
    return ImportSummary(
        counts=record.counts,
        import_id=record.id,
        failures_path=failures.path if failures.size else None,
        failures_lost=lost,
        resumed_after=resumed_after,
        unused_columns=importer.mapping.unused,
    )


class RolledBack(Exception):
    """Ends a dry run's transaction."""


async def try_import(
    request: ImportRequest, *, clock: Clock, progress: Told = lambda done, total: None
) -> ImportSummary:
    """Do all that `run_import` would, in one transaction that is then rolled back.

    So the counts and the file of failed rows are those of a real run, and nothing stays in the
    database. Raises the same Refusals.
    """
    table = await asyncio.to_thread(open_table, request.path)
    failures = FailuresFile(failures_path(request.path), table.columns)
    counts = Counts()
    unused: tuple[str, ...] = ()
    try:
        async with workspace_transaction(request.workspace_id, now=clock()) as tx:
            importer = await load_importer(tx, request, table)
            unused = importer.mapping.unused
            failures.restore()
            rows = table.rows()
            while (batch := await asyncio.to_thread(prepare, rows, importer, BATCH_ROWS)).read:
                outcome = await importer.write(tx, batch.rows)
                tx.events.clear()
                failures.keep(await append_failures(failures, batch, outcome))
                counts = counted(counts, batch, outcome)
                progress(counts.done, max(table.estimate, counts.done))
            raise RolledBack
    except RolledBack:
        pass
    path = failures.path if failures.size else None
    return ImportSummary(counts, None, path, False, 0, unused)


async def load_importer(tx: Transaction, request: ImportRequest, table: Table) -> Importer[Any]:
    """What makes the file's rows into records."""
    if request.kind is ImportKind.CUSTOMERS:
        return await load_customer_importer(
            tx, table.columns, request.mapping, CustomerOptions(request.allow_duplicate)
        )
    return await load_order_importer(tx, table.columns, request.mapping)


@dataclass(slots=True)
class Run:
    """An import under way."""

    request: ImportRequest
    table: Table
    importer: Importer[Any]
    record: Record
    failures: FailuresFile
    clock: Clock
    actor: Actor | None = None
    lease: timedelta | None = None
    """How long the import is held after a batch; None: it is not, as by the command line."""

    async def commit(self, batch: Prepared[Any]) -> None:
        """Write one batch and move the cursor behind it, in one transaction."""
        workspace_id = self.request.workspace_id
        async with workspace_transaction(workspace_id, actor=self.actor, now=self.clock()) as tx:
            await hold_import(tx, self.record)
            outcome = await self.importer.write(tx, batch.rows)
            counts = counted(self.record.counts, batch, outcome)
            size = await append_failures(self.failures, batch, outcome)
            problems = first_problems(self.record, in_order(batch, outcome))
            until = tx.now + self.lease if self.lease else None
            await move_import(tx, self.record, counts, size, problems, until)
        self.record.counts = counts
        self.record.problems = problems
        self.failures.keep(size)


async def prepared_batches(run: Run) -> AsyncGenerator[Prepared[Any], None]:
    """The batches that are left to do. The next is prepared in a thread while one is in use."""
    rows = run.table.rows()
    await asyncio.to_thread(pass_over, rows, run.importer, run.record.counts.done)
    size = run.request.batch_rows
    coming = asyncio.create_task(asyncio.to_thread(prepare, rows, run.importer, size))
    try:
        while (batch := await coming).read:
            coming = asyncio.create_task(asyncio.to_thread(prepare, rows, run.importer, size))
            yield batch
    finally:
        # A thread cannot be interrupted: let it end before what it reads from is closed.
        await asyncio.gather(coming, return_exceptions=True)


def prepare(rows: Iterator[SourceRow], importer: Importer[Any], size: int) -> Prepared[Any]:
    """The next `size` rows, read and checked; none at the end of the file."""
    batch = list(islice(rows, size))
    return importer.prepare(batch) if batch else Prepared(0)


def pass_over(rows: Iterator[SourceRow], importer: Importer[Any], count: int) -> None:
    """Leave out the rows that are done."""
    while count > 0 and (batch := list(islice(rows, min(count, BATCH_ROWS)))):
        importer.pass_over(batch)
        count -= len(batch)


def counted(counts: Counts, batch: Prepared[Any], outcome: Outcome) -> Counts:
    """The counts with those of a batch."""
    return counts.plus(
        done=batch.read,
        added=outcome.added,
        updated=outcome.updated,
        skipped=outcome.skipped,
        failed=len(batch.failures) + len(outcome.failures),
    )


async def append_failures(file: FailuresFile, batch: Prepared[Any], outcome: Outcome) -> int:
    """Write a batch's failed rows in the order of the input; the file's length after that."""
    failures = in_order(batch, outcome)
    return await asyncio.to_thread(file.append, failures) if failures else file.size


def in_order(batch: Prepared[Any], outcome: Outcome) -> list[FailedRow]:
    """A batch's failed rows in the order of the input."""
    return sorted([*batch.failures, *outcome.failures], key=lambda failure: failure.line)
