"""Erasing a person: files that may name them can be fetched by nobody any more."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from models import Export, Import, Upload, Workspace
from models.base import new_id
from services.erasing.customers import erase_customer
from services.file_purges import purge_files
from services.files import Files
from services.transactions import Transaction
from services.uploads import purge_uploads
from tests.services.writing import NOW, change, customer, rows

LATER = NOW + timedelta(days=3)


def a_file(files: Files, workspace: Workspace, kind: str) -> str:
    """A file in the folder; its path below it."""
    path = files.place(workspace.id, kind, new_id().hex)
    files.at(path).write_text("fullName,phone\nAni,+6281299900017\n")
    return path


async def insert(workspace: Workspace, row: Any) -> UUID:
    """Write a row; its id."""

    async def write(tx: Transaction) -> None:
        await row.save(using_db=tx.connection, force_create=True)

    await change(workspace, write)
    id: UUID = row.id
    return id


def an_import(workspace: Workspace, **values: Any) -> Import:
    """An import that has ended."""
    told = {
        "kind": "CUSTOMERS",
        "status": "FINISHED",
        "file_name": "ani.csv",
        "file_sha256": "0" * 64,
        "created_at": NOW,
        "finished_at": NOW,
        **values,
    }
    return Import(id=new_id(), workspace_id=workspace.id, **told)


async def test_files_are_out_of_reach_at_once_and_then_removed(
    workspace: Workspace, other_workspace: Workspace, tmp_path: Path
) -> None:
    files = Files(tmp_path)
    ani = await customer(workspace, "Ani", phone="+6281299900017")
    kept = {}
    for tenant in (workspace, other_workspace):
        export = Export(
            id=new_id(),
            workspace_id=tenant.id,
            status="FINISHED",
            format="CSV",
            path=a_file(files, tenant, "exports"),
            created_at=NOW,
            finished_at=NOW,
            expires_at=LATER,
        )
        upload = Upload(
            id=new_id(),
            workspace_id=tenant.id,
            file_name="ani.csv",
            size=1,
            sha256="0" * 64,
            path=a_file(files, tenant, "uploads"),
            created_at=NOW,
            expires_at=LATER,
        )
        await insert(tenant, export)
        await insert(tenant, upload)
        errors = a_file(files, tenant, "errors")
        imported = an_import(tenant, upload_id=upload.id, error_file_path=errors, expires_at=LATER)
        await insert(tenant, imported)
        kept[tenant.id] = [export.path, upload.path, errors]
    await change(workspace, erase_customer, ani.id)
    for tenant in (workspace, other_workspace):
        await purge_files(files, tenant.id, NOW)
        await purge_uploads(files, tenant.id, NOW)
    assert [files.at(path).exists() for path in kept[workspace.id]] == [False] * 3
    assert [files.at(path).exists() for path in kept[other_workspace.id]] == [True] * 3


async def test_an_export_that_is_being_written_begins_anew(workspace: Workspace) -> None:
    ani = await customer(workspace, "Ani")
    export = Export(
        id=new_id(),
        workspace_id=workspace.id,
        status="RUNNING",
        format="CSV",
        options={"of": {}},
        created_at=NOW,
        lease_until=LATER,
    )
    await insert(workspace, export)
    await change(workspace, erase_customer, ani.id)
    [row] = await rows(
        workspace, "SELECT lease_until, options FROM exports WHERE workspace_id = $1"
    )
    assert row["lease_until"] is None
    assert "of" in row["options"]


async def test_refused_rows_that_name_the_person_are_forgotten(workspace: Workspace) -> None:
    ani = await customer(workspace, "Ani Qzx", phone="+6281299900017")
    problems = [
        [{"line": 2, "column": "phone", "message": "6281299900017 is another customer's."}],
        [{"line": 2, "column": "phone", "message": "12 is no phone number."}],
    ]
    for told in problems:
        await insert(workspace, an_import(workspace, problems=told))
    await change(workspace, erase_customer, ani.id)
    found = await rows(
        workspace, "SELECT problems FROM imports WHERE workspace_id = $1 ORDER BY id"
    )
    assert found[0]["problems"] == "[]"
    assert "12 is no phone number." in found[1]["problems"]
