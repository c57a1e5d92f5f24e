"""`import` and `demo` as commands: what they print, their exit codes, and being killed for real."""

import asyncio
import json
import subprocess
from pathlib import Path

from models import Workspace
from resolvers.ids import global_id
from services.demo.shops import WORKSPACE_ID
from settings import Settings
from tests.gateway.installations import bare_environment, command, satukan
from tests.gateway.test_cli import UNKNOWN, on
from tests.services.demo.shops import CUSTOMERS, demo_shop
from tests.services.importing.files import written
from tests.services.writing import count, rows

HEADER = ["nama", "nama belakang", "phone"]


def people(path: Path, number: int) -> Path:
    return written(path, HEADER, *([f"Budi {n}", "Santoso", f"0812{n:08}"] for n in range(number)))


def into(workspace: Workspace, path: Path, *options: str) -> tuple[str, ...]:
    """The arguments of an import of people."""
    mapping = ("--map", "nama=fullName", "--map", "nama belakang=fullName")
    id = global_id(Workspace, workspace.id)
    return ("import", "customers", str(path), "--workspace", id, *mapping, *options)


async def test_an_import_says_what_it_did_and_where_the_failed_rows_are(
    settings: Settings, workspace: Workspace, tmp_path: Path
) -> None:
    path = written(
        tmp_path / "people.csv",
        [*HEADER, "shoe"],
        ["Budi", "Santoso", "081234567890", "42"],
        ["Siti", "", "12", ""],
    )
    tried = satukan(*into(workspace, path, "--dry-run"), **on(settings))
    assert tried.returncode == 0, tried.stderr
    assert "Dry run, nothing kept: 1 added, 0 updated, 0 unchanged, 1 failed" in tried.stdout
    assert await count(workspace, "customers") == 0
    done = satukan(*into(workspace, path), **on(settings))
    assert done.returncode == 0, done.stderr
    errors = tmp_path / "people.errors.csv"
    assert done.stdout.splitlines() == [
        "Not imported: the columns shoe.",
        f"1 added, 0 updated, 0 unchanged, 1 failed, see {errors}.",
    ]
    assert errors.read_text().splitlines()[0] == "line,column,reason,nama,nama belakang,phone,shoe"
    (row,) = await rows(workspace, "SELECT full_name FROM customers WHERE workspace_id = $1")
    assert row["full_name"] == "Budi Santoso"


async def test_killed_for_real_the_same_command_goes_on_and_every_row_arrives_once(
    settings: Settings, workspace: Workspace, tmp_path: Path
) -> None:
    path = people(tmp_path / "people.csv", 12_000)
    arguments = into(workspace, path, "--json")
    for least in (1, 4_000):
        process = await asyncio.create_subprocess_exec(
            *command(*arguments),
            env=bare_environment(on(settings)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        done_rows = 0
        while done_rows < least and process.returncode is None:
            done_rows = await rows_done(workspace)
        process.kill()
        await process.wait()
    done = satukan(*arguments, **on(settings))
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["resumedAfter"] >= 4_000
    assert (summary["done"], summary["added"], summary["failed"]) == (12_000, 12_000, 0)
    assert await count(workspace, "customers") == 12_000


async def rows_done(workspace: Workspace) -> int:
    """The rows that an import has committed."""
    found = await rows(
        workspace, "SELECT coalesce(max(done), 0) AS done FROM imports WHERE workspace_id = $1"
    )
    return int(found[0]["done"])


async def test_what_cannot_be_imported_is_refused_with_a_sentence(
    settings: Settings, workspace: Workspace, tmp_path: Path
) -> None:
    path = people(tmp_path / "people.csv", 2)
    id = global_id(Workspace, workspace.id)
    customers = ("import", "customers", str(path), "--workspace", id)
    attempts = [
        ((*customers,), "No column feeds fullName. Name one: --map COLUMN=fullName."),
        ((*customers, "--map", "name=fullName"), "The file has: nama, nama belakang, phone."),
        ((*customers, "--map", "nama=name"), "A column can feed: fullName, ownerId"),
        ((*customers, "--map", "nama"), "Write it as COLUMN=FIELD."),
        (
            ("import", "orders", str(tmp_path / "none.csv"), "--workspace", id),
            "There is no file",
        ),
        (
            ("import", "customers", str(path), "--workspace", UNKNOWN),
            "`satukan workspace list` shows them.",
        ),
    ]
    for arguments, sentence in attempts:
        outcome = satukan(*arguments, **on(settings))
        assert (outcome.returncode, outcome.stdout) == (1, ""), arguments
        assert sentence in outcome.stderr
        assert "Traceback" not in outcome.stderr


async def test_an_import_of_which_nothing_is_kept_fails(
    settings: Settings, workspace: Workspace, tmp_path: Path
) -> None:
    path = written(tmp_path / "people.csv", HEADER, ["", "", "081234567890"])
    outcome = satukan(*into(workspace, path), **on(settings))
    assert outcome.returncode == 1
    assert "No row could be imported." in outcome.stderr


async def test_demo_data_are_loaded_once(settings: Settings, database: None) -> None:
    await demo_shop()
    workspace = f"wsp_{WORKSPACE_ID.hex}"
    again = satukan("demo", "--customers", "40", **on(settings))
    assert again.returncode == 0, again.stderr
    assert f"({workspace}) is there already, with 40 customers." in again.stdout
    told = satukan("demo", "--customers", str(CUSTOMERS), "--json", **on(settings))
    assert json.loads(told.stdout) == {"workspace": workspace, "customers": CUSTOMERS, "added": 0}
