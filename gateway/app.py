"""The composition root: the whole gateway as one ASGI application, made from its settings."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import structlog
from starlette.applications import Starlette

from gateway.auth import BearerAuthenticator
from gateway.callers import KnownCallers
from gateway.health import Check, Health, check_database, check_redis, observe_pool
from gateway.http import GraphQLEndpoint
from gateway.routes import assemble
from gateway.valkey import SharedDocuments, connect, listen
from models.database import close_database, open_database
from resolvers.context import Context
from schema.root import schema
from services.actors import Caller
from services.notices import followed_by
from services.tokens import KeySet, TokenVerifier
from settings import Settings
from workers.wakeups import Publisher

log = structlog.get_logger("satukan.start")


def create_app(settings: Settings) -> Starlette:
    """The gateway. Its lifespan opens and closes the database's pools and Redis. Raises Failure
    where the trusted documents of the settings cannot be served.

    Give uvicorn `log_config=None` and `access_log=False` after `gateway.logging.configure_logging`.
    """
    redis = connect(settings)
    known = KnownCallers(settings.caller_cache_seconds)
    authenticator = BearerAuthenticator(token_verifier(settings), known)
    checks: dict[str, Check] = {"postgresql": check_database}
    if redis is not None:
        checks["redis"] = check_redis(redis)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await open_database(settings, ready=settings.pool_size // 2)
        try:
            await connect_early()
            if redis is None:
                yield
            else:
                publisher = Publisher(redis)
                async with redis, beside(listen(redis, known)):
                    with followed_by(publisher):
                        yield
                    await publisher.finish()
        finally:
            await authenticator.finish()
            await close_database()

    shared = SharedDocuments(redis, settings.persisted_queries_seconds) if redis else None
    endpoint = GraphQLEndpoint(schema, settings, authenticator, build_context, shared=shared)
    return assemble(endpoint, Health(settings, checks, observe_pool), lifespan)


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


def build_context(caller: Caller, request_id: str, now: datetime) -> Context:
    """The context of one operation."""
    return Context(caller.actor, caller.workspace, request_id=request_id, now=now)


def token_verifier(settings: Settings) -> TokenVerifier | None:
    """What checks users' tokens; None where no key set is named, and then only keys are known."""
    if settings.jwks_url is None and settings.jwks_path is None:
        return None
    return TokenVerifier(settings, KeySet(settings))
