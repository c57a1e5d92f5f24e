"""Importing customers: rows a second and memory, of new customers and of those who are there."""

import argparse
import asyncio
import csv
import logging
import os
import random
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from uuid import UUID

import structlog
import xlsxwriter

from bench.files import HEAD, measure
from models import OnDuplicate, Role
from models.database import close_database, open_database
from services.actors import Actor
from services.files import Files
from services.importing.requests import NewImport, ask_import
from services.transactions import workspace_transaction
from services.uploads import keep_upload
from services.workspaces import create_workspace
from settings import read_settings
from workers.registrations import present

HEADER = [
    "externalId",
    "fullName",
    "phone",
    "email",
    "province",
    "regencyCity",
    "zipCode",
    "status",
]
FIRST = ["Siti", "Budi", "Dewi", "Agus", "Putri", "Rizki", "Wulan", "Andi", "Rina", "Joko"]
LAST = ["Santoso", "Wijaya", "Lestari", "Nugroho", "Siregar", "Hidayat", "Kusuma"]
PLACES = (("Jawa Barat", "Kota Bandung"), ("Jawa Tengah", "Kota Semarang"), ("Bali", "Denpasar"))
LARGEST = 1 << 34


def people(count: int) -> Iterator[list[str]]:
    """So many people, the same ones every time."""
    dice = random.Random(3)
    for n in range(count):
        first, last, place = dice.choice(FIRST), dice.choice(LAST), dice.choice(PLACES)
        email = f"{first}.{last}{n}@example.com".lower()
        zip_code, status = (
            str(dice.randrange(10_000, 99_999)),
            dice.choice(["LEAD", "CUSTOMER", ""]),
        )
        yield [f"C-{n}", f"{first} {last}", f"0812{n:08}", email, *place, zip_code, status]


def write_csv(path: Path, count: int, change: Callable[[list[str]], list[str]] = list) -> None:
    """A CSV of so many people, each changed."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(change(HEADER))
        writer.writerows(map(change, people(count)))


def moved(row: list[str]) -> list[str]:
    """The same person in another zip code."""
    return row if row is HEADER else [*row[:6], "40135", row[7]]


def employed(row: list[str]) -> list[str]:
    """The same person with a job, of which nothing was known."""
    return [*row, "jobTitle" if row is HEADER else "Guru"]


def write_workbook(path: Path, count: int) -> None:
    """An XLSX of so many people."""
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([HEADER, *people(count)]):
            sheet.write_row(number, 0, row)


async def chunks(path: Path) -> AsyncIterator[bytes]:
    """A file as a body that comes in parts."""
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk


async def asked(workspace_id: UUID, files: Files, path: Path, policy: OnDuplicate) -> UUID:
    """An import of a file that waits for a worker."""
    actor = Actor(workspace_id, Role.OWNER, frozenset())
    upload = await keep_upload(files, actor, path.name, chunks(path), limit=LARGEST, clock=present)
    async with workspace_transaction(workspace_id, actor=actor) as tx:
        row = await ask_import(tx, NewImport(upload_id=upload.id, on_duplicate=policy))
    return row.id


WAYS: tuple[tuple[str, OnDuplicate, Callable[[list[str]], list[str]], str], ...] = (
    ("new customers", OnDuplicate.SKIP, list, "added"),
    ("SKIP: all are there", OnDuplicate.SKIP, list, "skipped"),
    ("UPDATE: nothing differs", OnDuplicate.UPDATE, list, "skipped"),
    ("MERGE_GAPS: nothing is missing", OnDuplicate.MERGE_GAPS, list, "skipped"),
    ("UPDATE: a value of each differs", OnDuplicate.UPDATE, moved, "updated"),
    ("MERGE_GAPS: a gap of each is filled", OnDuplicate.MERGE_GAPS, employed, "updated"),
)
"""What is imported, how, with which change, and what has to become of each row."""


async def became(workspace_id: UUID, id: UUID, count: int, what: str) -> None:
    """End the benchmark where not all rows became what they should."""
    async with workspace_transaction(workspace_id) as tx:
        [row] = await tx.fetch(
            "SELECT * FROM imports WHERE workspace_id = $1 AND id = $2", tx.workspace_id, id
        )
    if row[what] != count:
        raise SystemExit(f"Of {count} rows only {row[what]} were {what}: {row['problems'][:1]}")


async def main(arguments: list[str]) -> None:
    """Import a file of new customers, and again, with each policy."""
    parser = argparse.ArgumentParser(prog="bench imports", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--only-new", action="store_true", help="the first measurement alone")
    told = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    print(f"Load average at the start: {os.getloadavg()[0]:.1f}. {os.cpu_count()} cores.")
    await open_database(read_settings())
    with tempfile.TemporaryDirectory() as folder:
        files = Files(Path(folder) / "files")
        table, book = Path(folder) / "people.csv", Path(folder) / "people.xlsx"
        workspace = await create_workspace("Benchmark")
        print(HEAD.format(name="import"))
        for label, policy, change, what in WAYS[: 1 if told.only_new else None]:
            await asyncio.to_thread(write_csv, table, told.rows, change)
            id = await asked(workspace.id, files, table, policy)
            print((await measure("import", workspace.id, id, files.folder)).line(label), flush=True)
            await became(workspace.id, id, told.rows, what)
        if not told.only_new:
            await asyncio.to_thread(write_workbook, book, told.rows)
            other = await create_workspace("Benchmark of workbooks")
            id = await asked(other.id, files, book, OnDuplicate.SKIP)
            measured = await measure("import", other.id, id, files.folder)
            print(measured.line("new customers of an XLSX"))
            await became(other.id, id, told.rows, "added")
    await close_database()
    print(f"Load average at the end: {os.getloadavg()[0]:.1f}.")
