"""Answers to happenings, each made once for all who ask the same of it.

What is asked is a document with its variables, by a role with its scopes in a workspace. Nobody in
particular asks: the actor of an answer has neither a user nor a key, so that it can be the answer
to everybody who may ask that.
"""

import asyncio
import contextvars
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from graphql import (
    FieldNode,
    Node,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    visit,
)

from gateway.admission import Operation
from gateway.errors import Failures
from gateway.operations import Operations
from gateway.refusals import EdgeCode
from gateway.responses import encode
from resolvers.subscriptions import Happening
from services.actors import Caller

MOST_KEPT = 512
MOST_CHARACTERS = 4_000_000
AGAIN = (EdgeCode.UNAVAILABLE.value, EdgeCode.TIMEOUT.value)
"""Codes of errors that are gone when it is asked again."""


@dataclass(frozen=True)
class Asked:
    """What a subscription asks of each happening; of equal `key`, the answers are equal."""

    operation: Operation
    caller: Caller
    request_id: str
    key: Hashable

    @classmethod
    def of(cls, operation: Operation, caller: Caller, request_id: str) -> "Asked":
        """What a caller's subscription asks."""
        actor = replace(caller.actor, user_id=None, api_key_id=None, api_key_name=None)
        variables = operation.request.variables
        told = {name: variables[name] for name in selecting(operation) if name in variables}
        key = (
            actor.workspace_id,
            actor.role,
            actor.scopes,
            operation.request.query,
            operation.request.operation_name,
            encode(dict(sorted(told.items()))),
        )
        return cls(operation, Caller(actor, caller.workspace), request_id, key)


@dataclass(frozen=True, slots=True)
class Told:
    """The answer to a happening as JSON. `over`: there is nothing more to be told, ever.
    `failed`: it could not be made now, for the reason in this error."""

    text: str = ""
    over: bool = False
    failed: tuple[str, EdgeCode] | None = None


class Answers:
    """Makes answers, `at_once` of them at a time. One for the life of a process."""

    def __init__(self, operations: Operations, clock: Callable[[], datetime], at_once: int) -> None:
        self._operations = operations
        self._clock = clock
        self._turns = asyncio.Semaphore(at_once)
        self._made: OrderedDict[Hashable, asyncio.Task[Told]] = OrderedDict()
        self._characters = 0

    async def answer(self, asked: Asked, happening: Happening) -> Told:
        """The answer to a happening, made by now or by whoever has asked first."""
        key = (asked.key, happening.key)
        task = self._made.get(key)
        if task is None:
            # In a context of its own: it is no part of the request of who asks first.
            task = asyncio.get_running_loop().create_task(
                self._make(asked, happening), context=contextvars.Context()
            )
            self._made[key] = task
            task.add_done_callback(lambda done: self._keep(key, done))
        return task.result() if task.done() else await asyncio.shield(task)

    def _keep(self, key: Hashable, task: asyncio.Task[Told]) -> None:
        """Keep an answer for those who come to it later, within bounds."""
        if self._made.get(key) is not task:
            return
        if task.cancelled() or task.exception() is not None or task.result().failed:
            del self._made[key]
            return
        self._characters += len(task.result().text)
        while len(self._made) > MOST_KEPT or self._characters > MOST_CHARACTERS:
            _, oldest = self._made.popitem(last=False)
            if oldest.done():
                self._characters -= len(oldest.result().text)

    async def _make(self, asked: Asked, happening: Happening) -> Told:
        failures = Failures(asked.request_id)
        async with self._turns:
            context: Any = self._operations.build_context(
                asked.caller, asked.request_id, self._clock()
            )
            try:
                root = await happening.load(context)
                if root is None:
                    return Told(over=True)
                result = await self._operations.execute(asked.operation, context, root)
            except Exception as exception:
                refused = failures.refuse(exception)
                return Told(failed=(refused.errors[0].message, refused.code))
            finally:
                await context.close()
        errors = failures.present(result.errors or [])
        for error in errors:
            if (error.extensions or {}).get("code") in AGAIN:
                return Told(failed=(error.message, EdgeCode((error.extensions or {})["code"])))
        body: dict[str, object] = {"data": result.data}
        if errors:
            body["errors"] = [error.formatted for error in errors]
        if happening.cursor is not None:
            body["extensions"] = {"cursor": happening.cursor}
        return Told(encode(body).decode())


def selecting(operation: Operation) -> Iterator[str]:
    """The variables that answers depend on: those that stand anywhere but in the arguments of the
    subscription's own field, which decide what is followed."""
    found: dict[str, None] = {}

    class Collector(Visitor):
        def enter_variable(self, node: VariableNode, *_: Any) -> None:
            found[node.name.value] = None

    collector = Collector()
    for part in (*_parts(operation.definition), *operation.document.fragments):
        visit(part, collector)
    # A fragment at the root may hold the field itself: its arguments count then, and fewer answers
    # are shared.
    return iter(found)


def _parts(definition: OperationDefinitionNode) -> Iterator[Node]:
    for selection in definition.selection_set.selections:
        if not isinstance(selection, FieldNode):
            yield selection
            continue
        if selection.selection_set is not None:
            yield selection.selection_set
        yield from selection.directives or ()
