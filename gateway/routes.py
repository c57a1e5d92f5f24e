"""What is served at which address, and the frame around each request."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp

from gateway.downloads import Downloads
from gateway.health import Health
from gateway.tracing import GRAPHQL_PATH, RequestFrame
from gateway.uploads import Uploads


def assemble(
    endpoint: ASGIApp,
    health: Health,
    lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]] | None = None,
    sockets: ASGIApp | None = None,
    uploads: Uploads | None = None,
    downloads: Downloads | None = None,
) -> Starlette:
    """The routes, and the frame around each request. `sockets` serves WebSockets."""
    return Starlette(
        routes=[
            *([] if sockets is None else [WebSocketRoute(GRAPHQL_PATH, sockets)]),
            Route(GRAPHQL_PATH, endpoint),
            *([] if uploads is None else [Route("/uploads", uploads.take, methods=["POST"])]),
            *([] if downloads is None else [Route("/downloads/{id}", downloads.fetch)]),
            Route("/health/live", health.live),
            Route("/health/ready", health.ready),
            Route("/metrics", health.metrics),
        ],
        middleware=[Middleware(RequestFrame, endpoint=endpoint)],
        exception_handlers={404: not_found},
        lifespan=lifespan,
    )


async def not_found(request: Request, error: Exception) -> JSONResponse:
    """The answer for an address that nothing is served at."""
    return JSONResponse({"error": "Nothing is served here. GraphQL is at /graphql."}, 404)
