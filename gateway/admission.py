"""Admission: from the parameters of a GraphQL request to an operation that may run.

In this order: parse, the limits on its shape, validation, which operation, the limits on its
variables, its cost, and access. The first three depend on the text alone, so their outcome is kept
for the next request with the same text, and with it what is known of its cost and of who may run
it; nothing that is refused is kept.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from graphql import (
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from gateway.costs import MOST_KNOWN, connection_types, cost_of
from gateway.documents import Document, parse_document
from gateway.limits import (
    DocumentLimits,
    check_document,
    check_variables,
    refuse_null_characters,
)
from gateway.permissions import check_access
from gateway.refusals import EdgeCode, Refused
from services.actors import Actor

CACHED_CHARACTERS = 16_384
"""Longer documents are parsed each time: they are rare, and would push many others out."""


class AdmissionSettings(DocumentLimits, Protocol):
    """The settings that this module reads."""

    @property
    def limit_tokens(self) -> int: ...
    @property
    def limit_variables_depth(self) -> int: ...
    @property
    def limit_cost(self) -> int: ...
    @property
    def document_cache_characters(self) -> int: ...
    @property
    def introspection_allowed(self) -> bool: ...
    @property
    def suggestions_allowed(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """The parameters of a GraphQL request, whatever brought them.

    A request may name its document by a `sha256` or a `document_id`; its `query` is then empty
    until the text is found (`gateway/persisted.py`).
    """

    query: str
    operation_name: str | None = None
    variables: Mapping[str, object] = field(default_factory=dict)
    extensions: Mapping[str, object] = field(default_factory=dict)
    sha256: str | None = None
    document_id: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation that may run."""

    document: Document
    definition: OperationDefinitionNode
    request: GraphQLRequest
    cost: int

    @property
    def type(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.definition.operation

    @property
    def name(self) -> str | None:
        """The operation's name in the document, if it has one."""
        return self.definition.name.value if self.definition.name is not None else None


class Admission:
    """Admits operations on one schema. One for the life of a process."""

    def __init__(self, schema: GraphQLSchema, settings: AdmissionSettings) -> None:
        self._schema = schema
        self._settings = settings
        self._connections = connection_types(schema)
        self._documents: OrderedDict[str, Document] = OrderedDict()
        self._characters = 0
        self._rules = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
        if not settings.introspection_allowed:
            self._rules += (NoSchemaIntrospectionCustomRule,)

    def resolve(self, request: GraphQLRequest) -> tuple[Document, OperationDefinitionNode]:
        """The document of a request and its operation, before it is known who asks.

        Raises Refused (400) for what does not parse, breaks a limit or is not valid.
        """
        document = self.document(request.query)
        return document, document.operation(request.operation_name)

    def admit(
        self,
        request: GraphQLRequest,
        document: Document,
        definition: OperationDefinitionNode,
        actor: Actor,
    ) -> Operation:
        """The operation that `resolve` found, if it may run for `actor` with these variables.

        Raises Refused: 400 DOCUMENT_LIMIT for variables, BAD_USER_INPUT, COST_LIMIT; 403 FORBIDDEN.
        The refusal carries the cost where it was known.
        """
        check_variables(request.variables, self._settings.limit_variables_depth)
        if definition.operation is not OperationType.MUTATION:
            refuse_null_characters(document, request.variables)
        cost = cost_of(self._schema, self._connections, document, definition, request.variables)
        try:
            self._check_cost(cost)
            self._check_access(document, definition, actor)
        except Refused as refused:
            refused.cost = self.report(cost)
            raise
        return Operation(document, definition, request, cost)

    def report(self, cost: int) -> dict[str, int]:
        """`extensions.cost` of an answer: what was asked for and what is allowed, in objects."""
        return {"requested": cost, "limit": self._settings.limit_cost}

    def _check_cost(self, cost: int) -> None:
        limit = self._settings.limit_cost
        if cost > limit:
            raise Refused(
                400,
                EdgeCode.COST_LIMIT,
                f"The operation costs {cost}, of at most {limit}: it asks for too many objects at "
                "once. Ask for smaller pages (`first`), or in several requests.",
                limit="cost",
                allowed=limit,
            )

    def _check_access(
        self, document: Document, definition: OperationDefinitionNode, actor: Actor
    ) -> None:
        """Hold the operation to the access table, which asks an actor for role and scopes only."""
        allowed = document.findings_of(definition).allowed
        who = (actor.role.value, actor.scopes)
        if who in allowed:
            return
        check_access(self._schema, document, definition, actor)
        if len(allowed) >= MOST_KNOWN:
            allowed.clear()
        allowed.add(who)

    def document(self, text: str) -> Document:
        """A document that is within the limits, and valid. Raises Refused (400)."""
        known = self._documents.get(text)
        if known is not None:
            self._documents.move_to_end(text)
            return known
        document = parse_document(text, self._settings.limit_tokens)
        check_document(document, self._settings)
        self._validate(document)
        if len(text) <= CACHED_CHARACTERS:
            self._keep(text, document)
        return document

    def _keep(self, text: str, document: Document) -> None:
        """Keep a document, and drop those not asked for the longest beyond the cache's size."""
        self._documents[text] = document
        self._characters += len(text)
        while self._characters > self._settings.document_cache_characters:
            dropped, _ = self._documents.popitem(last=False)
            self._characters -= len(dropped)

    def _validate(self, document: Document) -> None:
        errors = validate(
            self._schema,
            document.ast,
            self._rules,
            hide_suggestions=not self._settings.suggestions_allowed,
        )
        if errors:
            raise Refused.of(400, EdgeCode.GRAPHQL_VALIDATION_FAILED, errors)
