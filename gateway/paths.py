"""Two ways to one answer: the compiled path for the queries that it knows, else the plain path.

The plain path is Strawberry's executor with loaders; it serves everything. The compiled path makes
the whole query one SQL statement whose result is the answer's JSON (`resolvers/compiled/`).
"""

import structlog
from graphql import OperationType
from strawberry import Schema
from tortoise.exceptions import OperationalError

from gateway import metrics
from gateway.admission import Operation
from resolvers.compiled.answers import Compiler
from resolvers.context import Context

log = structlog.get_logger("satukan.compiled")


class CompiledPath:
    """Answers queries by one statement each. One for the life of a process."""

    def __init__(self, schema: Schema, *, enabled: bool = True) -> None:
        self._compiler = Compiler(schema) if enabled else None

    async def answer(self, operation: Operation, context: object) -> str | None:
        """The JSON of `data`; None where the plain path is to answer, which is counted.

        A statement of ours that PostgreSQL does not take is a bug: it is logged, the operation is
        left to the plain path from then on, and the caller notices nothing.
        """
        if operation.type is not OperationType.QUERY:
            return None
        if self._compiler is None or not isinstance(context, Context):
            return None
        document = operation.document
        fragments = {fragment.name.value: fragment for fragment in document.fragments}
        text = operation.request.query
        try:
            data = await self._compiler.answer(
                context, text, operation.definition, fragments, operation.request.variables
            )
        except OperationalError as error:
            await context.end_reading()
            self._compiler.refuse(text, operation.definition, str(error))
            log.error("compiled_statement_failed", operation=operation.name, error=str(error)[:500])
            data = None
        metrics.PATHS.labels("plain" if data is None else "compiled").inc()
        return data
