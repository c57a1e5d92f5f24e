"""Exports: of whom, in which form, killed, held by one worker at a time, and purged."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from python_calamine import CalamineWorkbook

from models import Export, ExportFormat, ExportStatus, PropertyType, Workspace
from services.batches import always
from services.exporting import formats, runs
from services.exporting.frozen import Frozen
from services.exporting.requests import NewExport, ask_export
from services.exporting.runs import ExportRun, run_export
from services.file_purges import purge_files, sweep_files
from services.files import Files
from services.properties import PropertyEntry
from services.transactions import workspace_transaction
from services.uploads import keep_upload
from tests.services.importing.queues import chunks
from tests.services.writing import NOW, as_user, customer, group, rows, user

EVERYBODY = Frozen("r.workspace_id = $1 AND r.deleted_at IS NULL AND r.merged_into_id IS NULL")


class Desk:
    """Exports of one workspace, with their files in one folder."""

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        self.workspace = workspace
        self.files = Files(folder)

    async def ask(
        self, format: ExportFormat, of: Frozen = EVERYBODY, columns: list[str] | None = None
    ) -> UUID:
        """Have customers exported; the export's id."""
        async with workspace_transaction(self.workspace.id, now=NOW) as tx:
            row = await ask_export(tx, NewExport(format=format, of=of, columns=columns))
        return row.id

    async def run(self, id: UUID, **more: Any) -> ExportRun:
        """What a worker does with an export."""
        told: dict[str, Any] = {"clock": lambda: NOW, "proceed": always, **more}
        return await run_export(self.workspace.id, id, files=self.files, **told)

    async def row(self, id: UUID) -> Export:
        """How an export stands."""
        found = await rows(
            self.workspace, "SELECT * FROM exports WHERE workspace_id = $1 AND id = $2", id
        )
        return Export._init_from_db(**found[0])

    async def exported(self, format: ExportFormat, of: Frozen = EVERYBODY) -> bytes:
        """The file of an export."""
        id = await self.ask(format, of)
        assert (await self.run(id)).finished
        row = await self.row(id)
        assert row.status is ExportStatus.FINISHED
        assert row.path is not None
        data = self.files.at(row.path).read_bytes()
        assert row.size == len(data)
        return data

    def left(self) -> list[str]:
        """The names of the files in the folder."""
        return sorted(path.name for path in self.files.folder.rglob("*") if path.is_file())


@pytest.fixture
def desk(workspace: Workspace, tmp_path: Path) -> Desk:
    """Exports of a fresh workspace."""
    return Desk(workspace, tmp_path / "files")


def table(data: bytes) -> list[dict[str, str]]:
    """The rows of a CSV."""
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


async def test_a_table_says_what_an_import_reads(desk: Desk) -> None:
    workspace = desk.workspace
    owner, expo = await user(workspace, "Rina"), await group(workspace, "Expo")
    size = await property_of(workspace, "size", PropertyType.MULTI_SELECT, ["M", "L"])
    await customer(
        workspace,
        "=Siti",
        phone="081211111111",
        owner_id=owner.id,
        group_ids=[expo.id],
        properties=[PropertyEntry(size, ["M", "L"])],
    )
    [row] = table(await desk.exported(ExportFormat.CSV))
    assert (row["fullName"], row["phone"]) == ("'=Siti", "'+6281211111111")
    assert (row["ownerId"], row["groupIds"], row["size"]) == (owner.email, "Expo", "M; L")
    assert next(iter(row)) == "id"
    assert row["email"] == ""
    [line] = (await desk.exported(ExportFormat.JSONL)).splitlines()
    told = json.loads(line)
    assert (told["fullName"], told["phone"], told["email"]) == ("=Siti", "+6281211111111", None)
    assert (told["groupIds"], told["size"]) == (["Expo"], ["M", "L"])


async def property_of(
    workspace: Workspace, key: str, type: PropertyType, options: list[str]
) -> str:
    """A custom property of the workspace; its key."""
    await rows(
        workspace,
        "INSERT INTO property_definitions (workspace_id, id, key, label, type, options, required,"
        " enabled, built_in, position, created_at, updated_at)"
        " VALUES ($1, $2, $3, $3, $4, $5::text[], false, true, false, 1, $6, $6) RETURNING id",
        UUID(int=len(key)),
        key,
        type,
        options,
        NOW,
    )
    return key


async def test_a_workbook_holds_text_that_no_spreadsheet_runs(desk: Desk, tmp_path: Path) -> None:
    names = ["=1+1", "'=1", '<b> & "Budi"', "a\u0001b".replace("\u0001", ""), "Zoë 😀"]
    for name in names:
        await customer(desk.workspace, name)
    path = tmp_path / "export.xlsx"
    path.write_bytes(await desk.exported(ExportFormat.XLSX))
    header, *found = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    place = header.index("fullName")
    assert sorted(str(row[place]) for row in found) == sorted(
        ["''=1" if name == "'=1" else name for name in names]
    )


async def test_a_full_sheet_goes_on_in_the_next_one(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "SHEET_ROWS", 3)
    for number in range(5):
        await customer(desk.workspace, f"Budi {number}")
    path = tmp_path / "export.xlsx"
    path.write_bytes(await desk.exported(ExportFormat.XLSX))
    book = CalamineWorkbook.from_path(path)
    sizes = [len(book.get_sheet_by_index(n).to_python()) for n in range(3)]
    assert sizes == [3, 3, 2]


async def test_only_those_who_meet_the_condition_are_in_it(
    desk: Desk, other_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "PAGE", 2)
    for number in range(7):
        await customer(desk.workspace, f"Budi {number}", status="LEAD" if number % 2 else None)
    await customer(other_workspace, "Wati", status="LEAD")
    of = Frozen(f"{EVERYBODY.condition} AND r.status = ANY($2::text[])", [["LEAD"]])
    found = table(await desk.exported(ExportFormat.CSV, of))
    assert [row["fullName"] for row in found] == ["Budi 1", "Budi 3", "Budi 5"]


def test_values_of_every_kind_are_kept_with_a_condition() -> None:
    values = [[UUID(int=7)], NOW, NOW.date(), "x", 3, True, None]
    assert Frozen.read(json.loads(json.dumps(Frozen("c", values).written()))).values == values


async def test_a_views_columns_follow_the_name(desk: Desk) -> None:
    await customer(desk.workspace, "Budi", phone="081211111111")
    id = await desk.ask(ExportFormat.CSV, columns=["phone", "fullName", "nothing"])
    await desk.run(id)
    row = await desk.row(id)
    text = desk.files.at(str(row.path)).read_text()
    assert text.splitlines() == ["fullName,phone", "Budi,'+6281211111111"]


class Killed(BaseException):
    """Stands for a worker that dies."""


async def test_a_killed_export_is_begun_anew_and_leaves_one_file(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "PAGE", 2)
    for number in range(5):
        await customer(desk.workspace, f"Budi {number}")
    id = await desk.ask(ExportFormat.CSV)
    asked = iter([True])

    def dies() -> bool:
        if not next(asked, False):
            raise Killed
        return True

    with pytest.raises(Killed):
        await desk.run(id, proceed=dies)
    assert not (await desk.run(id)).claimed
    later = NOW + timedelta(minutes=5)
    assert (await desk.run(id, clock=lambda: later)).rows == 5
    row = await desk.row(id)
    assert len(table(desk.files.at(str(row.path)).read_bytes())) == 5
    assert desk.left() == [f"{id.hex}.csv"]


async def test_a_stopped_export_is_left_to_whoever_comes_next(desk: Desk) -> None:
    await customer(desk.workspace)
    id = await desk.ask(ExportFormat.CSV)
    assert not (await desk.run(id, proceed=lambda: False)).finished
    assert desk.left() == []
    assert (await desk.run(id)).finished


async def test_files_are_purged_when_their_time_is_over(desk: Desk) -> None:
    actor = as_user(await user(desk.workspace))
    await customer(desk.workspace)
    await desk.exported(ExportFormat.CSV)
    await keep_upload(
        desk.files, actor, "a.csv", chunks(b"fullName\n"), limit=99, clock=lambda: NOW
    )
    assert await purge_files(desk.files, desk.workspace.id, NOW + timedelta(hours=71)) == 0
    assert len(desk.left()) == 2
    assert await purge_files(desk.files, desk.workspace.id, NOW + timedelta(hours=72)) == 2
    assert desk.left() == []
    [row] = await rows(desk.workspace, "SELECT * FROM exports WHERE workspace_id = $1")
    assert (row["status"], row["path"]) == (ExportStatus.EXPIRED, None)
    assert await rows(desk.workspace, "SELECT * FROM uploads WHERE workspace_id = $1") == []


async def test_what_no_row_names_is_swept_when_it_is_old(desk: Desk) -> None:
    left = desk.files.at(desk.files.place(desk.workspace.id, "exports", "x.part"))
    left.write_text("half")
    written = left.stat().st_mtime
    now = NOW.fromtimestamp(written, NOW.tzinfo)
    assert await sweep_files(desk.files, now + timedelta(hours=95)) == 0
    assert await sweep_files(desk.files, now + timedelta(hours=97)) == 1
