"""Asking the graph in tests: the schema executed on a context, at an instant, as some actor."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from graphql import FragmentDefinitionNode, GraphQLError, OperationDefinitionNode, parse

from models import Role, Workspace
from models.statements import tally
from resolvers.compiled.answers import Compiler
from resolvers.context import Context
from schema.root import schema
from services.actors import ROLE_SCOPES, Actor
from services.errors import Refusal
from services.transactions import SET_WORKSPACE
from tests.rows import NOW

OF_THE_DRIVER = ("typeinfo_tree", "current_setting('jit')")
"""What the driver asks on a connection's first use, about types and for itself."""


@dataclass
class Answer:
    """What came back, and the SQL statements that it took."""

    data: Any
    errors: list[GraphQLError] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)

    @property
    def refusal(self) -> Refusal:
        """The one refusal that the question met with; fails where it met with anything else."""
        assert len(self.errors) == 1, self.errors
        found = self.errors[0].original_error
        assert isinstance(found, Refusal), self.errors[0]
        return found


def an_actor(workspace: Workspace, role: Role = Role.OWNER, **values: Any) -> Actor:
    """Somebody who may do what the role may."""
    return Actor(workspace.id, role, **{"scopes": ROLE_SCOPES[role], **values})


async def answer(
    workspace: Workspace,
    query: str,
    *,
    now: datetime = NOW,
    actor: Actor | None = None,
    **variables: Any,
) -> Answer:
    """The answer to a query, right or wrong. Binding the workspace is no statement of its own."""
    context = Context(actor or an_actor(workspace), workspace, now=now)
    with tally() as counted:
        try:
            result = await schema.execute(query, variable_values=variables, context_value=context)
        finally:
            await context.close()
        await asyncio.sleep(0)  # the driver reports a statement a turn of the loop later
    statements = [
        sql
        for sql in counted.statements
        if sql != SET_WORKSPACE and not any(mark in sql for mark in OF_THE_DRIVER)
    ]
    return Answer(result.data, list(result.errors or []), statements)


COMPILER = Compiler(schema)


async def compiled(
    workspace: Workspace,
    query: str,
    *,
    now: datetime,
    actor: Actor | None,
    variables: dict[str, Any],
) -> Any:
    """What the compiled path answers; None where it leaves the question to the plain path."""
    definitions = parse(query).definitions
    [operation] = [one for one in definitions if isinstance(one, OperationDefinitionNode)]
    fragments = {
        one.name.value: one for one in definitions if isinstance(one, FragmentDefinitionNode)
    }
    context = Context(actor or an_actor(workspace), workspace, now=now)
    try:
        text = await COMPILER.answer(context, query, operation, fragments, variables)
    finally:
        await context.close()
    return None if text is None else json.loads(text)


async def ask(
    workspace: Workspace,
    query: str,
    *,
    now: datetime = NOW,
    actor: Actor | None = None,
    **variables: Any,
) -> Any:
    """The data that a query answers with, where nothing was wrong with it.

    The compiled path must answer the same, where it knows how.
    """
    found = await answer(workspace, query, now=now, actor=actor, **variables)
    assert not found.errors, found.errors
    again = await compiled(workspace, query, now=now, actor=actor, variables=variables)
    assert again is None or again == found.data
    return found.data


async def refusal(workspace: Workspace, query: str, **values: Any) -> Refusal:
    """The refusal that a query meets with."""
    return (await answer(workspace, query, **values)).refusal
