"""Documents: the text of a GraphQL document, parsed and put in order, ready to be walked.

The parser stops at a number of tokens and a nesting of its own. Fragments come out ordered so that
each stands after all that it spreads: every later walk goes once over each definition, takes what
it knows of a fragment from a table, and so is linear in the document whatever the fragments do.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    Source,
    TokenKind,
    parse,
)

from gateway.refusals import EdgeCode, Refused

Sizes = tuple[int | tuple[int] | None, ...]
"""Of the variables that a cost depends on: a number, the length of a list, or neither."""


@dataclass(slots=True)
class Findings:
    """What was found of one operation, for the next request that asks for it.

    `sizes`: the variables that its cost depends on. `costs`: its cost by their sizes. `allowed`:
    the roles, with their scopes, that may read what it reads.
    """

    sizes: tuple[str, ...] | None = None
    costs: dict[Sizes, int] = field(default_factory=dict)
    allowed: set[tuple[str, frozenset[str]]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document: its syntax tree, its operations, and its fragments in order.

    `has_null`: whether a string in it holds U+0000. `findings`: what is known of its operations,
    by their identity.
    """

    ast: DocumentNode
    operations: tuple[OperationDefinitionNode, ...]
    fragments: tuple[FragmentDefinitionNode, ...]
    has_null: bool = False
    findings: dict[int, Findings] = field(default_factory=dict)

    def findings_of(self, operation: OperationDefinitionNode) -> Findings:
        """What is known of one of the document's operations; it may be added to."""
        return self.findings.setdefault(id(operation), Findings())

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation called `name`, or the only one, as GetOperation() of the specification.

        Raises Refused (400, OPERATION_RESOLUTION_FAILED) where that is none or not clear.
        """
        if name is None:
            if len(self.operations) == 1:
                return self.operations[0]
            message = (
                "The document holds several operations: say which one in `operationName`."
                if self.operations
                else "The document holds no operation."
            )
            raise Refused(400, EdgeCode.OPERATION_RESOLUTION_FAILED, message)
        for operation in self.operations:
            if operation.name is not None and operation.name.value == name:
                return operation
        raise Refused(
            400,
            EdgeCode.OPERATION_RESOLUTION_FAILED,
            "The document holds no operation of the name given in `operationName`.",
        )


def parse_document(text: str, max_tokens: int) -> Document:
    """Parse `text` of at most `max_tokens` tokens.

    Raises Refused: 400 GRAPHQL_PARSE_FAILED for what is no document, GRAPHQL_VALIDATION_FAILED for
    fragments that spread each other in a circle, DOCUMENT_LIMIT for too many tokens (comments
    count).
    """
    try:
        ast = parse(Source(text, "GraphQL request"), max_tokens=max_tokens)
    except GraphQLSyntaxError as error:
        if error.description.startswith("Document contains more than"):
            raise Refused.limit("tokens", "tokens", max_tokens) from error
        raise Refused.of(400, EdgeCode.GRAPHQL_PARSE_FAILED, [error]) from error
    operations = tuple(
        node for node in ast.definitions if isinstance(node, OperationDefinitionNode)
    )
    fragments = {
        node.name.value: node
        for node in ast.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    has_null = any("\0" in text for text in literal_strings(ast))
    return Document(ast, operations, _in_order(fragments), has_null)


def nested(selection: SelectionNode) -> SelectionSetNode | None:
    """What is selected inside a field or an inline fragment, if anything."""
    return None if isinstance(selection, FragmentSpreadNode) else selection.selection_set  # type: ignore[attr-defined]


def spreads(definition: FragmentDefinitionNode) -> list[str]:
    """The names of the fragments that a fragment spreads, each once, in order."""
    found: dict[str, None] = {}
    waiting = [definition.selection_set]
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, FragmentSpreadNode):
                found[selection.name.value] = None
            elif (inner := nested(selection)) is not None:
                waiting.append(inner)
    return list(found)


def literal_strings(ast: DocumentNode) -> Iterator[str]:
    """The strings that are written in the document itself."""
    token = ast.loc.start_token if ast.loc is not None else None
    while token is not None:
        if token.kind in (TokenKind.STRING, TokenKind.BLOCK_STRING) and token.value is not None:
            yield token.value
        token = token.next


def response_name(field: FieldNode) -> str:
    """The key under which a field stands in the answer."""
    return field.alias.value if field.alias is not None else field.name.value


def _in_order(fragments: dict[str, FragmentDefinitionNode]) -> tuple[FragmentDefinitionNode, ...]:
    """The fragments, each after those that it spreads; validation finds those that do not exist.

    A depth-first search with a stack of its own: a chain of fragments may be as long as the
    document.
    """
    ordered: list[FragmentDefinitionNode] = []
    done: set[str] = set()
    for root in fragments:
        if root in done:
            continue
        path: dict[str, list[str]] = {root: spreads(fragments[root])}
        while path:
            name, waiting = next(reversed(path.items()))
            if not waiting:
                path.popitem()
                done.add(name)
                ordered.append(fragments[name])
                continue
            following = waiting.pop()
            if following in path:
                raise Refused.of(
                    400,
                    EdgeCode.GRAPHQL_VALIDATION_FAILED,
                    [GraphQLError(f"Cannot spread fragment '{following}' within itself.")],
                )
            if following in fragments and following not in done:
                path[following] = spreads(fragments[following])
    return tuple(ordered)
