"""GraphQL over HTTP: one endpoint, from a request to its answer.

The order of an answer: method and types, who asks, the body, admission (`gateway/admission.py`),
and only then a context and the execution. What is refused before that has no `data`.
"""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

import orjson
from graphql import ExecutionResult, GraphQLError, OperationType, execute
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send
from strawberry import Schema
from strawberry.execution.is_awaitable import optimized_is_awaitable
from strawberry.utils.await_maybe import await_maybe

from gateway import metrics
from gateway.admission import Admission, Operation
from gateway.auth import Authenticator
from gateway.errors import Failures, unavailable
from gateway.explorer import PAGE, PAGE_HEADERS
from gateway.paths import CompiledPath
from gateway.refusals import TRANSPORT_CODES, EdgeCode, Refused
from gateway.requests import (
    GRAPHQL_JSON,
    JSON,
    accepts_html,
    check_method_and_type,
    pick_media_type,
    read_request,
)
from gateway.tracing import Trace, trace_of
from services.actors import Caller
from settings import Settings


class RequestContext(Protocol):
    """What the endpoint asks of a context: that it can be closed."""

    async def close(self) -> None: ...


ContextFactory = Callable[[Caller, str, datetime], RequestContext]
"""Makes the context of one operation: of a caller, with a request id, at an instant."""


class Executor:
    """Runs admitted operations on the schema, without parsing or validating them again."""

    def __init__(self, schema: Schema, settings: Settings) -> None:
        self._schema = schema
        self._hide_suggestions = not settings.suggestions_allowed

    async def __call__(self, operation: Operation, context: RequestContext) -> ExecutionResult:
        """The result of a query or a mutation, its errors as they were raised."""
        return await await_maybe(
            execute(
                self._schema._schema,
                operation.document.ast,
                context_value=context,
                variable_values=dict(operation.request.variables),
                operation_name=operation.request.operation_name,
                executor_class=self._schema.execution_context_class,
                is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
                hide_suggestions=self._hide_suggestions,
                operation_extensions=dict(operation.request.extensions),
            )
        )


class GraphQLEndpoint:
    """The ASGI application at /graphql."""

    def __init__(
        self,
        schema: Schema,
        settings: Settings,
        authenticate: Authenticator,
        build_context: ContextFactory,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.admission = Admission(schema._schema, settings)
        self._settings = settings
        self._authenticate = authenticate
        self._build_context = build_context
        self._clock = clock
        self._execute = Executor(schema, settings)
        self._compiled = CompiledPath(schema, enabled=settings.compiled)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self.respond(request, trace_of(scope))
        await response(scope, receive, send)

    async def respond(self, request: Request, trace: Trace) -> Response:
        """The answer to a request, whatever becomes of it."""
        if self._wants_explorer(request):
            return HTMLResponse(PAGE, headers=PAGE_HEADERS)
        failures = Failures(trace.request_id)
        media_type = JSON
        try:
            media_type = pick_media_type(request.headers.get("accept"))
            check_method_and_type(request)
            async with asyncio.timeout(self._settings.limit_request_seconds):
                return await self._answer(request, trace, failures, media_type)
        except Refused as refused:
            return _refusal(refused, media_type, trace)
        except Exception as exception:
            return _refusal(failures.refuse(exception), media_type, trace)

    async def _answer(
        self, request: Request, trace: Trace, failures: Failures, media_type: str
    ) -> Response:
        now = self._clock()
        caller = await self._authenticate(request.headers.get("authorization"), now)
        trace.workspace_id = caller.actor.workspace_id
        trace.api_key_id = caller.actor.api_key_id
        trace.user_id = caller.actor.user_id
        parameters = await read_request(request, self._settings)
        document, definition = self.admission.resolve(parameters)
        trace.operation = definition.operation.value
        trace.operation_name = definition.name.value[:100] if definition.name else None
        _check_operation_type(definition.operation, request.method)
        operation = self.admission.admit(parameters, document, definition, caller.actor)
        trace.cost = operation.cost
        context = self._build_context(caller, trace.request_id, now)
        try:
            data = await self._compiled.answer(operation, context)
            if data is not None:
                return self._render_compiled(operation, data, media_type)
            result = await self._execute(operation, context)
        finally:
            await context.close()
        errors = failures.present(result.errors or [])
        return self._render(operation, result.data, errors, media_type, trace)

    def _render(
        self,
        operation: Operation,
        data: dict[str, Any] | None,
        errors: list[GraphQLError],
        media_type: str,
        trace: Trace,
    ) -> Response:
        """The answer to an operation that was run, or whose variables did not fit."""
        codes = {error.extensions.get("code") for error in errors if error.extensions}
        if errors:
            trace.code = str(next(iter(codes), ""))
        cost = self.admission.report(operation.cost)
        if data is None and errors and all(error.path is None for error in errors):
            refused = Refused.of(400, EdgeCode.BAD_USER_INPUT, errors)
            refused.cost = cost
            return _refusal(refused, media_type, trace)
        if EdgeCode.UNAVAILABLE in codes and not any((data or {}).values()):
            return _refusal(unavailable(), media_type, trace)
        body: dict[str, object] = {"data": data}
        if errors:
            body["errors"] = [error.formatted for error in errors]
        body["extensions"] = {"cost": cost}
        return _response(200, body, media_type)

    def _render_compiled(self, operation: Operation, data: str, media_type: str) -> Response:
        """The answer whose `data` PostgreSQL has written."""
        cost = orjson.dumps(self.admission.report(operation.cost)).decode()
        return _response(200, f'{{"data":{data},"extensions":{{"cost":{cost}}}}}', media_type)

    def _wants_explorer(self, request: Request) -> bool:
        return (
            self._settings.explorer_allowed
            and request.method in ("GET", "HEAD")
            and "query" not in request.query_params
            and accepts_html(request)
        )


def _check_operation_type(kind: OperationType, method: str) -> None:
    """Only queries by GET, which promises to change nothing; subscriptions need a stream."""
    if kind is OperationType.SUBSCRIPTION:
        raise Refused(
            400,
            EdgeCode.BAD_REQUEST,
            "A subscription needs a stream: use a WebSocket (graphql-transport-ws), or POST with "
            "`Accept: text/event-stream`.",
        )
    if method != "POST" and kind is not OperationType.QUERY:
        raise Refused(
            405,
            EdgeCode.METHOD_NOT_ALLOWED,
            f"A {kind.value} must be sent by POST.",
            headers={"Allow": "POST"},
        )


def _refusal(refused: Refused, media_type: str, trace: Trace) -> Response:
    """The answer to a refused request. Under `application/json` the status of one that was a
    well-formed GraphQL request is 200: see `TRANSPORT_CODES`."""
    trace.code = refused.code.value
    extensions = refused.errors[0].extensions or {}
    metrics.REFUSED.labels(refused.code.value, str(extensions.get("limit", ""))).inc()
    body: dict[str, object] = {"errors": [error.formatted for error in refused.errors]}
    if refused.cost is not None:
        body["extensions"] = {"cost": refused.cost}
    transport = media_type == GRAPHQL_JSON or refused.code in TRANSPORT_CODES
    return _response(refused.status if transport else 200, body, media_type, refused.headers)


def _response(
    status: int,
    body: dict[str, object] | str,
    media_type: str,
    headers: dict[str, str] | None = None,
) -> Response:
    return Response(
        body if isinstance(body, str) else encode(body),
        status,
        {
            "Content-Type": f"{media_type}; charset=utf-8",
            "Cache-Control": "no-store",
            "Vary": "Accept, Authorization",
            "X-Content-Type-Options": "nosniff",
            **(headers or {}),
        },
    )


def encode(body: dict[str, object]) -> bytes:
    """JSON in UTF-8. Whole numbers of more than 64 bits, and values nested deeper than orjson
    goes, are written by the standard library."""
    try:
        return orjson.dumps(body)
    except TypeError:
        return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
