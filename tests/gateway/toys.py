"""A toy gateway: the real edge over a small schema that needs no database.

Its names are the contract's, so that the access table knows them. `customer(id:)` does what its id
says, to see how each outcome looks from outside.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
import httpx
import strawberry
from starlette.applications import Starlette

from gateway.auth import bearer_token, unauthenticated
from gateway.health import Check, Health
from gateway.http import GraphQLEndpoint
from gateway.operations import RequestContext
from gateway.routes import assemble
from models import Role, Workspace
from services.actors import ROLE_SCOPES, Actor, Caller, Scope
from services.errors import ErrorCode, Refusal
from settings import Settings

WORKSPACE = Workspace(
    id=uuid.uuid4(), name="Toko Satu", created_at=datetime(2026, 1, 1, tzinfo=UTC)
)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECRET_OF_THE_DATABASE = "Budi Santoso, +6281234567890"


@strawberry.type
class Conversation:
    id: strawberry.ID = strawberry.ID("cnv_1")

    @strawberry.field
    def customer(self) -> "Customer":
        return Customer()

    @strawberry.field
    def messages(self, first: int | None = 20, last: int | None = None) -> "ConversationConnection":
        return ConversationConnection()


@strawberry.type
class ConversationEdge:
    cursor: str = "1"
    node: Conversation = strawberry.field(default_factory=Conversation)


@strawberry.type
class ConversationConnection:
    total_count: int = 0
    nodes: list[Conversation] = strawberry.field(default_factory=list)
    edges: list[ConversationEdge] = strawberry.field(default_factory=list)


@strawberry.type
class Customer:
    id: strawberry.ID = strawberry.ID("cus_1")
    full_name: str = "Budi"

    @strawberry.field
    def conversations(
        self, first: int | None = 20, last: int | None = None
    ) -> ConversationConnection:
        return ConversationConnection()

    @strawberry.field
    def tags(self) -> list["Customer"]:
        return []


@strawberry.type
class CustomerConnection:
    nodes: list[Customer] = strawberry.field(default_factory=list)


@strawberry.type
class Event:
    id: strawberry.ID = strawberry.ID("evt_1")


@strawberry.type
class EventConnection:
    nodes: list[Event] = strawberry.field(default_factory=list)


@strawberry.type
class CustomerPayload:
    customer: Customer | None = None


def outcome(id: str) -> Customer | None:
    """What becomes of reading the customer of this id."""
    if id == "nobody":
        return None
    if id == "refused":
        raise Refusal(ErrorCode.INVALID, "id is no id.", ("id",))
    if id == "broken":
        raise RuntimeError(SECRET_OF_THE_DATABASE)
    if id == "slow":
        raise TimeoutError
    if id == "away":
        raise asyncpg.CannotConnectNowError("the database system is starting up")
    return Customer()


@strawberry.type
class Query:
    @strawberry.field
    async def customer(self, id: strawberry.ID) -> Customer | None:
        if id == "stuck":
            await asyncio.Event().wait()
        return outcome(id)

    @strawberry.field
    def customers(self, first: int | None = 20, last: int | None = None) -> CustomerConnection:
        return CustomerConnection(nodes=[Customer()])

    @strawberry.field
    def nodes(self, ids: list[strawberry.ID]) -> list[Customer]:
        return [Customer() for _ in ids]

    @strawberry.field
    def events(self, first: int | None = 20, last: int | None = None) -> EventConnection:
        return EventConnection()


@strawberry.type
class Mutation:
    @strawberry.mutation
    def add_customer(self, name: str) -> CustomerPayload:
        return CustomerPayload(customer=Customer(full_name=name))


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def customer_changed(self, customer_id: strawberry.ID) -> AsyncIterator[Customer]:
        yield Customer()


def toy_schema() -> strawberry.Schema:
    """The toy schema."""
    return strawberry.Schema(Query, Mutation, Subscription)


class ToyContext:
    """A context that remembers whether it was closed."""

    def __init__(self) -> None:
        self.closed = False

    async def close(self) -> None:
        self.closed = True


def actor(role: Role = Role.OWNER, *scopes: Scope) -> Actor:
    """An actor with a role's scopes, or with those given."""
    return Actor(
        workspace_id=WORKSPACE.id,
        role=role,
        scopes=frozenset(scopes) or ROLE_SCOPES[role],
        api_key_id=uuid.uuid4(),
        api_key_name="toy",
    )


@dataclass
class Toy:
    """A toy gateway, a client of it, and the contexts that it made."""

    app: Starlette
    client: httpx.AsyncClient
    contexts: list[ToyContext]

    async def post(self, query: str, **parameters: object) -> httpx.Response:
        """Send a query as a modern client does."""
        return await self.client.post(
            "/graphql",
            json={"query": query, **parameters},
            headers={"Accept": "application/graphql-response+json"},
        )


@asynccontextmanager
async def toy_gateway(
    settings: Settings | None = None,
    caller: Actor | None = None,
    checks: dict[str, Check] | None = None,
    failure: Exception | None = None,
) -> AsyncIterator[Toy]:
    """The toy gateway. Its only valid token is `toy`, which stands for `caller`; with `failure`,
    that is what asking for the caller raises."""
    contexts: list[ToyContext] = []

    async def authenticate(authorization: str | None, now: datetime) -> Caller:
        if failure is not None:
            raise failure
        if bearer_token(authorization) != "toy":
            raise unauthenticated("invalid_token")
        return Caller(caller or actor(), WORKSPACE)

    def build_context(caller: Caller, request_id: str, now: datetime) -> RequestContext:
        contexts.append(ToyContext())
        return contexts[-1]

    chosen = settings or Settings()
    endpoint = GraphQLEndpoint(toy_schema(), chosen, authenticate, build_context, lambda: NOW)
    app = assemble(endpoint, Health(chosen, checks or {}))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://gateway",
        headers={"Authorization": "Bearer toy"},
    ) as client:
        yield Toy(app, client, contexts)
