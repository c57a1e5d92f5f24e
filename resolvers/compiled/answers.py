"""Answering compiled: plans kept by operation and by the form of what its arguments ask for."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    get_variable_values,
    is_object_type,
)
from strawberry import Schema

from resolvers.compiled.plans import Builder, FromSite, Plan
from resolvers.compiled.selections import Document, NotCompiled, directive_variables
from resolvers.compiled.sites import Answer, Site, declared, site_of
from resolvers.context import Context
from resolvers.declarations import SOURCE
from services.errors import Refusal

Key = TypeVar("Key")
Value = TypeVar("Value")
MOST_OPERATIONS = 500
MOST_PLANS = 50


class Bounded(OrderedDict[Key, Value], Generic[Key, Value]):
    """A dictionary of a bounded size, which drops what was not asked for the longest."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def found(self, key: Key) -> Value | None:
        """The value of a key, which thereby becomes the last to be dropped."""
        value = self.get(key)
        if value is not None:
            self.move_to_end(key)
        return value

    def keep(self, key: Key, value: Value) -> None:
        """Keep a value, and drop the oldest beyond the size."""
        self[key] = value
        while len(self) > self._most:
            self.popitem(last=False)


@dataclass
class Shape:
    """What an operation selects, with its directives decided: its sites, and a plan for each form
    that their answers have had. `lasting` are the answers of sites that do not vary."""

    document: Document
    sites: list[Site]
    lasting: dict[int, Answer]
    plans: Bounded[Any, Plan] = field(default_factory=lambda: Bounded(MOST_PLANS))


@dataclass
class Compiler:
    """Answers queries of one schema by one SQL statement each, where it knows how."""

    schema: Schema
    _shapes: Bounded[Any, Shape] = field(default_factory=lambda: Bounded(MOST_OPERATIONS))
    _refused: Bounded[Any, str] = field(default_factory=lambda: Bounded(MOST_OPERATIONS))
    _deciding: Bounded[Any, tuple[str, ...]] = field(
        default_factory=lambda: Bounded(MOST_OPERATIONS)
    )

    @property
    def graph(self) -> GraphQLSchema:
        """The schema as the GraphQL library has it."""
        return self.schema._schema

    async def answer(
        self,
        context: Context,
        document: str,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        inputs: Mapping[str, Any],
    ) -> str | None:
        """The JSON of the answer's `data`; None where the plain path is to answer.

        `document` is the text that `operation` and `fragments` are of. An error of any
        kind is the plain path's to report: it has the field's path.
        """
        coerced: Any = get_variable_values(
            self.graph, operation.variable_definitions or (), dict(inputs)
        )
        if isinstance(coerced, list):
            return None
        variables = coerced.coerced
        name = operation.name.value if operation.name else None
        if self._refused.found((document, name)) is not None:
            return None
        deciding = self._deciding.found((document, name))
        if deciding is None:
            deciding = directive_variables([operation, *fragments.values()])
            self._deciding.keep((document, name), deciding)
        key = (document, name, tuple(variables.get(variable) for variable in deciding))
        try:
            shape = self._shapes.found(key)
            if shape is None:
                shape = await self._shape(operation, fragments, variables)
                self._shapes.keep(key, shape)
            answers = [
                shape.lasting.get(place) or await site.answer(context, coerced, self.schema)
                for place, site in enumerate(shape.sites)
            ]
            plan = self._plan(shape, operation, answers)
        except NotCompiled as reason:
            self.refuse(document, operation, str(reason))
            return None
        except (Refusal, GraphQLError):
            return None
        return await self._run(context, plan, answers)

    def refuse(self, document: str, operation: OperationDefinitionNode, reason: str) -> None:
        """Leave an operation to the plain path from now on."""
        self._refused.keep((document, operation.name.value if operation.name else None), reason)

    async def _shape(
        self,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
    ) -> Shape:
        document = Document(self.graph, fragments, variables)
        query = self.graph.query_type
        assert query is not None
        sites: list[Site] = []
        self._walk(document, query, (operation.selection_set,), sites)
        lasting = {
            place: await site.lasting_answer(self.schema)
            for place, site in enumerate(sites)
            if not site.varies
        }
        return Shape(document, sites, lasting)

    def _walk(
        self,
        document: Document,
        type: GraphQLObjectType,
        selections: tuple[Any, ...],
        sites: list[Site],
    ) -> None:
        """Find the sites, in the order in which the builder meets them."""
        for selected in document.fields(type, selections):
            definition = type.fields.get(selected.field)
            if definition is None:
                if selected.field != "__typename":
                    raise NotCompiled(selected.field)
                continue
            site = site_of(definition, selected)
            if site is not None:
                sites.append(site)
            elif declared(definition).metadata.get(SOURCE) is None and selected.selections:
                wrapped = type.name.endswith(("Connection", "Edge"))
                if not wrapped:
                    raise NotCompiled(f"{type.name}.{selected.field}")
            named = get_named_type(definition.type)
            if selected.selections:
                if not is_object_type(named):
                    raise NotCompiled(f"{selected.field}: an abstract type")
                self._walk(document, named, selected.selections, sites)

    def _plan(
        self, shape: Shape, operation: OperationDefinitionNode, answers: list[Answer]
    ) -> Plan:
        form = tuple(
            answer.form for place, answer in enumerate(answers) if place not in shape.lasting
        )
        plan = shape.plans.found(form)
        if plan is None:
            query = self.graph.query_type
            assert query is not None
            builder = Builder(shape.document, list(zip(shape.sites, answers, strict=True)))
            plan = builder.plan(query, (operation.selection_set,))
            shape.plans.keep(form, plan)
        return plan

    async def _run(self, context: Context, plan: Plan, answers: list[Answer]) -> str:
        values = [
            answers[parameter.site].parameters[parameter.place]
            if isinstance(parameter, FromSite)
            else parameter
            for parameter in plan.parameters
        ]
        told = [value(context) if callable(value) else value for value in values]
        connection = await context.connection()
        rows = await connection.execute_query_dict(plan.sql, told)
        data: str = rows[0]["data"]
        return data
