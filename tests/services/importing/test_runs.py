"""Runs: killed at any point, repeated, tried, fought over."""

import asyncio
import os
from pathlib import Path

import pytest

from models import ImportKind, ImportStatus, Workspace
from services.errors import ErrorCode, Refusal
from tests.services.importing.files import (
    customers,
    failures,
    imported,
    killed_after,
    lines,
    numbers,
    request,
    tried,
    written,
)
from tests.services.writing import count, event_types, rows

HEADER = ["externalId", "fullName", "phone"]
KIND = ImportKind.CUSTOMERS


def people(path: Path, count: int, bad: int = 7) -> Path:
    """A file in which every `bad`th row has no name. Most have no external id."""
    return written(
        path,
        HEADER,
        *(
            ["" if n % 3 else f"A-{n}", "" if n % bad == 0 else f"Budi {n}", f"08123456{n:04}"]
            for n in range(1, count + 1)
        ),
    )


async def test_killed_five_times_every_row_arrives_once(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = people(tmp_path / "people.csv", 500)
    of = request(workspace, KIND, path, batch_rows=20)
    for rows_done in (20, 100, 101, 300, 480):
        await killed_after(rows_done, of)
    summary = await customers(workspace, path, batch_rows=20)
    assert summary.resumed_after >= 480
    assert numbers(summary) == (500, 429, 0, 0, 71)
    assert await count(workspace, "customers") == 429
    assert await count(workspace, "contact_logs") == 429
    assert [line for line, _ in lines(failures(summary))] == [n + 1 for n in range(7, 501, 7)]
    (record,) = await rows(workspace, "SELECT * FROM imports WHERE workspace_id = $1")
    assert record["status"] == ImportStatus.FINISHED
    assert (record["done"], record["total"], record["failed"]) == (500, 500, 71)
    assert (await event_types(workspace)).count("IMPORT_FINISHED") == 1  # type: ignore[arg-type]


async def test_what_a_killed_batch_wrote_of_its_failures_is_written_once(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = people(tmp_path / "people.csv", 100)
    await killed_after(40, request(workspace, KIND, path, batch_rows=20))
    with (tmp_path / "people.errors.csv").open("a") as file:
        file.write("43,fullName,half a row of a batch that was never comm")
    summary = await customers(workspace, path, batch_rows=20)
    assert [line for line, _ in lines(failures(summary))] == [n + 1 for n in range(7, 101, 7)]


async def test_a_lost_file_of_failed_rows_is_told_of(workspace: Workspace, tmp_path: Path) -> None:
    path = people(tmp_path / "people.csv", 100)
    await killed_after(40, request(workspace, KIND, path, batch_rows=20))
    (tmp_path / "people.errors.csv").unlink()
    summary = await customers(workspace, path, batch_rows=20)
    assert summary.failures_lost
    assert numbers(summary)[4] == 14
    assert [line for line, _ in lines(failures(summary))] == [n + 1 for n in range(42, 101, 7)]


async def test_another_mapping_or_another_file_is_another_import(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = people(tmp_path / "people.csv", 60)
    await killed_after(20, request(workspace, KIND, path, batch_rows=20))
    summary = await customers(workspace, path, ("phone", "username"), batch_rows=20)
    assert summary.resumed_after == 0
    people(path, 61)
    assert (await customers(workspace, path, batch_rows=20)).resumed_after == 0
    assert await count(workspace, "imports") == 3


async def test_of_two_at_once_one_goes_on_and_the_other_is_refused(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = people(tmp_path / "people.csv", 400)
    found = await asyncio.gather(
        customers(workspace, path, batch_rows=20),
        customers(workspace, path, batch_rows=20),
        return_exceptions=True,
    )
    refusals = [one for one in found if isinstance(one, Refusal)]
    assert len(refusals) == 1, found
    assert refusals[0].code is ErrorCode.CONFLICT
    assert await count(workspace, "customers") == 343


async def test_a_dry_run_counts_what_a_run_would_do_and_keeps_nothing(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = written(
        tmp_path / "people.csv",
        HEADER,
        *([f"A-{n}", f"Budi {n}", f"08123456{n % 45:04}"] for n in range(50)),
        ["A-1", "Budi Satu", ""],
    )
    trial = await tried(workspace, KIND, path)
    assert numbers(trial) == (51, 45, 1, 0, 5)
    assert lines(failures(trial)) == [(47 + n, "phone") for n in range(5)]
    for table in ("customers", "contact_logs", "imports", "events", "counters"):
        assert await count(workspace, table) == 0
    assert numbers(await customers(workspace, path)) == numbers(trial)


async def test_no_file_of_failed_rows_is_left_where_none_failed(
    workspace: Workspace, tmp_path: Path
) -> None:
    stale = tmp_path / "people.errors.csv"
    stale.write_text("from an earlier import")
    path = written(tmp_path / "people.csv", HEADER, ["A-1", "Budi", ""])
    summary = await customers(workspace, path)
    assert summary.failures_path is None
    assert not stale.exists()


async def test_failed_rows_go_to_the_current_folder_where_the_files_own_is_closed(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setattr(os, "access", lambda path, mode: path == elsewhere)
    path = written(tmp_path / "people.csv", HEADER, ["A-1", "", ""])
    summary = await customers(workspace, path)
    assert summary.failures_path == elsewhere / "people.errors.csv"


async def test_failed_rows_mended_are_imported_from_their_own_file(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = people(tmp_path / "people.csv", 20)
    summary = await customers(workspace, path)
    assert summary.failures_path is not None
    mended = tmp_path / "mended.csv"
    mended.write_text(summary.failures_path.read_text().replace(",0812", "Budi,0812", 1))
    again = await imported(workspace, KIND, mended)
    assert numbers(again)[1] + numbers(again)[4] == numbers(summary)[4]
    assert set(again.unused_columns) == {"line", "column", "reason"}
