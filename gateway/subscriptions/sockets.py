"""WebSockets: graphql-transport-ws, for subscriptions and for queries and mutations too.

Messages of a client are taken one after the other, and the next is read when the last is dealt
with: a subscription follows when the message after it is answered. Nothing is buffered for a
client: who does not read what is sent is waited for, events wait in the feed up to its bound, and
then the connection is closed with the cursor to go on from.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine, MutableMapping
from contextlib import suppress
from typing import Any

import structlog
from graphql import OperationType
from starlette.types import Message as Event
from starlette.types import Receive, Scope, Send

from gateway import metrics
from gateway.admission import GraphQLRequest, Operation
from gateway.errors import Failures
from gateway.refusals import EdgeCode, Refused
from gateway.requests import build_request, headers_of
from gateway.subscriptions import messages
from gateway.subscriptions.endings import Ending, Interrupted, shortened
from gateway.subscriptions.guests import Guest, too_many
from gateway.subscriptions.messages import Close, Message
from gateway.subscriptions.pace import Pace
from gateway.subscriptions.running import Running, Subscriptions
from gateway.tracing import Trace, request_id_of
from models.statements import tally
from resolvers.events import number_of
from settings import Settings

CLOSING_SECONDS = 1.0
"""How long a close frame may take to be handed to the network, before the connection is cut."""
ABORT = "satukan.abort"
"""The extension of the scope with which a server cuts a connection whose client does not read."""
TRANSPORT = "websocket"

log = structlog.get_logger("satukan.sockets")


class Disconnected(Exception):
    """The client has gone."""


class TooSlow(Exception):
    """The client does not read what is sent to it."""


class SocketEndpoint:
    """The ASGI application of WebSockets at /graphql."""

    def __init__(self, subscriptions: Subscriptions, settings: Settings) -> None:
        self.subscriptions = subscriptions
        self.settings = settings
        self._sockets: set[Socket] = set()
        self._emptied = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection to its end."""
        request_id = request_id_of(scope)
        structlog.contextvars.bind_contextvars(request_id=request_id)
        await receive()  # websocket.connect
        if len(self._sockets) >= self.settings.limit_sockets:
            metrics.REFUSED.labels(EdgeCode.TOO_MANY_SUBSCRIPTIONS.value, "sockets").inc()
            await _refuse(scope, send)
            return
        socket = Socket(self, scope, receive, send, request_id)
        self._sockets.add(socket)
        metrics.SOCKETS.inc()
        try:
            await socket.serve()
        finally:
            self._sockets.discard(socket)
            metrics.SOCKETS.dec()
            if not self._sockets:
                self._emptied.set()

    def end_all(self, ending: Ending) -> None:
        """Have every connection end, those included whose callers are not known."""
        for socket in tuple(self._sockets):
            socket.end(ending)

    async def emptied(self) -> None:
        """Come back when no connection is open."""
        while self._sockets:
            self._emptied.clear()
            await self._emptied.wait()


class Socket:
    """One connection: a `Session` of its guest."""

    def __init__(
        self, endpoint: SocketEndpoint, scope: Scope, receive: Receive, send: Send, request_id: str
    ) -> None:
        self._endpoint = endpoint
        self._settings = endpoint.settings
        self._subscriptions = endpoint.subscriptions
        self._scope = scope
        self._receive_event = receive
        self._send_event = send
        self._request_id = request_id
        self._guest: Guest | None = None
        self._greeted = False
        self._ending: Ending | None = None
        self._ended: str | None = None
        self._task: asyncio.Task[Any] | None = None
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._running: dict[str, Running] = {}
        self._pace = Pace(self._settings.limit_messages_per_second)

    async def serve(self) -> None:
        """Talk with the client until either has enough."""
        began = time.perf_counter()
        self._task = asyncio.current_task()
        close: tuple[int, str] | None = None
        try:
            close = await self._talk_to_the_end()
        finally:
            self._task = None  # nothing that is under way from here on is to be broken off
            if self._guest is not None:
                self._subscriptions.guests.leave(self._guest, self)
            await self._stop_all()
        if close is not None:
            await self._close(*close)
        actor = self._guest.caller.actor if self._guest is not None else None
        log.info(
            "socket",
            code=None if close is None else close[0],
            seconds=round(time.perf_counter() - began, 1),
            workspace=actor and str(actor.workspace_id),
            key=actor and actor.api_key_id and str(actor.api_key_id),
            user=actor and actor.user_id and str(actor.user_id),
        )

    def end(self, ending: Ending) -> None:
        """Close the connection soon."""
        if self._ending is None and self._task is not None:
            self._ending = ending
            self._task.cancel()

    async def _talk_to_the_end(self) -> tuple[int, str] | None:
        """How the connection is to be closed; None where it is closed already."""
        try:
            await self._talk()
        except Disconnected:
            pass
        except Close as close:
            return close.code, close.reason
        except TooSlow:
            return messages.TRY_AGAIN_LATER, self._slow_reason()
        except asyncio.CancelledError:
            if self._ending is None:
                raise
            if self._task is not None:
                self._task.uncancel()
            return self._ending.close_code, self._ending.reason
        except Exception as exception:
            error_id = Failures(self._request_id).log(exception)
            return messages.INTERNAL, f"Internal error {error_id}"
        return None

    async def _talk(self) -> None:
        subprotocol = messages.SUBPROTOCOL
        known = subprotocol in self._scope["subprotocols"]
        await self._send_event(
            {"type": "websocket.accept", "subprotocol": subprotocol if known else None}
        )
        if not known:
            raise Close(messages.NOT_ACCEPTABLE, f"Subprotocol not acceptable: use {subprotocol}")
        try:
            async with asyncio.timeout(self._settings.subscription_init_seconds):
                while self._guest is None:
                    await self._take(await self._read())
        except TimeoutError:
            raise Close(messages.INIT_TIMEOUT, "Connection initialisation timeout") from None
        while True:
            await self._take(await self._read())

    async def _read(self) -> Message:
        await self._pace.wait()
        event: Event = await self._receive_event()
        if event["type"] != "websocket.receive":
            raise Disconnected
        return messages.read_message(event.get("text"))

    async def _take(self, message: Message) -> None:
        """Do what a message asks. Raises Close where that cannot be."""
        match message.type:
            case "connection_init":
                await self._greet(message)
            case "ping":
                await self._send(messages.pong(message.payload))
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(message)
            case "complete":
                task = self._operations.get(message.id or "")
                if task is not None:
                    task.cancel()
            case _:
                raise Close(messages.INVALID, "Invalid message: unknown `type`")

    async def _greet(self, message: Message) -> None:
        if self._greeted:
            raise Close(messages.TOO_MANY_INITS, "Too many initialisation requests")
        self._greeted = True
        authorization = messages.authorization_in(message.payload)
        if authorization is None:
            authorization = headers_of(self._scope).get(b"authorization")
        try:
            self._guest = await self._subscriptions.guests.welcome(authorization, self)
        except Refused as refused:
            metrics.REFUSED.labels(refused.code.value, "").inc()
            if refused.code is EdgeCode.UNAUTHENTICATED:
                raise Close(messages.FORBIDDEN, "Forbidden: no valid key or token") from refused
            raise Close(messages.TRY_AGAIN_LATER, refused.errors[0].message) from refused
        except Exception as exception:
            failed = Failures(self._request_id).refuse(exception)
            raise Close(messages.TRY_AGAIN_LATER, failed.errors[0].message) from exception
        await self._send(messages.ACKNOWLEDGED)

    async def _subscribe(self, message: Message) -> None:
        id = message.id
        if self._guest is None:
            raise Close(messages.UNAUTHORIZED, "Unauthorized: send connection_init first")
        if id is None or message.payload is None:
            raise Close(messages.INVALID, "Invalid message: subscribe needs `id` and `payload`")
        if id in self._operations:
            raise Close(messages.ALREADY_EXISTS, f"Subscriber for {id} already exists")
        trace = Trace(self._request_id)
        try:
            most = self._settings.limit_subscriptions_per_socket
            if len(self._operations) >= most:
                raise too_many("subscriptions", "per_socket", most)
            work = await self._start(id, build_request(message.payload), trace, self._guest)
        except Refused as refused:
            await self._refuse(id, refused)
        except (Close, Disconnected, TooSlow):
            raise
        except Exception as exception:
            await self._refuse(id, Failures(self._request_id).refuse(exception))
        else:
            self._operations[id] = asyncio.create_task(self._run(id, work))

    async def _start(
        self, id: str, request: GraphQLRequest, trace: Trace, guest: Guest
    ) -> Coroutine[Any, Any, None]:
        """What is left to be done of an operation: a subscription follows by now."""
        owner = self._subscriptions
        operation = await owner.operations.prepare(request, guest.caller.actor, trace, _any_type)
        if operation.type is not OperationType.SUBSCRIPTION:
            return self._answer(id, operation, trace, guest)
        running = await owner.start(operation, guest, trace, TRANSPORT)
        self._running[id] = running
        return self._tell(id, running)

    async def _run(self, id: str, work: Coroutine[Any, Any, None]) -> None:
        """Do an operation's work. What ends the connection in it ends it."""
        try:
            await work
        except TooSlow:
            self._end_slow()
        except Disconnected:
            pass
        except Exception as exception:
            refused = Failures(self._request_id).refuse(exception)
            with suppress(TooSlow, Disconnected):
                await self._send(messages.error(id, refused.errors))
        finally:
            self._operations.pop(id, None)

    async def _tell(self, id: str, running: Running) -> None:
        """Tell the client of a subscription's answers, to its end."""
        head = messages.head_of(id)
        ended = "disconnected"
        try:
            async for payload in running:
                await self._send(messages.next_message(head, payload))
                running.delivered()
            ended = "completed"
            await self._send(messages.complete(id))
        except Interrupted as interrupted:
            ended = interrupted.name
            await self._send(messages.error(id, interrupted.errors))
        except asyncio.CancelledError:
            ended = self._ended or "unsubscribed"
            raise
        except TooSlow:
            ended = "too_slow"
            raise
        finally:
            await running.close(ended)
            if ended != "too_slow":
                self._running.pop(id, None)

    async def _answer(self, id: str, operation: Operation, trace: Trace, guest: Guest) -> None:
        """Answer a query or a mutation."""
        owner, failures = self._subscriptions, Failures(self._request_id)
        began = time.perf_counter()
        context = owner.operations.build_context(guest.caller, self._request_id, owner.clock())
        with tally() as counted:
            try:
                async with asyncio.timeout(self._settings.limit_request_seconds):
                    outcome = await owner.operations.answer(operation, context, failures)
            finally:
                await context.close()
        body = outcome.body().decode()
        await self._send(messages.next_message(messages.head_of(id), body))
        await self._send(messages.complete(id))
        seconds = time.perf_counter() - began
        metrics.observe_request(trace.operation or "none", 200, seconds, counted.count, trace.cost)
        log.info(
            "operation",
            operation=trace.operation,
            operation_name=trace.operation_name,
            cost=trace.cost,
            statements=counted.count,
            ms=round(seconds * 1000, 1),
        )

    async def _refuse(self, id: str, refused: Refused) -> None:
        extensions = refused.errors[0].extensions or {}
        metrics.REFUSED.labels(refused.code.value, str(extensions.get("limit", ""))).inc()
        await self._send(messages.error(id, refused.errors))

    async def _send(self, text: str) -> None:
        """Hand a message to the network. Raises TooSlow where the client reads nothing for long."""
        try:
            async with asyncio.timeout(self._settings.subscription_send_seconds):
                await self._send_event({"type": "websocket.send", "text": text})
        except TimeoutError:
            raise TooSlow from None
        except (OSError, RuntimeError):  # gone, or closed meanwhile
            raise Disconnected from None

    def _end_slow(self) -> None:
        """Close the connection of a client who does not read."""
        self.end(Ending("too_slow", messages.TRY_AGAIN_LATER, self._slow_reason()))

    def _slow_reason(self) -> str:
        """Why, and from where on to begin again: the earliest place of all subscriptions."""
        cursors = [one.cursor for one in self._running.values() if one.cursor is not None]
        if not cursors:
            return "Too slow"
        return f"Too slow; go on after {min(cursors, key=number_of)}"

    async def _stop_all(self) -> None:
        """End what runs on the connection."""
        self._ended = "disconnected" if self._ending is None else self._ending.name
        tasks = list(self._operations.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for running in list(self._running.values()):
            await running.close(self._ended)

    async def _close(self, code: int, reason: str) -> None:
        """Close the connection; cut it where the client does not read."""
        event = {"type": "websocket.close", "code": code, "reason": shortened(reason)}
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                await self._send_event(event)
        except TimeoutError:
            abort: Callable[[int, str], None] | None = _extension(self._scope, ABORT)
            if abort is not None:
                abort(code, shortened(reason))
        except (OSError, RuntimeError):  # gone, or closed meanwhile
            pass


def _any_type(_type: OperationType) -> None:
    """A WebSocket is for operations of every type."""


def _extension(scope: Scope, name: str) -> Any:
    extensions: MutableMapping[str, Any] = scope.get("extensions") or {}
    return extensions.get(name)


async def _refuse(scope: Scope, send: Send) -> None:
    """Refuse the handshake: there are connections enough."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": messages.TRY_AGAIN_LATER})
        return
    headers = [(b"retry-after", b"5"), (b"x-request-id", secrets.token_hex(16).encode())]
    await send({"type": "websocket.http.response.start", "status": 503, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b"Too many connections.\n"})
