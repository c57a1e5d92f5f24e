"""Errors of an execution as clients see them.

What is expected passes: refusals of the services with their code and field, and the GraphQL
library's own errors about the request. All else becomes one sentence with an id, under which the
log has the exception with its traceback, and nothing of it reaches the client.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import asyncpg
import structlog
from graphql import GraphQLError

from gateway import metrics
from gateway.refusals import RETRY_AFTER_SECONDS, EdgeCode, Refused
from resolvers.ids import PREFIXES, global_id
from services.errors import Refusal
from services.outages import CLOSED, LOST

log = structlog.get_logger("satukan.errors")

UNAVAILABLE = (*LOST, asyncpg.InvalidAuthorizationSpecificationError)
# command_timeout of the driver, statement_timeout and lock_timeout of the server
TIMEOUT = (TimeoutError, asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError)
UNTRANSLATABLE = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)


@dataclass(slots=True)
class Failures:
    """The failures of one request: each unexpected exception is logged once, under one id."""

    request_id: str
    ids: dict[int, str] = field(default_factory=dict)

    def present(self, errors: Sequence[GraphQLError]) -> list[GraphQLError]:
        """The errors as the client gets them, in the same order."""
        return [self.present_one(error) for error in errors]

    def present_one(self, error: GraphQLError) -> GraphQLError:
        """One error as the client gets it."""
        original = error.original_error
        if original is None or isinstance(original, GraphQLError) or error.path is None:
            # The library's own, about the request: variables that do not fit their types.
            extensions = {"code": EdgeCode.BAD_USER_INPUT.value, **(error.extensions or {})}
            return _copy(error, error.message, extensions)
        if isinstance(original, Refusal):
            return _copy(error, original.message, _refusal_extensions(original))
        message, code = self.explain(original)
        extensions = {"code": code.value}
        if code is EdgeCode.INTERNAL:
            extensions["id"] = self.log(original, error.path)
        return _copy(error, message, extensions)

    def explain(self, exception: BaseException) -> tuple[str, EdgeCode]:
        """What to say of an exception that is no refusal: a sentence, and its code."""
        causes = list(_causes(exception))
        if is_timeout(exception):
            log.warning("took too long", error=type(exception).__name__)
            return "This took too long and was stopped. Ask for less at once.", EdgeCode.TIMEOUT
        if is_unavailable(exception):
            log.warning("database unavailable", error=type(exception).__name__)
            return "The database cannot be reached. Try again.", EdgeCode.UNAVAILABLE
        if any(isinstance(cause, UNTRANSLATABLE) for cause in causes):
            return "A string holds a character that no text can have.", EdgeCode.BAD_USER_INPUT
        return "Internal error. The id says where to find it in the log.", EdgeCode.INTERNAL

    def log(self, exception: BaseException, path: Sequence[str | int] = ()) -> str:
        """Log an unexpected exception with its traceback; the id under which the log has it."""
        known = self.ids.get(id(exception))
        if known is not None:
            return known
        error_id = f"err_{uuid.uuid4().hex}"
        self.ids[id(exception)] = error_id
        metrics.ERRORS.inc()
        log.error(
            "unexpected error",
            error_id=error_id,
            request_id=self.request_id,
            path=".".join(str(step) for step in path if isinstance(step, str)),
            exc_info=exception,
        )
        return error_id

    def refuse(self, exception: BaseException) -> Refused:
        """The refusal of a whole request that failed outside of the execution of its fields."""
        message, code = self.explain(exception)
        if code is EdgeCode.UNAVAILABLE:
            return unavailable()
        if code is EdgeCode.TIMEOUT:
            headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
            return Refused(503, code, message, headers=headers)
        if code is EdgeCode.BAD_USER_INPUT:
            return Refused(400, code, message)
        return Refused(500, EdgeCode.INTERNAL, message, id=self.log(exception))


def unavailable() -> Refused:
    """The refusal of a request that the database cannot be reached for."""
    return Refused(
        503,
        EdgeCode.UNAVAILABLE,
        "The service cannot answer now: the database cannot be reached. Try again.",
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


def is_timeout(exception: BaseException) -> bool:
    """Whether something took too long."""
    return any(isinstance(cause, TIMEOUT) for cause in _causes(exception))


def is_unavailable(exception: BaseException) -> bool:
    """Whether the database could not be reached."""
    return any(_is_unavailable(cause) for cause in _causes(exception))


def _is_unavailable(cause: BaseException) -> bool:
    if isinstance(cause, asyncpg.InterfaceError):
        return any(words in str(cause) for words in CLOSED)
    return isinstance(cause, UNAVAILABLE)


def _refusal_extensions(refusal: Refusal) -> dict[str, object]:
    extensions: dict[str, object] = {"code": refusal.code.value}
    if refusal.field:
        extensions["field"] = list(refusal.field)
    if refusal.conflicting is not None and refusal.conflicting[0] in PREFIXES:
        extensions["conflictingId"] = global_id(*refusal.conflicting)
    return extensions


def _copy(error: GraphQLError, message: str, extensions: dict[str, object]) -> GraphQLError:
    """An error at the same place without the exception behind it."""
    return GraphQLError(
        message,
        error.nodes,
        error.source,
        error.positions,
        error.path,
        extensions=extensions,
    )


def _causes(exception: BaseException) -> Iterator[BaseException]:
    """An exception and those that it wraps: by `raise … from`, while handling, as an argument."""
    waiting: list[BaseException | None] = [exception]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting.extend([current.__cause__, current.__context__])
        waiting.extend(item for item in current.args if isinstance(item, BaseException))
