"""The request's frame: its id, its line in the log, its numbers, and the last net under it."""

import re
import secrets
import time
from dataclasses import dataclass
from uuid import UUID

import orjson
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import metrics
from gateway.errors import Failures
from gateway.logging import REQUESTS, log_request
from models.statements import tally

log = structlog.get_logger(REQUESTS)

SANE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
STATE = "satukan.trace"
GRAPHQL_PATH = "/graphql"


@dataclass(slots=True)
class Trace:
    """What is known of a request so far; its log line and metrics are made from it at the end."""

    request_id: str
    operation: str | None = None
    operation_name: str | None = None
    cost: int | None = None
    code: str | None = None
    workspace_id: UUID | None = None
    api_key_id: UUID | None = None
    user_id: UUID | None = None
    statements: int = 0


def request_id_of(scope: Scope) -> str:
    """The id that the client or a proxy gave the request, if it is a sane one; else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            given: str = value.decode("latin-1")
            return given if SANE_ID.fullmatch(given) else secrets.token_hex(16)
    return secrets.token_hex(16)


def trace_of(scope: Scope) -> Trace:
    """The trace of the request that `scope` belongs to."""
    trace: Trace = scope[STATE]
    return trace


class RequestFrame:
    """ASGI middleware around everything: see the module."""

    def __init__(self, app: ASGIApp, endpoint: ASGIApp) -> None:
        """`endpoint` answers at GRAPHQL_PATH without being looked for: most requests are its."""
        self._app = app
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace = Trace(request_id_of(scope))
        scope[STATE] = trace
        request_id = trace.request_id.encode()
        status = 0
        ended = 0.0
        began = time.perf_counter()

        async def answer(message: Message) -> None:
            nonlocal status, ended
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id)]
            await send(message)
            ended = time.perf_counter()

        bound = structlog.contextvars.bind_contextvars(request_id=trace.request_id)
        app = self._endpoint if scope["path"] == GRAPHQL_PATH else self._app
        with tally() as counted:
            try:
                await app(scope, receive, answer)
            except Exception as exception:
                error_id = Failures(trace.request_id).log(exception)
                if status == 0:
                    await _send_internal_error(answer, error_id)
            finally:
                trace.statements = counted.count
                self._finish(scope, trace, status, (ended or time.perf_counter()) - began)
                structlog.contextvars.reset_contextvars(**bound)

    def _finish(self, scope: Scope, trace: Trace, status: int, seconds: float) -> None:
        if scope["path"] == GRAPHQL_PATH:
            metrics.observe_request(
                trace.operation or "none", status, seconds, trace.statements, trace.cost
            )
        fields: dict[str, object] = {
            "method": scope["method"],
            "path": scope["path"][:200],
            "status": status,
            "ms": round(seconds * 1000, 1),
        }
        for name, value in (
            ("operation", trace.operation),
            ("operation_name", trace.operation_name),
            ("cost", trace.cost),
            ("code", trace.code),
            ("statements", trace.statements or None),
            ("workspace", trace.workspace_id),
            ("key", trace.api_key_id),
            ("user", trace.user_id),
        ):
            if value is not None:
                fields[name] = str(value) if type(value) is UUID else value
        # Probes come every few seconds and say nothing unless they fail.
        if status < 400 and scope["path"] in ("/health/live", "/health/ready", "/metrics"):
            log.debug("request", **fields)
        else:
            log_request(trace.request_id, fields)


async def _send_internal_error(send: Send, error_id: str) -> None:
    body = orjson.dumps(
        {
            "errors": [
                {"message": "Internal error.", "extensions": {"code": "INTERNAL", "id": error_id}}
            ]
        }
    )
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})
