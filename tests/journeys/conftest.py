"""Journeys go through HTTP, with a real key, to the gateway as it is composed for production."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio
from starlette.applications import Starlette

from gateway.app import build_context, create_app
from gateway.auth import BearerAuthenticator
from gateway.health import Health
from gateway.http import GraphQLEndpoint
from gateway.routes import assemble
from models import Role, Workspace
from schema.root import schema
from services.api_keys import create_key
from settings import Settings


@dataclass
class Client:
    """Somebody who asks over HTTP."""

    http: httpx.AsyncClient
    workspace: Workspace

    async def send(self, query: str, **variables: Any) -> httpx.Response:
        """The answer to a document, as it came."""
        body = {"query": query, "variables": variables}
        return await self.http.post("/graphql", json=body)

    async def ask(self, query: str, **variables: Any) -> Any:
        """The data that a document answers with, where nothing was wrong with it."""
        response = await self.send(query, **variables)
        body = response.json()
        assert response.status_code == 200, body
        assert "errors" not in body, body
        return body["data"]

    async def error(self, query: str, **variables: Any) -> dict[str, Any]:
        """The one error that a document meets with, which says what it is and is not masked."""
        response = await self.send(query, **variables)
        [error] = response.json()["errors"]
        assert response.status_code in (200, 400, 413), response.text[:500]
        assert error["extensions"]["code"] != "INTERNAL", error
        assert isinstance(error, dict)
        return error


@dataclass
class Clock:
    """What the gateway takes for the present."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now


Connect = Callable[..., Awaitable[Client]]


@pytest_asyncio.fixture
async def connect(settings: Settings, database: None) -> AsyncIterator[Connect]:
    """Makes clients: of a workspace, with a role or scopes; with `clock`, at a time of its own;
    with `files`, on a folder of files of its own."""
    clients: list[httpx.AsyncClient] = []

    async def make(
        workspace: Workspace,
        role: Role = Role.OWNER,
        scopes: tuple[str, ...] = (),
        clock: Clock | None = None,
        files: Path | None = None,
    ) -> Client:
        _, key = await create_key(workspace.id, role, scopes)
        own = settings.model_copy(update={"files": files}) if files else settings
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(gateway(own, clock), raise_app_exceptions=False),
            base_url="http://gateway",
            headers={
                "Authorization": f"Bearer {key}",
                "Accept": "application/graphql-response+json",
            },
        )
        clients.append(http)
        return Client(http, workspace)

    yield make
    for http in clients:
        await http.aclose()


def gateway(settings: Settings, clock: Clock | None) -> Starlette:
    """The gateway over the pools that the tests have opened, so its lifespan is not begun."""
    if clock is None:
        return create_app(settings)
    endpoint = GraphQLEndpoint(schema, settings, BearerAuthenticator(None), build_context, clock)
    return assemble(endpoint, Health(settings, {}))
