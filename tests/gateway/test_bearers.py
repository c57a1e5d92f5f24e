"""Who asks, over HTTP: the bearer of a key, and the one answer to all that is not valid."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import pytest_asyncio

from gateway.app import build_context
from gateway.auth import BearerAuthenticator, bearer_token
from gateway.health import Health
from gateway.http import GraphQLEndpoint
from gateway.routes import assemble
from models import Role, Workspace
from resolvers.ids import global_id
from schema.root import schema
from services.api_keys import create_key, revoke_key
from services.notices import KeyRevoked
from settings import Settings

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest_asyncio.fixture
async def client(settings: Settings, database: None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the real gateway."""
    endpoint = GraphQLEndpoint(schema, settings, BearerAuthenticator(None), build_context)
    transport = httpx.ASGITransport(assemble(endpoint, Health(settings, {})))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as made:
        yield made


async def tell_nobody(notice: KeyRevoked) -> None:
    """Announces to no gateway: these remember nobody."""


async def who(client: httpx.AsyncClient, authorization: str | None) -> httpx.Response:
    headers = {"Authorization": authorization} if authorization is not None else {}
    query = "{ viewer { role scopes apiKeyName workspace { id name } } }"
    return await client.post("/graphql", json={"query": query}, headers=headers)


async def test_the_bearer_of_a_key_is_told_who_they_are(
    client: httpx.AsyncClient, workspace: Workspace
) -> None:
    _, key = await create_key(workspace.id, Role.PARTNER, ["merges:read"], "Partner")
    for authorization in (f"Bearer {key}", f"bearer  {key} "):
        response = await who(client, authorization)
        assert response.json()["data"]["viewer"] == {
            "role": "PARTNER",
            "scopes": ["merges:read"],
            "apiKeyName": "Partner",
            "workspace": {"id": global_id(Workspace, workspace.id), "name": "Toko Satu"},
        }


async def test_all_that_is_not_valid_gets_one_answer(
    client: httpx.AsyncClient, workspace: Workspace
) -> None:
    revoked, revoked_key = await create_key(workspace.id, Role.OWNER)
    await revoke_key(workspace.id, revoked.id, tell_nobody)
    long_ago = NOW - timedelta(days=900)
    _, expired = await create_key(
        workspace.id, Role.OWNER, expires_at=long_ago + timedelta(days=1), now=long_ago
    )
    unknown = revoked_key[:-43] + "A" * 43
    tokens = [revoked_key, expired, unknown, "sk_x", "eyJhbGciOiJub25lIn0.e30.", "x"]
    answers = [await who(client, f"Bearer {token}") for token in tokens]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert {answer.headers["www-authenticate"] for answer in answers} == {
        'Bearer realm="satukan", error="invalid_token"'
    }
    [error] = answers[0].json()["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic eDp5", "sk_x"])
async def test_who_says_nothing_is_asked_to(
    client: httpx.AsyncClient, authorization: str | None
) -> None:
    answer = await who(client, authorization)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="satukan"'
    assert "data" not in answer.json()


def test_the_token_is_taken_as_it_stands() -> None:
    assert bearer_token("BEARER abc.def") == "abc.def"
