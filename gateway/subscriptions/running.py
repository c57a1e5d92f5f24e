"""Subscriptions while they run, whatever protocol carries them: from the log to answers."""

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from gateway import metrics
from gateway.admission import Operation
from gateway.errors import Failures
from gateway.operations import Operations
from gateway.refusals import EdgeCode, Refused
from gateway.subscriptions.answers import Answers, Asked
from gateway.subscriptions.endings import Interrupted
from gateway.subscriptions.guests import Guest, Guests
from gateway.tracing import Trace
from resolvers.subscriptions import Happening, constantly
from services.feeds import FellBehind
from settings import Settings

log = structlog.get_logger("satukan.subscriptions")


class Subscriptions:
    """Starts subscriptions. One for the life of a process."""

    def __init__(
        self,
        operations: Operations,
        guests: Guests,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self.guests = guests
        self.operations = operations
        self.clock = clock
        self.answers = Answers(operations, clock, max(1, settings.pool_size // 2))

    async def start(
        self, operation: Operation, guest: Guest, trace: Trace, transport: str
    ) -> "Running":
        """A guest's subscription, following from now on. `close` it at the end.

        Raises Refused: 429 for one too many, and where its arguments are refused, or it cannot be
        started now.
        """
        await self.guests.subscribe(guest)
        failures = Failures(trace.request_id)
        context = self.operations.build_context(guest.caller, trace.request_id, self.clock())
        try:
            found = await self.operations.open(operation, context)
            if isinstance(found, list):
                raise _refused(failures, found)
        except BaseException:
            self.guests.unsubscribe(guest)
            raise
        finally:
            await context.close()
        asked = Asked.of(operation, guest.caller, trace.request_id)
        return Running(self, guest, found, asked, trace, transport)


def _refused(failures: Failures, errors: list[Any]) -> Refused:
    """Why a subscription was not started."""
    presented = failures.present(errors)
    code = EdgeCode.BAD_USER_INPUT
    for error in presented:
        if (error.extensions or {}).get("code") in (EdgeCode.UNAVAILABLE, EdgeCode.TIMEOUT):
            code = EdgeCode.UNAVAILABLE
    refused = Refused(503 if code is EdgeCode.UNAVAILABLE else 400, code, presented[0].message)
    refused.errors = presented
    return refused


@dataclass(eq=False)
class Running:
    """A subscription that runs: an asynchronous iterator of answers as JSON.

    After each was handed to the network, `delivered` is to be called. `close` it at the end.
    """

    owner: Subscriptions
    guest: Guest
    stream: AsyncIterator[Any]
    asked: Asked
    trace: Trace
    transport: str

    def __post_init__(self) -> None:
        self.cursor: str | None = getattr(self.stream, "start", None)
        self._coming: Happening | None = None
        self._told = 0
        self._began = time.perf_counter()
        self._closed = False
        metrics.SUBSCRIPTIONS.labels(self.transport).inc()

    def __aiter__(self) -> "Running":
        return self

    async def __anext__(self) -> str:
        """The next answer. Raises Interrupted where the subscription cannot go on."""
        try:
            happening = await self.stream.__anext__()
        except FellBehind:
            raise Interrupted(
                "too_slow",
                EdgeCode.TOO_SLOW,
                "Events came faster than they were taken, and too many were waiting. Go on behind "
                "the cursor.",
                self.cursor,
            ) from None
        except StopAsyncIteration:
            raise
        except Exception as exception:
            refused = Failures(self.trace.request_id).refuse(exception)
            message = refused.errors[0].message
            raise Interrupted("failed", refused.code, message, self.cursor) from exception
        if not isinstance(happening, Happening):
            happening = Happening(object(), constantly(happening))
        told = await self.owner.answers.answer(self.asked, happening)
        if told.over:
            raise StopAsyncIteration
        if told.failed is not None:
            message, code = told.failed
            raise Interrupted("failed", code, message, self.cursor)
        self._coming = happening
        return told.text

    def delivered(self) -> None:
        """The last answer was handed to the network."""
        self._told += 1
        happening = self._coming
        if happening is None:
            return
        if happening.cursor is not None:
            self.cursor = happening.cursor
        if happening.occurred_at is not None:
            delay = (self.owner.clock() - happening.occurred_at).total_seconds()
            metrics.observe_told(self.transport, delay)

    async def close(self, ended: str) -> None:
        """Follow no more. `ended` says why, for the log and the metrics."""
        if self._closed:
            return
        self._closed = True
        self.owner.guests.unsubscribe(self.guest)
        metrics.SUBSCRIPTIONS.labels(self.transport).dec()
        metrics.SUBSCRIPTIONS_ENDED.labels(self.transport, ended).inc()
        actor = self.guest.caller.actor
        log.info(
            "subscription",
            request_id=self.trace.request_id,
            transport=self.transport,
            field=_field(self.asked.operation),
            operation_name=self.trace.operation_name,
            cost=self.trace.cost,
            told=self._told,
            seconds=round(time.perf_counter() - self._began, 1),
            ended=ended,
            workspace=str(actor.workspace_id),
            key=actor.api_key_id and str(actor.api_key_id),
            user=actor.user_id and str(actor.user_id),
        )
        closing = getattr(self.stream, "aclose", None)
        if closing is not None:
            await closing()


def _field(operation: Operation) -> str | None:
    """The subscription's field."""
    selection = operation.definition.selection_set.selections[0]
    name = getattr(selection, "name", None)
    return None if name is None else str(name.value)
