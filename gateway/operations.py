"""Operations: from the parameters of a request to its answer, whatever brought them.

HTTP, WebSockets and server-sent events differ in how a request comes and how its answer goes; what
is between is here, once.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from types import GeneratorType
from typing import Any, Protocol

from graphql import (
    ExecutionResult,
    GraphQLError,
    OperationType,
    create_source_event_stream,
    execute,
)
from strawberry import Schema
from strawberry.execution.is_awaitable import optimized_is_awaitable
from strawberry.utils.await_maybe import await_maybe

from gateway.admission import Admission, GraphQLRequest, Operation
from gateway.errors import Failures
from gateway.paths import CompiledPath
from gateway.persisted import NamedDocuments, SharedTexts
from gateway.responses import encode
from gateway.tracing import Trace
from gateway.trusted import NONE_TRUSTED, load_trusted
from models.base import WorkspaceModel
from services.actors import Actor, Caller
from settings import Settings


class RequestContext(Protocol):
    """What is asked of a context: that it can be closed."""

    async def close(self) -> None: ...


ContextFactory = Callable[[Caller, str, datetime], RequestContext]
"""Makes the context of one operation: of a caller, with a request id, at an instant."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an operation: its data, or their JSON where PostgreSQL has written it."""

    cost: dict[str, int]
    data: dict[str, Any] | None = None
    written: str | None = None
    errors: list[GraphQLError] = field(default_factory=list)

    def body(self) -> bytes:
        """The answer as JSON."""
        if self.written is not None:
            cost = encode(self.cost).decode()
            return f'{{"data":{self.written},"extensions":{{"cost":{cost}}}}}'.encode()
        body: dict[str, object] = {"data": self.data}
        if self.errors:
            body["errors"] = [error.formatted for error in self.errors]
        body["extensions"] = {"cost": self.cost}
        return encode(body)


AWAITABLE: dict[type, bool] = {}
"""Whether values of a type are to be waited for; of each type that has been met."""


def is_awaitable(value: object) -> bool:
    """Whether the executor is to wait for a value. It asks that of every value of an answer.

    A row is one of the models' instances, which can be awaited though nothing comes of it: each
    would have a coroutine, and each list a gathering of them.
    """
    kind = type(value)
    known = AWAITABLE.get(kind)
    if known is None:
        if kind is GeneratorType:  # of which some can be
            return optimized_is_awaitable(value)
        known = not issubclass(kind, WorkspaceModel) and hasattr(kind, "__await__")
        AWAITABLE[kind] = known
    return known


class Operations:
    """Runs operations of one schema. One for the life of a process."""

    def __init__(
        self,
        schema: Schema,
        settings: Settings,
        build_context: ContextFactory,
        shared: SharedTexts | None = None,
    ) -> None:
        """Raises Failure where the trusted documents of the settings cannot be served."""
        self.admission = Admission(schema._schema, settings)
        self.build_context = build_context
        path = settings.trusted_documents
        trusted = NONE_TRUSTED if path is None else load_trusted(path, self.admission.document)
        self._documents = NamedDocuments(settings, trusted, shared)
        self._schema = schema
        self._compiled = CompiledPath(schema, enabled=settings.compiled)
        self._hide_suggestions = not settings.suggestions_allowed

    async def prepare(
        self,
        named: GraphQLRequest,
        actor: Actor,
        trace: Trace,
        check: Callable[[OperationType], None],
    ) -> Operation:
        """The operation of a request, if it may run for `actor`; `trace` learns what it is.

        `check` raises where the way that the request came is not for operations of this type.
        Raises Refused.
        """
        parameters = await self._documents.complete(named)
        document, definition = self.admission.resolve(parameters)
        trace.operation = definition.operation.value
        trace.operation_name = definition.name.value[:100] if definition.name else None
        check(definition.operation)
        operation = self.admission.admit(parameters, document, definition, actor)
        trace.cost = operation.cost
        await self._documents.keep(parameters)
        return operation

    async def answer(
        self, operation: Operation, context: RequestContext, failures: Failures
    ) -> Outcome:
        """What comes of a query or a mutation."""
        cost = self.admission.report(operation.cost)
        written = await self._compiled.answer(operation, context)
        if written is not None:
            return Outcome(cost, written=written)
        result = await self.execute(operation, context)
        return Outcome(cost, result.data, errors=failures.present(result.errors or []))

    async def execute(
        self, operation: Operation, context: RequestContext, root: Any = None
    ) -> ExecutionResult:
        """The result on the plain path, its errors as they were raised.

        Nothing is parsed or validated again. Of a subscription it is the answer to one happening,
        `root`.
        """
        return await await_maybe(
            execute(
                self._schema._schema,
                operation.document.ast,
                root_value=root,
                context_value=context,
                variable_values=dict(operation.request.variables),
                operation_name=operation.request.operation_name,
                executor_class=self._schema.execution_context_class,
                is_awaitable=is_awaitable,  # type: ignore[arg-type]
                hide_suggestions=self._hide_suggestions,
                operation_extensions=dict(operation.request.extensions),
            )
        )

    async def open(
        self, operation: Operation, context: RequestContext
    ) -> AsyncIterator[Any] | list[GraphQLError]:
        """The stream of a subscription, or why there is none: errors as they were raised."""
        built = self._schema.execution_context_class.build(
            self._schema._schema,
            operation.document.ast,
            context_value=context,
            raw_variable_values=dict(operation.request.variables),
            operation_name=operation.request.operation_name,
            hide_suggestions=self._hide_suggestions,
            operation_extensions=dict(operation.request.extensions),
        )
        if isinstance(built, list):
            return built
        found: Any = await await_maybe(create_source_event_stream(built))
        if isinstance(found, ExecutionResult):
            return found.errors or []
        stream: AsyncIterator[Any] = aiter(found)
        return stream
