"""Questions asked in this process by the code that answers requests: how long each takes, and the
plans that PostgreSQL has chosen, as the application's role."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse

from models import Role, Workspace
from models.database import application_connection, maintenance_connection
from resolvers.compiled.answers import Compiler
from resolvers.context import PLAN_BY_VALUES, Context
from schema.root import schema
from services.actors import ROLE_SCOPES, Actor
from services.transactions import Session

COMPILER = Compiler(schema)
BACKENDS = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND usename = 'satukan_app'"""


@dataclass(frozen=True)
class Question:
    """A query, and what it is called in the table."""

    name: str
    query: str
    variables: dict[str, Any] = field(default_factory=dict)


@dataclass
class Asking:
    """Somebody who asks, so many times each."""

    workspace: Workspace
    rounds: int

    @classmethod
    async def of(cls, workspace_id: UUID, rounds: int) -> "Asking":
        """The owner of a workspace."""
        found = await Workspace.filter(id=workspace_id).using_db(maintenance_connection()).get()
        return cls(found, rounds)

    async def table(self, title: str, questions: Sequence[Question]) -> None:
        """Ask, and print what came of it as a table."""
        print(
            f"\n| {title} | p50 ms | p95 ms | CPU ms, asking | CPU ms, database | rows | path |\n"
            "|---|--:|--:|--:|--:|--:|---|"
        )
        for question in questions:
            await self._measure(question)

    async def _measure(self, question: Question) -> None:
        taken = []
        text, path = await self._ask(question)
        before = await _processor()
        for _ in range(self.rounds):
            began = time.perf_counter()
            text, path = await self._ask(question)
            taken.append((time.perf_counter() - began) * 1000)
        after = await _processor()
        asking, database = ((b - a) / self.rounds for a, b in zip(before, after, strict=True))
        taken.sort()
        rows = len(re.findall(r'"fullName"|"date"|"contactName"', text))
        p50, p95 = taken[len(taken) // 2], taken[len(taken) * 95 // 100]
        print(
            f"| {question.name} | {p50:.1f} | {p95:.1f} | {asking:.1f} | {database:.1f} | {rows} | "
            f"{path} |",
            flush=True,
        )

    async def _ask(self, question: Question) -> tuple[str, str]:
        """The answer as text, and the path that gave it."""
        actor = Actor(self.workspace.id, Role.OWNER, ROLE_SCOPES[Role.OWNER])
        context = Context(actor, self.workspace)
        definitions = parse(question.query).definitions
        [operation] = [one for one in definitions if isinstance(one, OperationDefinitionNode)]
        fragments = {
            one.name.value: one for one in definitions if isinstance(one, FragmentDefinitionNode)
        }
        try:
            found = await COMPILER.answer(
                context, question.query, operation, fragments, question.variables
            )
            if found is not None:
                return found, "compiled"
            result = await schema.execute(
                question.query, variable_values=question.variables, context_value=context
            )
            assert not result.errors, result.errors
            return str(result.data).replace("'", '"'), "plain"
        finally:
            await context.close()


async def _processor() -> tuple[float, float]:
    """The CPU time so far, in milliseconds: of this process, and of those of the database that
    answer the application, which must run on this machine."""
    rows = await maintenance_connection().execute_query_dict(BACKENDS)
    taken = sum(_on_processor(row["pid"]) for row in rows)
    return time.process_time() * 1000, taken


def _on_processor(pid: int) -> float:
    """Milliseconds that a process has run; 0 for one that is not here."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0.0


async def explained(workspace_id: UUID, sql: str, parameters: Sequence[Any]) -> str:
    """The plan of a statement as the application's role has it."""
    session = Session(application_connection())
    connection = await session.begin(workspace_id)
    try:
        await connection.execute_script(PLAN_BY_VALUES)
        rows = await connection.execute_query_dict(
            f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {sql}", list(parameters)
        )
        return "\n".join(row["QUERY PLAN"] for row in rows)
    finally:
        await session.end(commit=False)
