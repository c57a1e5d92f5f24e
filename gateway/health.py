"""Health: whether the process lives, and whether it and what it needs can serve."""

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway import metrics
from models.database import application_connection
from settings import Settings

log = structlog.get_logger("satukan.health")

Check = Callable[[], Awaitable[None]]


class Health:
    """The three addresses that an operator's machinery asks.

    `checks` are the parts that readiness depends on, by name; each raises where its part is down.
    `observe` sets the gauges that are read only when somebody asks for the metrics.
    """

    def __init__(
        self,
        settings: Settings,
        checks: Mapping[str, Check],
        observe: Callable[[], None] | None = None,
    ) -> None:
        self._settings = settings
        self._checks = checks
        self._observe = observe

    async def live(self, request: Request) -> Response:
        """200 as long as the process answers. It depends on nothing else."""
        return JSONResponse({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """200 if every part is up, else 503; which is down stands in the answer."""
        results = await asyncio.gather(*(self._run(name) for name in self._checks))
        parts = dict(zip(self._checks, results, strict=True))
        up = all(part["status"] == "ok" for part in parts.values())
        body = {"status": "ok" if up else "down", "parts": parts}
        return JSONResponse(body, 200 if up else 503, headers={"Cache-Control": "no-store"})

    async def metrics(self, request: Request) -> Response:
        """The metrics; with the setting `metrics_token`, to its bearer only."""
        token = self._settings.metrics_token
        if token is not None:
            expected = f"Bearer {token.get_secret_value()}".encode()
            given = request.headers.get("authorization", "").encode()
            if not hmac.compare_digest(given, expected):
                return JSONResponse(
                    {"error": "Send the metrics token: `Authorization: Bearer …`."},
                    401,
                    headers={"WWW-Authenticate": 'Bearer realm="satukan metrics"'},
                )
        if self._observe is not None:
            self._observe()
        body = metrics.render(self._settings.metrics_multiprocess)
        return Response(body, media_type=metrics.CONTENT_TYPE)

    async def _run(self, name: str) -> dict[str, object]:
        """How one part is, and in how many milliseconds it said so."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._settings.health_timeout_seconds):
                await self._checks[name]()
        except Exception as error:
            reason = "timeout" if isinstance(error, TimeoutError) else "unreachable"
            log.warning("part is down", part=name, reason=reason, error=type(error).__name__)
            return {"status": "down", "reason": reason}
        return {"status": "ok", "ms": round((time.perf_counter() - began) * 1000, 1)}


async def check_database() -> None:
    """Raises where the database does not answer a statement."""
    await application_connection().execute_query("SELECT 1")


class Answers(Protocol):
    """What can be asked whether it is there."""

    def ping(self) -> Awaitable[object]: ...


def check_redis(redis: Answers) -> Check:
    """A check that raises where Redis (Valkey) does not answer."""

    async def check() -> None:
        await redis.ping()

    return check


def observe_pool() -> None:
    """Set the gauges of the application's connection pool, if it was used yet."""
    pool = getattr(application_connection(), "_pool", None)
    if pool is not None:
        idle = pool.get_idle_size()
        metrics.POOL.labels("application", "idle").set(idle)
        metrics.POOL.labels("application", "busy").set(pool.get_size() - idle)
