"""Trusted documents: given at the start, named by id or hash, and if so set, alone served."""

import hashlib
import json
from pathlib import Path

import httpx
import pytest

from gateway.failures import Failure
from settings import Settings
from tests.gateway.installations import free_port, satukan
from tests.gateway.toys import Toy, toy_gateway

ONE = "query One { customers(first: 1) { nodes { id } } }"
TWO = "query Two($n: Int) { customers(first: $n) { nodes { fullName } } }"
DATA = {"customers": {"nodes": [{"id": "cus_1"}]}}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def folder(path: Path) -> Path:
    """The two documents as a folder of files."""
    (path / "lists").mkdir()
    (path / "One.graphql").write_text(f"{ONE}\n")
    (path / "lists" / "Two.graphql").write_text(TWO)
    (path / "README.md").write_text("not a document")
    return path


def relay(path: Path) -> Path:
    """The two documents as Relay's compiler writes them."""
    return written(path, {"0123456789abcdef0123456789abcdef": TWO, sha256(ONE): ONE})


def apollo(path: Path) -> Path:
    """The two documents as Apollo's tool writes them."""
    operations = [
        {"id": sha256(text), "name": name, "type": "query", "body": text}
        for name, text in (("One", ONE), ("Two", TWO))
    ]
    manifest = {"format": "apollo-persisted-query-manifest", "version": 1}
    return written(path, {**manifest, "operations": operations})


def written(path: Path, manifest: object) -> Path:
    file = path / "manifest.json"
    file.write_text(json.dumps(manifest))
    return file


async def send(toy: Toy, **body: object) -> httpx.Response:
    headers = {"Accept": "application/graphql-response+json"}
    return await toy.client.post("/graphql", json=body, headers=headers)


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["errors"][0]["extensions"]["code"]


def by_hash(text: str) -> dict[str, object]:
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256(text)}}


@pytest.mark.parametrize("write", [folder, relay, apollo])
async def test_a_trusted_document_is_found_by_its_hash(tmp_path: Path, write: object) -> None:
    assert callable(write)
    async with toy_gateway(Settings(trusted_documents=write(tmp_path))) as toy:
        for answer in (
            await send(toy, extensions=by_hash(ONE)),
            await send(toy, documentId=sha256(ONE)),
            await send(toy, documentId=f"sha256:{sha256(ONE)}"),
            await toy.client.get("/graphql", params={"documentId": sha256(ONE)}),
        ):
            assert answer.json()["data"] == DATA
        answer = await send(toy, extensions=by_hash(TWO), variables={"n": 7})
        assert answer.json()["extensions"]["cost"]["requested"] == 1 + 7 + 1
        # Others are served as well, unless that is switched off.
        assert (await send(toy, query="{ __typename }")).status_code == 200


async def test_a_file_is_found_by_its_path_and_an_entry_by_its_id(tmp_path: Path) -> None:
    async with toy_gateway(Settings(trusted_documents=folder(tmp_path))) as toy:
        assert (await send(toy, documentId="One")).json()["data"] == DATA
        assert (await send(toy, documentId="lists/Two")).status_code == 200
        assert code(await send(toy, documentId="Two")) == (200, "PERSISTED_QUERY_NOT_FOUND")
        assert code(await send(toy, documentId="One", query=ONE)) == (400, "BAD_REQUEST")
    async with toy_gateway(Settings(trusted_documents=relay(tmp_path))) as toy:
        answer = await send(toy, documentId="0123456789abcdef0123456789abcdef")
        assert answer.status_code == 200


async def test_only_trusted_documents_are_served_where_that_is_set(tmp_path: Path) -> None:
    settings = Settings(trusted_documents=folder(tmp_path), trusted_documents_only=True)
    async with toy_gateway(settings) as toy:
        for allowed in (
            {"documentId": "One"},
            {"extensions": by_hash(ONE)},
            {"query": ONE},
            {"query": f"{ONE}\n"},
            {"query": ONE, "extensions": by_hash(ONE)},
        ):
            assert (await send(toy, **allowed)).json()["data"] == DATA
        ran = len(toy.contexts)
        other = "{ customers(first: 1) { nodes { id } } }"
        for refused in (
            {"query": other},
            {"query": other, "extensions": by_hash(other)},
            {"extensions": by_hash(other)},
            {"documentId": "Three"},
            {"query": f"{ONE} # and more"},
            {"query": "{ __schema { types { name } } }"},
            {"query": "{"},
        ):
            assert code(await send(toy, **refused)) == (400, "DOCUMENT_NOT_TRUSTED")
        assert len(toy.contexts) == ran


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        ({}, "no trusted documents"),
        ([], "no manifest"),
        ("x", "no manifest"),
        ({"a": 1}, "must be strings"),
        ({"a": "{"}, "document a .*line 1, column 2: Syntax Error"),
        ({"a": "{ customers { nodes { nothing } } }"}, "document a .*line 1, column 23: .*nothing"),
        ({"a": "{" + " a: __typename" * 200 + "}"}, "document a .*too many aliases"),
        ({sha256("x"): ONE}, "not its SHA-256"),
        ({"format": "apollo-persisted-query-manifest", "version": 2}, "version 1"),
        (
            {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [1]},
            "must be strings",
        ),
    ],
)
async def test_what_cannot_be_served_is_named_at_the_start(
    tmp_path: Path, manifest: object, says: str
) -> None:
    with pytest.raises(Failure, match=says):
        async with toy_gateway(Settings(trusted_documents=written(tmp_path, manifest))):
            pass


@pytest.mark.parametrize("content", [b"{", b"\xff"])
async def test_a_manifest_that_cannot_be_read_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "manifest.json"
    file.write_bytes(content)
    with pytest.raises(Failure, match=r"cannot be read from .*manifest\.json"):
        async with toy_gateway(Settings(trusted_documents=file)):
            pass
    with pytest.raises(Failure, match="cannot be read"):
        async with toy_gateway(Settings(trusted_documents=tmp_path / "nowhere")):
            pass


def test_only_trusted_documents_without_any_make_no_sense() -> None:
    with pytest.raises(ValueError, match="trusted_documents"):
        Settings(trusted_documents_only=True)


def test_a_gateway_that_cannot_serve_them_ends_with_a_sentence(
    tmp_path: Path, settings: Settings
) -> None:
    manifest = written(tmp_path, {"mine": "{ nothing }"})
    servers = {"DATABASE_URL": settings.database_url or "", "REDIS_URL": settings.redis_url or ""}
    outcome = satukan(
        "serve", "--port", str(free_port()), SATUKAN_TRUSTED_DOCUMENTS=str(manifest), **servers
    )
    assert outcome.returncode == 1
    assert "Trusted document mine" in outcome.stderr
    assert "Traceback" not in outcome.stderr
