"""The composition root: the whole gateway as one ASGI application, made from its settings."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from redis.asyncio import Redis
from starlette.applications import Starlette

from gateway.auth import BearerAuthenticator
from gateway.callers import KnownCallers
from gateway.downloads import Downloads
from gateway.health import Check, Health, check_database, check_redis, observe_pool
from gateway.http import GraphQLEndpoint
from gateway.routes import assemble
from gateway.subscriptions.live import Live
from gateway.uploads import Uploads
from gateway.valkey import All, Announcer, SharedDocuments, SharedPlaces, connect, listen
from models.database import close_database, open_database
from resolvers.context import Context, Following, Outside
from schema.root import schema
from services.actors import Caller
from services.files import files_of
from services.notices import followed_by, tell_nobody
from services.tokens import KeySet, TokenVerifier
from services.webhooks.addresses import AddressRules
from settings import Settings
from workers.wakeups import Publisher, follow

log = structlog.get_logger("satukan.start")


def create_app(settings: Settings) -> Starlette:
    """The gateway. Its lifespan opens and closes the database's pools and Redis. Raises Failure
    where the trusted documents of the settings cannot be served.

    Give uvicorn `log_config=None` and `access_log=False` after `gateway.logging.configure_logging`.
    """
    redis = connect(settings)
    known = KnownCallers(settings.caller_cache_seconds)
    authenticator = BearerAuthenticator(token_verifier(settings), known)
    shared = SharedDocuments(redis, settings.persisted_queries_seconds) if redis else None
    live = Live(settings, authenticator)
    contexts = partial(build_context, outside=outside_of(settings, redis), following=live.following)
    endpoint = GraphQLEndpoint(
        schema, settings, authenticator, contexts, shared=shared, guests=live.guests
    )
    checks: dict[str, Check] = {"postgresql": check_database}
    if redis is not None:
        checks["redis"] = check_redis(redis)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await open_database(settings, ready=settings.pool_size // 2)
        try:
            await connect_early()
            async with live:
                if redis is None:
                    yield
                else:
                    async with served_by_valkey(redis, known, live):
                        yield
        finally:
            await authenticator.finish()
            await close_database()

    sockets = live.sockets(endpoint.subscriptions)
    files = files_of(settings)
    app = assemble(
        endpoint,
        Health(settings, checks, observe_pool),
        lifespan,
        sockets,
        Uploads(settings, files, authenticator, present),
        Downloads(files, present),
    )
    app.state.leave = live.leave
    return app


def present() -> datetime:
    """The clock of the machine."""
    return datetime.now(UTC)


@asynccontextmanager
async def served_by_valkey(redis: Redis, known: KnownCallers, live: Live) -> AsyncIterator[None]:
    """Tell other processes what is committed here, and hear of what they commit and revoke."""
    publisher = Publisher(redis)
    async with (
        redis,
        beside(listen(redis, All(known, live.guests))),
        beside(live.guests.places.keep(SharedPlaces(redis))),
        beside(follow(redis, live.feeds.hear, live.feeds.resumed)),
    ):
        with followed_by(publisher):
            yield
        await publisher.finish()


async def connect_early() -> None:
    """Have connections to the database before the first request needs one. Where it cannot be
    reached yet, requests are told so until it can."""
    try:
        await check_database()
    except Exception as error:
        log.warning("database_not_reached", error=type(error).__name__)


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Have something done while the context is open."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def build_context(
    caller: Caller,
    request_id: str,
    now: datetime,
    outside: Outside | None = None,
    following: Following | None = None,
) -> Context:
    """The context of one operation."""
    return Context(
        caller.actor,
        caller.workspace,
        request_id=request_id,
        now=now,
        outside=outside,
        following=following,
    )


def outside_of(settings: Settings, redis: Redis | None) -> Outside:
    """What every request may need to reach beside the database."""
    return Outside(
        announce=tell_nobody if redis is None else Announcer(redis),
        addresses=AddressRules(allow_private=settings.webhook_allow_private),
    )


def token_verifier(settings: Settings) -> TokenVerifier | None:
    """What checks users' tokens; None where no key set is named, and then only keys are known."""
    if settings.jwks_url is None and settings.jwks_path is None:
        return None
    return TokenVerifier(settings, KeySet(settings))
