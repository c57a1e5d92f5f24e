"""Two ways to one answer: the compiled path for the queries that it knows, else the plain path.

The plain path is Strawberry's executor with loaders; it serves everything. The compiled path makes
the whole query one SQL statement whose result is the answer's JSON (`resolvers/compiled/`).
"""

import asyncpg
import structlog
from graphql import OperationType
from strawberry import Schema

from gateway import metrics
from gateway.admission import Operation
from gateway.errors import is_timeout, is_unavailable
from resolvers.compiled.answers import Compiler
from resolvers.context import Context

log = structlog.get_logger("satukan.compiled")

COMPILED, PLAIN = metrics.PATHS.labels("compiled"), metrics.PATHS.labels("plain")


class CompiledPath:
    """Answers queries by one statement each. One for the life of a process."""

    def __init__(self, schema: Schema, *, enabled: bool = True) -> None:
        self._compiler = Compiler(schema) if enabled else None

    async def answer(self, operation: Operation, context: object) -> str | None:
        """The JSON of `data`; None where the plain path is to answer, which is counted.

        A statement of ours that PostgreSQL does not take is a bug: it is logged, the operation is
        left to the plain path from then on, and the caller notices nothing. A value that PostgreSQL
        does not take, such as a sum beyond its type, leaves that one request to the plain path.

        Raises what says that the database was too slow, or could not be reached: the plain path
        would do no better.
        """
        if operation.type is not OperationType.QUERY:
            return None
        if self._compiler is None or not isinstance(context, Context):
            return None
        data = await self._answered(self._compiler, operation, context)
        (COMPILED if data is not None else PLAIN).inc()
        return data

    async def _answered(
        self, compiler: Compiler, operation: Operation, context: Context
    ) -> str | None:
        document = operation.document
        fragments = {fragment.name.value: fragment for fragment in document.fragments}
        text = operation.request.query
        try:
            return await compiler.answer(
                context, text, operation.definition, fragments, operation.request.variables
            )
        except Exception as error:
            if is_timeout(error) or is_unavailable(error):
                raise
            await context.end_reading()
            of_values = isinstance(error.__cause__ or error, asyncpg.DataError)
            if not of_values:
                compiler.refuse(text, operation.definition, str(error)[:500])
            log.error(
                "compiled_statement_failed",
                operation=operation.name,
                lasting=not of_values,
                exc_info=error,
            )
            return None
