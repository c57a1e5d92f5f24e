"""Runs: an export made by a worker, under a lease, into a file of its own until it is whole."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from tortoise.fields.data import JSON_LOADS

from models import Export
from models.base import new_id
from services.batches import Clock, Proceed
from services.exporting.columns import Columns, columns_of, load_names
from services.exporting.formats import SUFFIXES, Writer, open_writer
from services.exporting.frozen import Frozen
from services.files import EXPORTS, Files, NoRoom, told_of_room, write_through
from services.outages import is_outage
from services.properties import list_properties, switched_off
from services.transactions import workspace_transaction

PAGE = 2_000
LEASE = timedelta(seconds=60)
TELL_EVERY = timedelta(seconds=2)
LONGEST = timedelta(hours=2)
"""From an export's first start to its end, whoever works on it."""

CLAIM = """
    UPDATE exports SET status = 'RUNNING', lease_until = $4::timestamptz, done = 0,
        started_at = coalesce(started_at, $3::timestamptz)
    WHERE workspace_id = $1 AND id = $2 AND finished_at IS NULL
        AND (lease_until IS NULL OR lease_until <= $3::timestamptz)
    RETURNING *"""
COUNT = "SELECT count(*) AS total FROM customers r WHERE {condition}"
ROWS = """
    SELECT {select} FROM customers r WHERE {condition} AND r.id > ${place}::uuid
    ORDER BY r.id LIMIT {page}"""
TELL = """
    UPDATE exports SET done = $4, total = $5, lease_until = $6
    WHERE workspace_id = $1 AND id = $2 AND lease_until = $3 AND finished_at IS NULL
    RETURNING id"""
FINISH = """
    UPDATE exports SET status = 'FINISHED', done = $4, total = $4, path = $5, size = $6,
        finished_at = $7, expires_at = $8, lease_until = NULL
    WHERE workspace_id = $1 AND id = $2 AND lease_until = $3 AND finished_at IS NULL
    RETURNING id"""
RELEASE = """
    UPDATE exports SET lease_until = NULL
    WHERE workspace_id = $1 AND id = $2 AND lease_until = $3 AND finished_at IS NULL"""
FAIL = """
    UPDATE exports SET status = 'FAILED', failure = $4, finished_at = $5, lease_until = NULL
    WHERE workspace_id = $1 AND id = $2 AND lease_until = $3 AND finished_at IS NULL"""

log = structlog.get_logger("satukan.exports")


@dataclass
class ExportRun:
    """What a worker has done for an export."""

    claimed: bool = False
    finished: bool = False
    rows: int = 0


class LeaseLost(Exception):
    """Another worker makes the export now: leave it to that one."""


async def run_export(
    workspace_id: UUID, export_id: UUID, *, files: Files, clock: Clock, proceed: Proceed
) -> ExportRun:
    """Make an exported file, or do nothing where the export has ended or is another's.

    A worker that is killed leaves a part of a file, which nobody sees; whoever comes next begins
    anew. `proceed` is asked before each page; where it ends the work, the export begins anew, too.
    """
    run = ExportRun()
    now = clock()
    async with workspace_transaction(workspace_id, now=now) as tx:
        rows = await tx.fetch(CLAIM, workspace_id, export_id, now, now + LEASE)
    if not rows:
        return run
    run.claimed = True
    work = _Work(Export._init_from_db(**rows[0]), files, clock, proceed, run)
    try:
        run.finished = await work.complete()
    except LeaseLost:
        return run
    except NoRoom:
        await work.fail("There was no room on the disk for the file.")
    except Exception as error:
        if is_outage(error):
            log.warning("export_interrupted", error=type(error).__name__, id=export_id.hex)
            return run
        await work.fail("Something unexpected went wrong; the log of the worker says what.")
        raise
    return run


@dataclass
class _Work:
    """An export that this worker holds."""

    row: Export
    files: Files
    clock: Clock
    proceed: Proceed
    run: ExportRun
    total: int = 0
    told: datetime | None = None

    async def complete(self) -> bool:
        """Write the whole file; False where there was no time for it."""
        row = self.row
        suffix = SUFFIXES[row.format]
        part = await asyncio.to_thread(
            self.files.place, row.workspace_id, EXPORTS, f"{row.id.hex}-{new_id().hex}.part"
        )
        path = self.files.at(part)
        columns, frozen = await self._prepare()
        try:
            if not await self._write_file(path, columns, frozen):
                await self._give_up()
                return False
            await self._finish(path, f"{row.id.hex}.{suffix}")
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        return True

    async def _write_file(self, path: Path, columns: Columns, frozen: Frozen) -> bool:
        """Write all pages; False where there was no time for all of them."""
        writer = await asyncio.to_thread(self._open, path, columns)
        try:
            async for page in self._pages(columns, frozen):
                if not self.proceed():
                    return False
                await asyncio.to_thread(self._write, writer, columns, page)
                self.run.rows += len(page)
                await self._tell()
        except BaseException:
            with suppress(OSError):
                writer.close()
            raise
        await asyncio.to_thread(_close, writer)
        return True

    async def _give_up(self) -> None:
        """Have it begun anew by whoever comes next, unless it has taken too long already."""
        now = self.clock()
        if self.row.started_at is not None and now - self.row.started_at > LONGEST:
            await self.fail("The export took too long. Filter the customers.")
            return
        async with workspace_transaction(self.row.workspace_id, now=now) as tx:
            await tx.execute(RELEASE, tx.workspace_id, self.row.id, self.row.lease_until)

    async def _prepare(self) -> tuple[Columns, Frozen]:
        """The columns and the condition; how many customers there are is counted, too."""
        frozen = Frozen.read(self.row.options["of"])
        async with workspace_transaction(self.row.workspace_id, now=self.clock()) as tx:
            definitions = await list_properties(tx)
            names = await load_names(tx)
            off = await switched_off(tx)
            columns = columns_of(definitions, names, self.row.options["columns"], off)
            counted = await tx.fetch(
                COUNT.format(condition=frozen.condition), tx.workspace_id, *frozen.values
            )
        self.total = counted[0]["total"]
        await self._tell()
        return columns, frozen

    async def _pages(self, columns: Columns, frozen: Frozen) -> AsyncIterator[list[dict[str, Any]]]:
        """The customers in the order of their ids, some at a time, the next read meanwhile."""
        statement = ROWS.format(
            select=columns.select,
            condition=frozen.condition,
            place=len(frozen.values) + 2,
            page=PAGE,
        )

        async def read(last: UUID) -> list[dict[str, Any]]:
            async with workspace_transaction(self.row.workspace_id, now=self.clock()) as tx:
                return await tx.fetch(statement, tx.workspace_id, *frozen.values, last)

        coming = asyncio.ensure_future(read(UUID(int=0)))
        try:
            while page := await coming:
                coming = asyncio.ensure_future(read(page[-1]["id"]))
                yield page
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)

    def _open(self, path: Path, columns: Columns) -> Writer:
        try:
            return open_writer(self.row.format, path, columns.names)
        except OSError as error:
            told_of_room(error)

    def _write(self, writer: Writer, columns: Columns, page: list[dict[str, Any]]) -> None:
        for row in page:
            row["properties"] = {} if row["properties"] == "{}" else JSON_LOADS(row["properties"])
        try:
            writer.write(map(columns.values, page))
        except OSError as error:
            told_of_room(error)

    async def _tell(self) -> None:
        """Say how far it is, now and then, and hold the export. Raises LeaseLost."""
        now = self.clock()
        if self.told is not None and now - self.told < TELL_EVERY:
            return
        await self._if_held(TELL, self.run.rows, self.total, now + LEASE)
        self.row.lease_until = now + LEASE
        self.told = now

    async def _finish(self, path: Path, name: str) -> None:
        relative = self.files.place(self.row.workspace_id, EXPORTS, name)
        final = self.files.at(relative)
        size = await asyncio.to_thread(_settle, path, final)
        now = self.clock()
        until = now + self.files.kept_exports
        await self._if_held(FINISH, self.run.rows, relative, size, now, until)

    async def fail(self, sentence: str) -> None:
        """End the export without a file."""
        now = self.clock()
        async with workspace_transaction(self.row.workspace_id, now=now) as tx:
            await tx.execute(
                FAIL, tx.workspace_id, self.row.id, self.row.lease_until, sentence, now
            )

    async def _if_held(self, statement: str, *values: Any) -> None:
        async with workspace_transaction(self.row.workspace_id, now=self.clock()) as tx:
            rows = await tx.fetch(
                statement, tx.workspace_id, self.row.id, self.row.lease_until, *values
            )
            if not rows:
                raise LeaseLost


def _close(writer: Writer) -> None:
    try:
        writer.close()
    except OSError as error:
        told_of_room(error)


def _settle(path: Path, final: Path) -> int:
    """Have a file that is whole on the disk under its own name; its size. Raises NoRoom."""
    with path.open("rb+") as file:
        write_through(file.fileno())
    os.replace(path, final)
    return final.stat().st_size
