"""The gateway twice, on both paths, over one database: the same request to each, at one instant."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from prometheus_client import REGISTRY

from gateway.app import build_context
from gateway.health import Health
from gateway.http import GraphQLEndpoint
from gateway.routes import assemble
from models import Workspace
from schema.root import schema
from services.actors import Actor, Caller
from settings import Settings
from tests.asking import an_actor
from tests.rows import NOW


@dataclass
class Given:
    """Answers who asks without looking at any header: what is compared is what they get."""

    caller: Caller

    async def __call__(self, authorization: str | None, now: datetime) -> Caller:
        return self.caller


@dataclass
class Both:
    """What both paths have answered, and whether the second was really compiled."""

    plain: str
    compiled: str
    taken: bool

    @property
    def data(self) -> Any:
        """What the plain path has found."""
        return json.loads(self.plain)["data"]

    @property
    def ran(self) -> bool:
        """Whether the request was run, and met with no error."""
        body = json.loads(self.plain)
        return body.get("data") is not None and "errors" not in body


@dataclass
class Pair:
    """Both paths of a gateway, for one caller."""

    plain: httpx.AsyncClient
    compiled: httpx.AsyncClient

    async def answers(
        self, query: str, variables: Mapping[str, Any] | None = None, operation: str | None = None
    ) -> Both:
        """Both answers."""
        body = {"query": query, "variables": dict(variables or {}), "operationName": operation}
        plain = await self.plain.post("/graphql", json=body)
        before = compiled_so_far()
        compiled = await self.compiled.post("/graphql", json=body)
        return Both(told(plain), told(compiled), compiled_so_far() > before)

    async def same(self, query: str, variables: Mapping[str, Any] | None = None) -> Any:
        """The data of an answer that was compiled and is the same on both paths."""
        both = await self.answers(query, variables)
        assert both.compiled == both.plain
        assert both.ran, both.plain
        assert both.taken, "the plain path has answered"
        return both.data

    async def close(self) -> None:
        """Close both clients."""
        await self.plain.aclose()
        await self.compiled.aclose()


def pair_for(settings: Settings, workspace: Workspace, actor: Actor | None = None) -> Pair:
    """Both paths for an actor: the owner unless told."""
    caller = Caller(actor or an_actor(workspace), workspace)
    plain, compiled = (
        httpx.AsyncClient(transport=transport(settings, caller, compiled), base_url="http://g")
        for compiled in (False, True)
    )
    return Pair(plain, compiled)


def transport(settings: Settings, caller: Caller, compiled: bool) -> httpx.ASGITransport:
    """The gateway on one path."""
    chosen = settings.model_copy(update={"compiled": compiled})
    endpoint = GraphQLEndpoint(schema, chosen, Given(caller), build_context, lambda: NOW)
    return httpx.ASGITransport(assemble(endpoint, Health(chosen, {})))


def compiled_so_far() -> float:
    """How many queries the compiled path has answered in this process."""
    return REGISTRY.get_sample_value("satukan_queries_total", {"path": "compiled"}) or 0


def told(response: httpx.Response) -> str:
    """An answer as text that is the same only where each key stands in the same place, and each
    value is of the same type. Ids in the log differ from request to request."""
    body: dict[str, Any] = {"status": response.status_code}
    body |= json.loads(response.content, object_pairs_hook=once_each)
    for error in body.get("errors", ()):
        error.get("extensions", {}).pop("id", None)
    return json.dumps(body, indent=1, ensure_ascii=False)


def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, none of whose keys stands twice."""
    found = dict(pairs)
    assert len(found) == len(pairs), "a key stands twice"
    return found
