"""Sites: the fields of an operation that take arguments, and what these ask for."""

from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, GraphQLField, ValueNode, VariableNode, get_argument_values
from strawberry import Schema
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from resolvers.compiled.late import LATE_CONTEXT, now, workspace
from resolvers.compiled.selections import NotCompiled, Selected
from resolvers.declarations import SOURCE, Computed, FoundRow, PageOf
from resolvers.loaders.batches import rows_sql
from resolvers.loaders.paging import Question
from resolvers.loaders.statements import Statement

PAGING = frozenset({"first", "after", "last", "before", "orderBy"})


def declared(definition: GraphQLField) -> StrawberryField:
    """The declaration behind a field of the schema; NotCompiled where there is none."""
    found = definition.extensions.get("strawberry-definition")
    if not isinstance(found, StrawberryField):
        raise NotCompiled("a field without a declaration")
    return found


@dataclass(frozen=True)
class Answer:
    """What a site asks for: a question or bound values, and the parameters of either.

    Answers of the same `form` make the same SQL.
    """

    form: Any
    parameters: tuple[Any, ...]
    question: Question | None = None
    kinds: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Site:
    """A field of an operation that takes arguments."""

    source: PageOf | FoundRow | Computed
    definition: GraphQLField
    node: FieldNode

    @property
    def varies(self) -> bool:
        """Whether what it asks for can change from request to request."""
        if not isinstance(self.source, PageOf):
            return True
        names = {argument.name.value for argument in self.node.arguments or ()}
        return bool(names - PAGING) or has_variables(self.node)

    async def answer(self, context: Any, variables: Any, schema: Schema) -> Answer:
        """What it asks for. Raises whatever its resolver would raise."""
        values = get_argument_values(self.definition, self.node, variables)
        told = convert_arguments(
            values,
            declared(self.definition).arguments,
            schema.schema_converter.scalar_registry,
            schema.config,
        )
        if isinstance(self.source, PageOf):
            return page_answer(await self.source.ask(context, told))
        if isinstance(self.source, FoundRow):
            found = self.source.ask(context, told)
        else:
            found = {name: (told[name], kind) for name, kind in self.source.types.items()}
        kinds = tuple((name, kind) for name, (_, kind) in found.items())
        return Answer(kinds, tuple(value for value, _ in found.values()), kinds=kinds)

    async def lasting_answer(self, schema: Schema) -> Answer:
        """What it asks for in every request, where it does not vary."""
        return await self.answer(LATE_CONTEXT, None, schema)


def first_parameter(question: Question) -> int:
    """The number of the first parameter of a question's own: behind the workspace and parents."""
    return 2 if question.collection.parent is None else 3


def page_answer(question: Question) -> Answer:
    """The answer of a page's question."""
    statement = Statement(workspace, now, list(question.parameters))  # type: ignore[arg-type]
    sql = rows_sql(question, statement)
    backward = question.request is not None and question.request.backward
    parameters = tuple(statement.parameters[first_parameter(question) - 1 :])
    return Answer((sql, question.conditions, backward), parameters, question)


def has_variables(node: FieldNode) -> bool:
    """Whether an argument of a field is, or has in it, a variable."""
    waiting: list[ValueNode] = [argument.value for argument in node.arguments or ()]
    while waiting:
        value = waiting.pop()
        if isinstance(value, VariableNode):
            return True
        waiting.extend(getattr(value, "values", ()))
        waiting.extend(one.value for one in getattr(value, "fields", ()))
    return False


def site_of(definition: GraphQLField, selected: Selected) -> Site | None:
    """The site that a selected field is, if it takes arguments that SQL needs."""
    source = declared(definition).metadata.get(SOURCE)
    if isinstance(source, PageOf | FoundRow) or (isinstance(source, Computed) and source.types):
        return Site(source, definition, selected.nodes[0])
    return None
