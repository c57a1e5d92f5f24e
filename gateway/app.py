"""The composition root: the whole gateway as one ASGI application, made from its settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from redis.asyncio import Redis
from starlette.applications import Starlette

from gateway.auth import BearerAuthenticator
from gateway.health import Check, Health, check_database, check_redis, observe_pool
from gateway.http import GraphQLEndpoint
from gateway.routes import assemble
from models.database import close_database, open_database
from resolvers.context import Context
from schema.root import schema
from services.actors import Caller
from services.tokens import KeySet, TokenVerifier
from settings import Settings

REDIS_TIMEOUT_SECONDS = 2.0


def create_app(settings: Settings) -> Starlette:
    """The gateway. Its lifespan opens and closes the database's pools and Redis.

    Give uvicorn `log_config=None` and `access_log=False` after `gateway.logging.configure_logging`.
    """
    redis = connect_redis(settings)
    checks: dict[str, Check] = {"postgresql": check_database}
    if redis is not None:
        checks["redis"] = check_redis(redis)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await open_database(settings)
        try:
            yield
        finally:
            if redis is not None:
                await redis.aclose()
            await close_database()

    endpoint = GraphQLEndpoint(
        schema, settings, BearerAuthenticator(token_verifier(settings)), build_context
    )
    return assemble(endpoint, Health(settings, checks, observe_pool), lifespan)


def build_context(caller: Caller, request_id: str, now: datetime) -> Context:
    """The context of one operation."""
    return Context(caller.actor, caller.workspace, request_id=request_id, now=now)


def token_verifier(settings: Settings) -> TokenVerifier | None:
    """What checks users' tokens; None where no key set is named, and then only keys are known."""
    if settings.jwks_url is None and settings.jwks_path is None:
        return None
    return TokenVerifier(settings, KeySet(settings))


def connect_redis(settings: Settings) -> Redis | None:
    """A client for Redis (Valkey), which connects at its first use."""
    if settings.redis_url is None:
        return None
    redis: Redis = Redis.from_url(
        settings.redis_url,
        socket_timeout=REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
    )
    return redis
