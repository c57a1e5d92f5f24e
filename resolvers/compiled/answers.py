"""Answering compiled: plans kept by operation and by the form of what its arguments ask for."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode
from strawberry import Schema

from resolvers.compiled.builders import Builder
from resolvers.compiled.caches import Bounded
from resolvers.compiled.late import KnownOnlyThen
from resolvers.compiled.plans import FromSite, Plan, Plans, is_whole
from resolvers.compiled.selections import Deciding, Document, NotCompiled, deciding_variables
from resolvers.compiled.sites import Answer, Site
from resolvers.compiled.trees import Branch, Grower, models_of_ids, types_of_models
from resolvers.compiled.variables import VariableReader, Variables
from resolvers.context import Context

MOST_DOCUMENTS = 200_000
"""Characters of documents whose syntax trees are kept: a tree takes some seventy times as much."""
MOST_STATEMENTS = 2_000_000
"""Characters of the statements that are kept."""
MOST_LASTING = 2_000
NODES = frozenset({"node", "nodes"})


@dataclass
class Prepared:
    """What is known of an operation before anybody asks it: how to read its variables, and which
    of them decide what is in the answer. `refused` says why the plain path is to answer."""

    reader: VariableReader
    deciding: Deciding
    refused: str | None = None

    def key(self, variables: Variables) -> Hashable:
        """What of the variables' values a tree depends on."""
        coerced = variables.coerced
        return (
            tuple(coerced.get(name) for name in self.deciding.values),
            tuple(models_of_ids(coerced.get(name)) for name in self.deciding.ids),
        )


@dataclass(frozen=True)
class Shape:
    """What an operation selects, with its directives and types decided, and its sites.

    `fixed` are the answers of those sites that ask for the same whoever asks, as far as known.
    """

    tree: Branch
    sites: tuple[Site, ...]
    fixed: dict[int, Answer] = field(default_factory=dict)


@dataclass
class Compiler:
    """Answers queries of one schema by one SQL statement each, where it knows how.

    All that it keeps is of a bounded size, and holds no value of a request but those that are
    written in a document, or that an answer's form needs: sizes of pages.
    """

    schema: Schema
    prepared: Bounded[Any, Prepared] = field(default_factory=lambda: Bounded(MOST_DOCUMENTS))
    shapes: Bounded[Any, Shape] = field(default_factory=lambda: Bounded(MOST_DOCUMENTS))
    plans: Bounded[Any, Plans] = field(default_factory=lambda: Bounded(MOST_STATEMENTS))
    lasting: Bounded[Any, Answer] = field(default_factory=lambda: Bounded(MOST_LASTING))

    def __post_init__(self) -> None:
        self._types = types_of_models(self.graph)

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
        name = (document, operation.name.value if operation.name else None)
        prepared = self.prepared.found(name)
        if prepared is None:
            prepared = self._prepared(operation, fragments)
            self.prepared.keep(name, prepared, len(document))
        if prepared.refused is not None:
            return None
        variables = prepared.reader.read(inputs)
        if variables is None:
            return None
        key = (name, prepared.key(variables))
        try:
            shape = self.shapes.found(key)
            if shape is None:
                shape = self._shape(operation, fragments, variables)
                self.shapes.keep(key, shape, len(document))
            answers = await self._answers(context, shape, variables)
            if answers is None:
                return None
            plans = self._plans(key, shape, answers)
        except NotCompiled as reason:
            prepared.refused = str(reason)
            return None
        return await self._run(context, plans, answers)

    def refuse(self, document: str, operation: OperationDefinitionNode, reason: str) -> None:
        """Leave an operation to the plain path from now on."""
        name = (document, operation.name.value if operation.name else None)
        prepared = self.prepared.found(name)
        if prepared is not None:
            prepared.refused = reason

    def _prepared(
        self,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
    ) -> Prepared:
        deciding = deciding_variables([operation, *fragments.values()], NODES)
        return Prepared(VariableReader(self.graph, operation), deciding)

    def _shape(
        self,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Variables,
    ) -> Shape:
        query = self.graph.query_type
        assert query is not None
        grower = Grower(Document(self.graph, fragments, variables.coerced), self._types)
        tree = grower.branch(query, (operation.selection_set,))
        return Shape(tree, tuple(grower.sites))

    async def _answers(
        self, context: Context, shape: Shape, variables: Variables
    ) -> list[Answer] | None:
        """What the sites ask for; None where a resolver would refuse that."""
        answers: list[Answer] = []
        fixed = shape.fixed
        try:
            for index, site in enumerate(shape.sites):
                answer = fixed.get(index)
                if answer is None:
                    answer, lasting = await self._answer(context, site, variables)
                    if lasting and not site.variables:
                        fixed[index] = answer
                answers.append(answer)
            return answers
        except NotCompiled:
            raise
        except Exception:
            await context.end_reading()
            return None

    async def _answer(
        self, context: Context, site: Site, variables: Variables
    ) -> tuple[Answer, bool]:
        """What a site asks for, and whether that is so for everybody with these variables."""
        if not site.lasts:
            return await site.answer(context, variables, self.schema), False
        coerced = variables.coerced
        key = (site, *(repr(coerced.get(name, site)) for name in site.variables))
        answer = self.lasting.found(key)
        if answer is None:
            try:
                answer = await site.lasting_answer(variables, self.schema)
            except KnownOnlyThen:
                return await site.answer(context, variables, self.schema), False
            self.lasting.keep(key, answer)
        return answer, True

    def _plans(self, key: Hashable, shape: Shape, answers: list[Answer]) -> Plans:
        # What is fixed is the same for all with this key.
        form = (key, *(one.form for index, one in enumerate(answers) if index not in shape.fixed))
        plans = self.plans.found(form)
        if plans is None:
            full = Builder(answers).plan(shape.tree)
            plans = Plans.of(full, Builder(answers, brief=True).plan(shape.tree))
            self.plans.keep(form, plans, plans.weight)
        return plans

    async def _run(self, context: Context, plans: Plans, answers: list[Answer]) -> str:
        if plans.brief is not None and plans.hope.worth_it():
            row = await context.row(plans.brief.sql, told(plans.brief, context, answers))
            whole = is_whole(row)
            plans.hope.learn(done=whole)
            if whole:
                return plans.brief.answered(row)
        plan = plans.full
        if not plan.asks:
            return plan.answered(())
        return plan.answered(await context.row(plan.sql, told(plan, context, answers)))


def told(plan: Plan, context: Context, answers: list[Answer]) -> list[Any]:
    """The parameters of a plan's statement in a request."""
    values = [
        answers[parameter.site].parameters[parameter.place]
        if type(parameter) is FromSite
        else parameter
        for parameter in plan.parameters
    ]
    return [value(context) if callable(value) else value for value in values]
