"""GraphQL over HTTP: one endpoint, from a request to its answer.

The order of an answer: method and types, who asks, the body, admission (`gateway/admission.py`),
and only then a context and the execution. What is refused before that has no `data`.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from graphql import OperationType
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry import Schema

from gateway import metrics
from gateway.admission import Operation
from gateway.auth import Authenticator
from gateway.errors import Failures, unavailable
from gateway.explorer import PAGE, PAGE_HEADERS
from gateway.operations import ContextFactory, Operations, Outcome, RequestContext
from gateway.persisted import SharedTexts
from gateway.refusals import TRANSPORT_CODES, EdgeCode, Refused
from gateway.requests import (
    EVENT_STREAM,
    GRAPHQL_JSON,
    JSON,
    accepts_html,
    check_method_and_type,
    headers_of,
    pick_media_type,
    read_request,
)
from gateway.responses import Answer, encode
from gateway.subscriptions.guests import Guests
from gateway.subscriptions.running import Subscriptions
from gateway.subscriptions.streams import TRANSPORT, EventStream, OneResult
from gateway.tracing import Trace, trace_of
from settings import Settings

ASKING = (b"query=", b"extensions=", b"documentId=")
"""What the query of an address has in it that asks something."""


class GraphQLEndpoint:
    """The ASGI application at /graphql."""

    def __init__(
        self,
        schema: Schema,
        settings: Settings,
        authenticate: Authenticator,
        build_context: ContextFactory,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        shared: SharedTexts | None = None,
        guests: Guests | None = None,
    ) -> None:
        """Without `guests` there are no subscriptions. Raises Failure where the trusted documents
        of the settings cannot be served."""
        self.operations = Operations(schema, settings, build_context, shared)
        self.subscriptions = (
            None if guests is None else Subscriptions(self.operations, guests, settings, clock)
        )
        self._settings = settings
        self._authenticate = authenticate
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. What it has read is given back when it has its answer already."""
        work = _Work(scope, receive, headers_of(scope), trace_of(scope))
        try:
            answer = await self._respond(work)
            await answer(scope, receive, send)
        finally:
            await work.close()

    async def _respond(self, work: "_Work") -> ASGIApp:
        """The answer to a request, whatever becomes of it."""
        if work.method != "POST" and self._wants_explorer(work):
            return HTMLResponse(PAGE, headers=PAGE_HEADERS)
        try:
            work.media_type = pick_media_type(work.headers.get(b"accept"))
            check_method_and_type(work.method, work.headers)
            async with asyncio.timeout(self._settings.limit_request_seconds):
                return await self._answer(work)
        except Refused as refused:
            return _refusal(refused, work)
        except Exception as exception:
            return _refusal(work.failures.refuse(exception), work)

    async def _answer(self, work: "_Work") -> ASGIApp:
        trace, now = work.trace, self._clock()
        caller = await self._authenticate(work.headers.get(b"authorization"), now)
        trace.workspace_id = caller.actor.workspace_id
        trace.api_key_id = caller.actor.api_key_id
        trace.user_id = caller.actor.user_id
        named = await read_request(work.scope, work.receive, work.headers, self._settings)
        operation = await self.operations.prepare(
            named, caller.actor, trace, lambda kind: self._check_operation_type(kind, work)
        )
        if operation.type is OperationType.SUBSCRIPTION:
            return await self._open_stream(operation, work)
        work.context = context = self.operations.build_context(caller, trace.request_id, now)
        return self._render(await self.operations.answer(operation, context, work.failures), work)

    async def _open_stream(self, operation: Operation, work: "_Work") -> EventStream:
        """The stream of a subscription, which follows by now."""
        assert self.subscriptions is not None
        guests = self.subscriptions.guests
        stream = EventStream(guests, self._settings, work.trace.request_id)
        try:
            stream.guest = await guests.welcome(work.headers.get(b"authorization"), stream)
            stream.running = await self.subscriptions.start(
                operation, stream.guest, work.trace, TRANSPORT
            )
        except BaseException:
            await stream.close()
            raise
        return stream

    def _check_operation_type(self, kind: OperationType, work: "_Work") -> None:
        """Only what promises to change nothing by GET; subscriptions need a stream."""
        if kind is OperationType.SUBSCRIPTION and (
            self.subscriptions is None or work.media_type != EVENT_STREAM
        ):
            raise Refused(
                400,
                EdgeCode.BAD_REQUEST,
                "A subscription needs a stream: use a WebSocket (graphql-transport-ws), or POST "
                "with `Accept: text/event-stream`.",
            )
        if work.method == "POST" or kind is OperationType.QUERY:
            return
        if work.method == "GET" and kind is OperationType.SUBSCRIPTION:
            return
        raise Refused(
            405,
            EdgeCode.METHOD_NOT_ALLOWED,
            f"A {kind.value} must be sent by POST.",
            headers={"Allow": "POST"},
        )

    def _render(self, outcome: Outcome, work: "_Work") -> ASGIApp:
        """The answer to an operation that was run, or whose variables did not fit."""
        data, errors = outcome.data, outcome.errors
        codes = {error.extensions.get("code") for error in errors if error.extensions}
        if errors:
            work.trace.code = str(next(iter(codes), ""))
        if data is None and errors and all(error.path is None for error in errors):
            refused = Refused.of(400, EdgeCode.BAD_USER_INPUT, errors)
            refused.cost = outcome.cost
            return _refusal(refused, work)
        if EdgeCode.UNAVAILABLE in codes and not any((data or {}).values()):
            return _refusal(unavailable(), work)
        if work.media_type == EVENT_STREAM:
            return OneResult(outcome.body().decode())
        return Answer(200, outcome.body(), work.media_type)

    def _wants_explorer(self, work: "_Work") -> bool:
        """Whether a browser has opened the address: nothing is asked in it."""
        return (
            self._settings.explorer_allowed
            and work.method in ("GET", "HEAD")
            and not any(name in work.scope["query_string"] for name in ASKING)
            and accepts_html(work.headers.get(b"accept", ""))
        )


@dataclass(slots=True)
class _Work:
    """A request while it is being answered. `close` it at the end, whatever happened."""

    scope: Scope
    receive: Receive
    headers: Mapping[bytes, str]
    trace: Trace
    failures: Failures = field(init=False)
    media_type: str = JSON
    context: RequestContext | None = None

    def __post_init__(self) -> None:
        self.failures = Failures(self.trace.request_id)

    @property
    def method(self) -> str:
        """The method of the request."""
        method: str = self.scope["method"]
        return method

    async def close(self) -> None:
        """End what the request has begun. It has its answer: what goes wrong is the log's."""
        if self.context is None:
            return
        try:
            await self.context.close()
        except Exception as exception:
            if self.failures.explain(exception)[1] is EdgeCode.INTERNAL:
                self.failures.log(exception)


def _refusal(refused: Refused, work: _Work) -> ASGIApp:
    """The answer to a refused request. Under `application/json` the status of one that was a
    well-formed GraphQL request is 200: see `TRANSPORT_CODES`."""
    work.trace.code = refused.code.value
    extensions = refused.errors[0].extensions or {}
    metrics.REFUSED.labels(refused.code.value, str(extensions.get("limit", ""))).inc()
    body: dict[str, object] = {"errors": [error.formatted for error in refused.errors]}
    if refused.cost is not None:
        body["extensions"] = {"cost": refused.cost}
    transport = work.media_type == GRAPHQL_JSON or refused.code in TRANSPORT_CODES
    if work.media_type == EVENT_STREAM:
        if not transport:
            return OneResult(encode(body).decode())
        return Answer(refused.status, encode(body), JSON, refused.headers)
    status = refused.status if transport else 200
    return Answer(status, encode(body), work.media_type, refused.headers)
