"""Sites: the fields of an operation that take arguments, and what these ask for."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLField,
    VariableNode,
    get_argument_values,
    get_named_type,
)
from strawberry import Schema
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from resolvers.compiled.late import LATE_CONTEXT
from resolvers.compiled.selections import NotCompiled, Selected, variables_in
from resolvers.compiled.variables import Variables
from resolvers.declarations import AllOf, Computed, FoundRow, LinesOf, NodesOf, PageOf
from resolvers.ids import PREFIXES
from resolvers.loaders.paging import PageRequest, Question
from resolvers.loaders.timelines import TimelineQuestion

PAGING = frozenset({"first", "after", "last", "before", "orderBy", "kinds", "kind"})
"""Arguments whose meaning depends on nothing but themselves."""

UNCHANGED = frozenset({"ID", "String", "Int", "Boolean"})
"""Scalars whose values are in Python what they are in a request."""


def declared(definition: GraphQLField) -> StrawberryField:
    """The declaration behind a field of the schema; NotCompiled where there is none."""
    found = definition.extensions.get("strawberry-definition")
    if not isinstance(found, StrawberryField):
        raise NotCompiled("a field without a declaration")
    return found


def asks(source: Any) -> bool:
    """Whether the arguments of a field change what its source asks for."""
    match source:
        case PageOf() | LinesOf() | FoundRow() | NodesOf():
            return True
        case AllOf(ask=ask):
            return ask is not None
        case Computed(types=types):
            return bool(types)
    return False


@dataclass(frozen=True)
class Answer:
    """What a site asks for: a question or bound values, and the parameters of either.

    Answers of the same `form` make the same SQL.
    """

    form: Hashable
    parameters: tuple[Any, ...]
    question: Question | TimelineQuestion | None = None
    kinds: tuple[tuple[str, str], ...] = ()


@dataclass(eq=False)
class Site:
    """A field of an operation that takes arguments."""

    source: Any
    definition: GraphQLField
    node: FieldNode
    _written: dict[str, Any] | None = None

    @cached_property
    def variables(self) -> frozenset[str]:
        """The variables in its arguments."""
        return frozenset(
            variable
            for argument in self.node.arguments or ()
            for variable in variables_in(argument.value)
        )

    @cached_property
    def lasts(self) -> bool:
        """Whether what it asks for depends on nothing but the values of its variables."""
        if not isinstance(self.source, PageOf | LinesOf | AllOf):
            return False
        if isinstance(self.source, PageOf) and self.source.personal:
            return False
        return {argument.name.value for argument in self.node.arguments or ()} <= PAGING

    @cached_property
    def _direct(self) -> Mapping[str, str]:
        """Arguments that are plain variables: the names of these, by Python names."""
        found: dict[str, str] = {}
        for argument in self.node.arguments or ():
            definition = self.definition.args[argument.name.value]
            plain = get_named_type(definition.type).name in UNCHANGED
            if plain and isinstance(argument.value, VariableNode):
                told = definition.extensions["strawberry-definition"]
                found[told.python_name] = argument.value.name.value
        return found

    @cached_property
    def _composed(self) -> "Site":
        """The field with those of its arguments only that have variables deep in them."""
        return self._only(
            argument
            for argument in self.node.arguments or ()
            if any(variables_in(argument.value)) and self._python_name(argument) not in self._direct
        )

    @cached_property
    def _constant(self) -> "Site":
        """The field with those of its arguments only that are all written in the document."""
        return self._only(
            argument
            for argument in self.node.arguments or ()
            if not any(variables_in(argument.value))
        )

    def _only(self, arguments: Iterable[ArgumentNode]) -> "Site":
        kept = tuple(arguments)
        names = {argument.name.value for argument in kept}
        args = {name: one for name, one in self.definition.args.items() if name in names}
        definition = GraphQLField(self.definition.type, args)
        return Site(self.source, definition, FieldNode(name=self.node.name, arguments=kept))

    def _python_name(self, argument: ArgumentNode) -> str:
        definition = self.definition.args[argument.name.value]
        name: str = definition.extensions["strawberry-definition"].python_name
        return name

    def values(self, variables: Variables | None, schema: Schema) -> dict[str, Any]:
        """The arguments by their Python names. Raises whatever the library raises."""
        direct = {}
        if variables is not None:
            coerced = variables.coerced
            direct = {name: coerced.get(variable) for name, variable in self._direct.items()}
        if None in direct.values():
            return self._by_library(variables, schema)
        if self._written is None:
            self._written = self._constant._by_library(None, schema)
        composed = self._composed
        if not composed.node.arguments:
            return {**self._written, **direct}
        return {**self._written, **direct, **composed._by_library(variables, schema)}

    def _by_library(self, variables: Variables | None, schema: Schema) -> dict[str, Any]:
        full = variables.full if variables is not None and self.variables else None
        return convert_arguments(
            get_argument_values(self.definition, self.node, full),
            [one.extensions["strawberry-definition"] for one in self.definition.args.values()],
            schema.schema_converter.scalar_registry,
            schema.config,
        )

    async def answer(self, context: Any, variables: Variables | None, schema: Schema) -> Answer:
        """What it asks for. Raises whatever its resolver would raise."""
        told = self.values(variables, schema)
        source = self.source
        if isinstance(source, PageOf | AllOf):
            assert source.ask is not None
            return page_answer(await source.ask(context, told))
        if isinstance(source, LinesOf):
            return lines_answer(source.ask(context, told))
        if isinstance(source, NodesOf):
            return nodes_answer(source, source.ask(context, told))
        if isinstance(source, FoundRow):
            found = source.ask(context, told)
        else:
            found = {name: (told[name], kind) for name, kind in source.types.items()}
        kinds = tuple((name, kind) for name, (_, kind) in found.items())
        return Answer(kinds, tuple(value for value, _ in found.values()), kinds=kinds)

    async def lasting_answer(self, variables: Variables, schema: Schema) -> Answer:
        """What it asks for in every request with the same variables, where it `lasts`."""
        return await self.answer(LATE_CONTEXT, variables, schema)


def first_parameter(question: Question) -> int:
    """The number of the first parameter of a question's own: behind the workspace and parents."""
    return 2 if question.collection.parent is None else 3


def page_answer(question: Question) -> Answer:
    """The answer of a page's question: its SQL depends on its form, and on no value of it."""
    request = question.request or PageRequest()
    own = question.parameters[first_parameter(question) - 1 :]
    form = (
        question.conditions,
        question.order,
        question.request is None,
        question.found is not None,
        question.counted,
        *(place is not None and place.key is None for place in (request.after, request.before)),
        *bounds(request),
    )
    if question.found is not None:
        return Answer(form, (*own, question.found), question)
    for place in (request.after, request.before):
        if place is not None:
            own += question.ordered.place(place.key, place.id)
    return Answer(form, own, question)


def lines_answer(question: TimelineQuestion) -> Answer:
    """The answer of a timeline's question."""
    places = [place for place in (question.after, question.before) if place is not None]
    own = tuple(value for place in places for value in place)
    return Answer((question.kinds, *bounds(question)), own, question)


def bounds(request: PageRequest | TimelineQuestion) -> tuple[Hashable, ...]:
    """The form of a page: its size, its side, and whether it lies behind or before something."""
    return (
        request.size,
        request.backward,
        request.after is not None,
        request.before is not None,
    )


def nodes_answer(source: NodesOf, found: list[tuple[Any, Any]]) -> Answer:
    """The answer of ids of any type: their prefixes and their rows."""
    if not source.many:
        return Answer("node", (found[0][1],))
    prefixes = [PREFIXES[model] if model is not None else None for model, _ in found]
    return Answer("nodes", (prefixes, [row for _, row in found]))


def site_of(source: Any, definition: GraphQLField, selected: Selected) -> Site:
    """The site that a selected field is."""
    return Site(source, definition, selected.nodes[0])
