"""Queued imports: killed, cancelled, tried, held by one worker at a time; files of all kinds."""

import asyncio
import io
import zipfile
from datetime import timedelta
from uuid import UUID

import pytest

from models import ImportStatus
from services.batches import Proceed
from services.errors import Refusal
from services.importing.requests import NewImport, ask_import, cancel_import
from services.transactions import workspace_transaction
from tests.services.importing.queues import Queue, counts, table
from tests.services.writing import NOW, count, event_types, rows

HEADER = ["externalId", "fullName", "phone"]


def people(number: int) -> bytes:
    """A file of so many people, every seventh without a name."""
    return table(
        HEADER,
        *(
            ["" if n % 3 else f"A-{n}", "" if n % 7 == 0 else f"Budi {n}", f"0812{n:08}"]
            for n in range(1, number + 1)
        ),
    )


class Killed(BaseException):
    """Stands for a worker that dies."""


def dies_after(batches: int) -> Proceed:
    """A worker that dies before its next batch."""
    left = [batches]

    def proceed() -> bool:
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        return True

    return proceed


def stops_after(batches: int) -> Proceed:
    """A worker that is told to stop before its next batch."""
    left = iter([True] * batches)
    return lambda: next(left, False)


async def test_killed_five_times_every_row_arrives_once(queue: Queue) -> None:
    id = await queue.ask(people(500))
    at = NOW
    for batches in (1, 3, 1, 2, 4):
        with pytest.raises(Killed):
            await queue.run(id, dies_after(batches), batch_rows=20, now=at)
        at += timedelta(minutes=10)
    assert (await queue.run(id, batch_rows=20, now=at)).finished
    done = await queue.row(id)
    assert counts(done) == (500, 429, 0, 0, 71)
    assert [int(one["line"]) for one in queue.errors(done)] == [n + 1 for n in range(7, 501, 7)]
    assert await count(queue.workspace, "customers") == 429
    assert await count(queue.workspace, "contact_logs") == 429


async def test_one_worker_at_a_time_has_an_import(queue: Queue) -> None:
    id = await queue.ask(people(10))
    await rows(
        queue.workspace,
        "UPDATE imports SET status = 'RUNNING', lease_until = $2 WHERE workspace_id = $1"
        " RETURNING id",
        NOW + timedelta(seconds=5),
    )
    assert not (await queue.run(id)).claimed
    assert (await queue.run(id, now=NOW + timedelta(seconds=5))).finished
    assert not (await queue.run(id)).claimed


async def test_an_import_whose_turn_is_over_is_left_for_the_others(queue: Queue) -> None:
    id = await queue.ask(people(10))
    run = await queue.run(id, proceed=lambda: False)
    assert run.claimed
    assert not run.finished
    left = await queue.row(id)
    assert (left.status, left.done, left.lease_until) == (ImportStatus.RUNNING, 0, NOW)
    assert (await queue.run(id)).finished


async def cancel(queue: Queue, id: UUID) -> None:
    """Cancel an import."""
    async with workspace_transaction(queue.workspace.id, now=NOW) as tx:
        assert (await cancel_import(tx, id)).status is ImportStatus.CANCELLED


async def test_a_cancelled_import_ends_behind_its_batch(queue: Queue) -> None:
    id = await queue.ask(people(100))
    await queue.run(id, stops_after(2), batch_rows=20)
    await cancel(queue, id)
    assert not (await queue.run(id)).claimed
    ended = await queue.row(id)
    assert (ended.status, ended.done) == (ImportStatus.CANCELLED, 40)
    await cancel(queue, id)
    assert (await event_types(queue.workspace)).count("IMPORT_FINISHED") == 1  # type: ignore[arg-type]


async def test_an_import_is_cancelled_under_the_worker_that_has_it(queue: Queue) -> None:
    id = await queue.ask(people(100))
    begun = asyncio.Event()

    def proceed() -> bool:
        begun.set()
        return True

    running = asyncio.create_task(queue.run(id, proceed, batch_rows=20))
    await begun.wait()
    await cancel(queue, id)
    await running
    ended = await queue.row(id)
    assert ended.status is ImportStatus.CANCELLED
    assert ended.done == ended.added + ended.failed < 100


async def test_an_import_that_has_ended_cannot_be_cancelled(queue: Queue) -> None:
    id = await queue.ask(people(3))
    await queue.run(id)
    async with workspace_transaction(queue.workspace.id, now=NOW) as tx:
        with pytest.raises(Refusal, match="has ended"):
            await cancel_import(tx, id)


async def test_a_trial_counts_what_a_run_would_do_and_keeps_nothing(queue: Queue) -> None:
    trial = await queue.done(people(50), dry_run=True)
    assert (trial.status, counts(trial)) == (ImportStatus.FINISHED, (50, 43, 0, 0, 7))
    assert trial.problems[0] == {"line": 8, "column": "fullName", "message": "fullName is empty."}
    assert len(queue.errors(trial)) == 7
    for kept in ("customers", "contact_logs", "counters"):
        expected = 1 if kept == "counters" else 0
        assert await count(queue.workspace, kept) == expected, kept
    assert counts(await queue.done(people(50))) == counts(trial)


async def test_columns_that_nobody_told_of_are_guessed(queue: Queue) -> None:
    file = table(
        ["Nama Depan", "Nama Belakang", "No. HP", "Alamat E-mail", "Kota/Kabupaten", "Catatan"],
        ["Siti", "Rahma", "0812 3456 7890", "siti@example.com", "Bandung", "x"],
    )
    done = await queue.done(file, mapping=(("Catatan", "jobTitle"),))
    assert counts(done) == (1, 1, 0, 0, 0), queue.errors(done)
    assert {one["column"]: one["fields"] for one in done.columns} == {
        "Nama Depan": ["fullName"],
        "Nama Belakang": ["fullName"],
        "No. HP": ["phone"],
        "Alamat E-mail": ["email"],
        "Kota/Kabupaten": ["regencyCity"],
        "Catatan": ["jobTitle"],
    }
    [found] = await queue.customers()
    assert (found["full_name"], found["phone"]) == ("Siti Rahma", "+6281234567890")
    assert (found["regency_city"], found["job_title"]) == ("Bandung", "x")


def bomb() -> bytes:
    """A workbook that says that it unpacks to more than a gigabyte."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(600):
                sheet.write(b"0" * (1 << 20))
    return data.getvalue()


def liar() -> bytes:
    """A workbook that unpacks to more than it says."""
    data = bytearray(bomb())
    at = data.find(b"PK\x01\x02", data.find(b"PK\x01\x02") + 4)
    data[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    return bytes(data)


BAD_FILES = {
    "a ZIP bomb": (bomb, "bom.xlsx", "more than an XLSX may"),
    "a ZIP bomb that lies": (liar, "bom.xlsx", "XLSX"),
    "NUL bytes": (lambda: b"fullName\nBu\x00di\n", "nul.csv", "is no text"),
    "late NUL bytes": (
        lambda: b"fullName\n" + b"Budi\n" * 300_000 + b"\x00\n",
        "nul.csv",
        "is no text",
    ),
    "10,000 columns": (
        lambda: b",".join(b"c%d" % n for n in range(10_000)) + b"\nBudi\n",
        "wide.csv",
        "10000 columns",
    ),
    "two columns of one name": (lambda: b"fullName,fullName\na,b\n", "two.csv", "two columns"),
    "no header": (lambda: b"\n\n\n", "blank.csv", "is empty"),
    "a header with a broken quote": (lambda: b'"fullName\nBudi\n', "quote.csv", "no header"),
    "a picture": (
        lambda: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01" * 50,
        "picture.csv",
        "is no text",
    ),
    "a picture as a workbook": (lambda: b"PK\x03\x04\xff\xd8\xff\xe0", "p.xlsx", "damaged"),
    "no column for the name": (lambda: b"phone\n0812\n", "phone.csv", "fullName"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
async def test_a_file_that_is_no_table_ends_in_a_sentence(queue: Queue, kind: str) -> None:
    make, name, sentence = BAD_FILES[kind]
    done = await queue.done(make(), name)
    assert done.status is ImportStatus.FAILED
    assert done.failure is not None
    assert sentence in done.failure
    assert name in done.failure or "column" in done.failure
    after = await queue.done(people(3))
    assert (after.status, after.added) == (ImportStatus.FINISHED, 3)


async def test_a_row_of_fifty_megabytes_fails_by_itself(queue: Queue) -> None:
    file = b"fullName\nBudi\n" + b"x" * (50 << 20) + b"\nSiti\n"
    done = await queue.done(file)
    assert counts(done) == (3, 2, 0, 0, 1)
    assert done.problems[0]["line"] == 3


@pytest.mark.parametrize("ending", ["", "\n"])
async def test_a_broken_quote_fails_its_line_alone(queue: Queue, ending: str) -> None:
    file = f'fullName,phone\nBudi,081200000001\n"Siti,081200000002\nDewi,081200000003{ending}'
    done = await queue.done(file.encode())
    assert counts(done) == (3, 2, 0, 0, 1)
    assert [one["line"] for one in queue.errors(done)] == ["3"]
    assert "quote" in queue.errors(done)[0]["reason"]


async def test_what_is_asked_for_is_checked_at_once(queue: Queue) -> None:
    id = await queue.ask(people(1))
    upload = (await queue.row(id)).upload_id
    assert upload is not None
    never = queue.workspace.id
    for told, field in (
        ({"upload_id": never}, ("uploadId",)),
        ({"upload_id": upload, "group_ids": [never]}, ("groupIds", "0")),
        ({"upload_id": upload, "mapping": [("a", "nobody")]}, ("mapping", "0", "field")),
    ):
        async with workspace_transaction(queue.workspace.id, now=NOW) as tx:
            with pytest.raises(Refusal) as caught:
                await ask_import(tx, NewImport(**told))
        assert caught.value.field == field
