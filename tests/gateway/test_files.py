"""Files over HTTP: sent to POST /uploads, fetched from GET /downloads/ID."""

import errno
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

import models
from gateway.app import create_app, present
from gateway.auth import BearerAuthenticator
from gateway.downloads import Downloads
from gateway.health import Health
from gateway.routes import assemble
from gateway.uploads import Uploads
from models import (
    Export,
    ExportFormat,
    ExportStatus,
    Import,
    ImportKind,
    ImportStatus,
    Role,
    Workspace,
)
from models.base import new_id
from services.api_keys import create_key
from services.files import Files, new_download_key, signed_path
from services.ids import decode_id, global_id
from services.rows import insert_row
from services.transactions import workspace_transaction
from settings import Settings
from tests.services.writing import rows

Ask = Callable[..., Awaitable[httpx.AsyncClient]]
TEXT = b"id;name\n" + b"1;Budi\n" * 100


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A folder of files."""
    return Files(tmp_path / "files")


@pytest_asyncio.fixture
async def ask(settings: Settings, database: None, files: Files) -> AsyncIterator[Ask]:
    """Makes clients of a gateway: of a workspace with scopes, or of nobody; with settings."""
    clients: list[httpx.AsyncClient] = []

    async def make(
        workspace: Workspace | None = None, *scopes: str, **told: Any
    ) -> httpx.AsyncClient:
        own = settings.model_copy(update={"files": files.folder, **told})
        headers = {}
        if workspace is not None:
            role = Role.PARTNER if scopes else Role.OWNER
            _, key = await create_key(workspace.id, role, scopes)
            headers["Authorization"] = f"Bearer {key}"
        transport = httpx.ASGITransport(create_app(own), raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers)
        clients.append(client)
        return client

    yield make
    for client in clients:
        await client.aclose()


def left(files: Files) -> list[Path]:
    """The files in a folder."""
    return [path for path in files.folder.rglob("*") if path.is_file()]


async def test_a_file_is_kept_whole_under_its_name(
    ask: Ask, files: Files, workspace: Workspace
) -> None:
    client = await ask(workspace)
    answer = await client.post("/uploads?name=Pelanggan%20baru.csv", content=TEXT)
    assert answer.status_code == 201
    body = answer.json()
    assert (body["fileName"], body["size"]) == ("Pelanggan baru.csv", len(TEXT))
    found = decode_id(body["id"])
    assert found is not None
    assert found[0] is models.Upload
    [row] = await rows(workspace, "SELECT * FROM uploads WHERE workspace_id = $1")
    assert row["id"] == found[1]
    assert files.at(row["path"]).read_bytes() == TEXT


@pytest.mark.parametrize(
    ("query", "header", "kept"),
    [
        ("", "nama%20%C3%A9.xlsx", "nama é.xlsx"),
        ("?name=../../etc/passwd", "", "passwd"),
        ("?name=C:\\data\\a.csv", "", "a.csv"),
        ("", "", "upload.csv"),
    ],
)
async def test_a_name_comes_by_the_query_or_a_header_and_is_no_path(
    ask: Ask, workspace: Workspace, query: str, header: str, kept: str
) -> None:
    client = await ask(workspace)
    headers = {"X-File-Name": header} if header else {}
    answer = await client.post(f"/uploads{query}", content=TEXT, headers=headers)
    assert answer.json()["fileName"] == kept


async def test_a_file_that_says_that_it_is_too_large_is_refused_at_once(
    ask: Ask, files: Files, workspace: Workspace
) -> None:
    client = await ask(workspace, limit_upload_bytes=1_024)
    answer = await client.post("/uploads", content=b"x" * 1_025)
    assert answer.status_code == 413
    [error] = answer.json()["errors"]
    assert error["extensions"] == {
        "code": "PAYLOAD_TOO_LARGE",
        "limit": "upload_bytes",
        "allowed": 1_024,
    }
    assert left(files) == []


async def test_a_file_that_turns_out_too_large_is_refused_and_leaves_nothing(
    ask: Ask, files: Files, workspace: Workspace
) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 100

    client = await ask(workspace, limit_upload_bytes=1_024)
    answer = await client.post("/uploads", content=body())
    assert answer.status_code == 413
    assert left(files) == []
    assert await rows(workspace, "SELECT * FROM uploads WHERE workspace_id = $1") == []


async def test_a_full_disk_is_said_to_be_full(
    ask: Ask, files: Files, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("services.files.os.fsync", full)
    client = await ask(workspace)
    answer = await client.post("/uploads", content=TEXT)
    assert answer.status_code == 507
    assert answer.json()["errors"][0]["extensions"]["code"] == "INSUFFICIENT_STORAGE"
    assert left(files) == []


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"", {}, 400),
        (TEXT, {"Content-Type": "multipart/form-data; boundary=x"}, 415),
        (TEXT, {"Content-Encoding": "gzip"}, 415),
    ],
)
async def test_what_is_no_file_is_refused(
    ask: Ask, files: Files, workspace: Workspace, content: bytes, headers: Any, status: int
) -> None:
    client = await ask(workspace)
    answer = await client.post("/uploads", content=content, headers=headers)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["message"]
    assert left(files) == []


async def test_whoever_may_not_import_may_not_send_files(
    ask: Ask, files: Files, workspace: Workspace
) -> None:
    for client, status in (
        (await ask(), 401),
        (await ask(workspace, "customers:read"), 403),
        (await ask(workspace, "customers:write"), 201),
    ):
        assert (await client.post("/uploads", content=TEXT)).status_code == status
    assert len(left(files)) == 1


async def exported(workspace: Workspace, files: Files, content: bytes = TEXT) -> Export:
    """An export that is there to be fetched."""
    path = files.place(workspace.id, "exports", f"{new_id().hex}.csv")
    files.at(path).write_bytes(content)
    now = present()
    row = Export(
        id=new_id(),
        workspace_id=workspace.id,
        status=ExportStatus.FINISHED,
        format=ExportFormat.CSV,
        path=path,
        size=len(content),
        download_key=new_download_key(),
        created_at=now,
        finished_at=now,
        expires_at=now + timedelta(hours=1),
    )
    async with workspace_transaction(workspace.id, now=now) as tx:
        await insert_row(tx, row)
    return row


def address(row: Export, age: timedelta = timedelta()) -> str:
    """The signed address of an export, as it was given so long ago."""
    assert row.download_key is not None
    id = global_id(Export, row.id)
    return signed_path(row.workspace_id, id, row.download_key, present() - age)


def changed(address: str, **values: str) -> str:
    """An address with other values in its query."""
    parts = urlsplit(address)
    query = {name: found[0] for name, found in parse_qs(parts.query).items()} | values
    return f"{parts.path}?{urlencode(query)}"


async def test_a_file_is_fetched_without_a_key_and_in_parts(
    ask: Ask, files: Files, workspace: Workspace
) -> None:
    client, url = await ask(), address(await exported(workspace, files))
    whole = await client.get(url)
    assert (whole.status_code, whole.content) == (200, TEXT)
    assert "attachment" in whole.headers["content-disposition"]
    assert whole.headers["cache-control"] == "private, no-store"
    first = await client.get(url, headers={"Range": "bytes=0-99"})
    assert first.status_code == 206
    assert first.headers["content-range"] == f"bytes 0-99/{len(TEXT)}"
    again = {"Range": "bytes=100-", "If-Range": whole.headers["etag"]}
    rest = await client.get(url, headers=again)
    assert first.content + rest.content == TEXT
    assert (await client.get(url, headers={"Range": "bytes=9999-"})).status_code == 416
    head = await client.head(url)
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(TEXT)))


async def test_an_address_that_anybody_has_changed_leads_nowhere(
    ask: Ask, files: Files, workspace: Workspace, other_workspace: Workspace
) -> None:
    client, row = await ask(), await exported(workspace, files)
    url = address(row)
    nowhere = await client.get(url.replace(row.id.hex, new_id().hex))
    assert nowhere.status_code == 404
    for other in (
        changed(url, workspace=other_workspace.id.hex),
        changed(url, workspace=new_id().hex),
        changed(url, workspace="x"),
        changed(url, expires=str(2**40)),
        changed(url, expires="9" * 13),
        changed(url, signature="0" * 64),
        changed(url, signature="ä"),
        url.split("?")[0],
        url.replace("exp_", "imp_"),
        url.replace("exp_", "cus_"),
        "/downloads/x",
    ):
        answer = await client.get(other)
        assert (answer.status_code, answer.json()) == (404, nowhere.json()), other


async def test_the_time_of_an_address_and_of_a_file_ends(
    ask: Ask, files: Files, workspace: Workspace
) -> None:
    client, row = await ask(), await exported(workspace, files)
    over = await client.get(address(row, timedelta(hours=2)))
    assert over.status_code == 410
    files.at(str(row.path)).unlink()
    assert (await client.get(address(row))).status_code == 404
    await rows(
        workspace,
        "UPDATE exports SET expires_at = created_at WHERE workspace_id = $1 RETURNING id",
    )
    assert (await client.get(address(row))).status_code == 404


async def test_an_import_by_the_command_line_is_not_fetched(
    ask: Ask, files: Files, workspace: Workspace, tmp_path: Path
) -> None:
    beside = tmp_path / "people.errors.csv"
    beside.write_bytes(TEXT)
    row = Import(
        id=new_id(),
        workspace_id=workspace.id,
        kind=ImportKind.CUSTOMERS,
        status=ImportStatus.FINISHED,
        file_name="people.csv",
        file_sha256="0" * 64,
        error_file_path=str(beside),
        created_at=present(),
    )
    async with workspace_transaction(workspace.id) as tx:
        await insert_row(tx, row)
    url = signed_path(workspace.id, global_id(Import, row.id), "00" * 32, present())
    assert (await (await ask()).get(url)).status_code == 404


def test_the_routes_are_there_only_with_a_folder(settings: Settings, files: Files) -> None:
    bare = assemble(Starlette(), Health(settings, {}))
    assert not [route for route in bare.routes if getattr(route, "path", "") == "/uploads"]
    authenticator = BearerAuthenticator(None)
    whole = assemble(
        Starlette(),
        Health(settings, {}),
        uploads=Uploads(settings, files, authenticator, present),
        downloads=Downloads(files, present),
    )
    paths = {getattr(route, "path", "") for route in whole.routes}
    assert {"/uploads", "/downloads/{id}"} <= paths
