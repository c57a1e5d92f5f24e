"""What a document reads, held to the access table (`resolvers/access.py`) before anything runs.

Fields of Query and Subscription, and every type that is read into, must be allowed to the actor. A
mutation that is not allowed is let through to its resolver, which refuses it as data in its
payload; nothing is read then, so what it selects is not looked at.
"""

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    is_leaf_type,
)

from gateway.documents import Document
from gateway.refusals import EdgeCode, Refused
from resolvers.access import Rule, rule_of_root_field, rule_of_type
from services.actors import Actor

Entered = dict[str, Node]
"""The types that a selection reads into, each with the first place where it does."""

ROOTS = {
    OperationType.QUERY: "Query",
    OperationType.MUTATION: "Mutation",
    OperationType.SUBSCRIPTION: "Subscription",
}
MOST_ERRORS = 10


def check_access(
    schema: GraphQLSchema, document: Document, operation: OperationDefinitionNode, actor: Actor
) -> None:
    """Hold a validated operation to the access table.

    Raises Refused (403, FORBIDDEN), with an error for each field and type that says what it needs.
    """
    root = schema.get_root_type(operation.operation)
    if root is None:
        return
    known: dict[str, Entered] = {}
    for fragment in document.fragments:
        name = fragment.type_condition.name.value
        known[fragment.name.value] = {
            name: fragment,
            **_entered(schema, fragment.selection_set, schema.get_type(name), known),
        }
    errors: list[GraphQLError] = []
    entered: Entered = {}
    for node in _root_fields(document, operation):
        name = node.name.value
        rule = rule_of_root_field(ROOTS[operation.operation], name)
        definition = root.fields.get(name)
        if rule is None or not rule.allows(actor):
            if operation.operation is not OperationType.MUTATION:
                errors.append(_forbidden(f"{root.name}.{name}", rule, node))
        elif definition is not None and node.selection_set is not None:
            kind = get_named_type(definition.type)
            entered.setdefault(kind.name, node)
            for below, place in _entered(schema, node.selection_set, kind, known).items():
                entered.setdefault(below, place)
    for name, place in entered.items():
        rule = rule_of_type(name)
        if rule is None or not rule.allows(actor):
            errors.append(_forbidden(name, rule, place))
    if errors:
        raise Refused.of(403, EdgeCode.FORBIDDEN, errors[:MOST_ERRORS])


def _root_fields(document: Document, operation: OperationDefinitionNode) -> list[FieldNode]:
    """The fields at the top of an operation, those of fragments included, each written one once."""
    fragments: dict[str, FragmentDefinitionNode] = {
        fragment.name.value: fragment for fragment in document.fragments
    }
    found: list[FieldNode] = []
    waiting = [operation.selection_set]
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, FieldNode):
                found.append(selection)
            elif isinstance(selection, InlineFragmentNode):
                waiting.append(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode):
                fragment = fragments.pop(selection.name.value, None)
                if fragment is not None:
                    waiting.append(fragment.selection_set)
    return found


def _entered(
    schema: GraphQLSchema,
    top: SelectionSetNode,
    kind: GraphQLNamedType | None,
    known: dict[str, Entered],
) -> Entered:
    """The types that a selection on `kind` reads into, by what is known of fragments."""
    entered: Entered = {}
    spread: set[str] = set()
    waiting = [(top, kind)]
    while waiting:
        selection_set, kind = waiting.pop()
        for selection in selection_set.selections:
            if isinstance(selection, FragmentSpreadNode):
                if selection.name.value not in spread:
                    spread.add(selection.name.value)
                    for name, place in known.get(selection.name.value, {}).items():
                        entered.setdefault(name, place)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                if condition is None:
                    waiting.append((selection.selection_set, kind))
                else:
                    entered.setdefault(condition.name.value, selection)
                    inner = schema.get_type(condition.name.value)
                    waiting.append((selection.selection_set, inner))
            elif isinstance(selection, FieldNode) and selection.selection_set is not None:
                below = _field_type(kind, selection)
                if below is not None:
                    entered.setdefault(below.name, selection)
                    waiting.append((selection.selection_set, below))
    return entered


def _field_type(parent: GraphQLNamedType | None, node: FieldNode) -> GraphQLNamedType | None:
    if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
        return None
    definition = parent.fields.get(node.name.value)
    if definition is None:
        return None
    kind = get_named_type(definition.type)
    return None if is_leaf_type(kind) else kind


def _forbidden(what: str, rule: Rule | None, node: Node) -> GraphQLError:
    demand = rule.demand if rule is not None else "a right that nobody has"
    extensions = {"scopes": sorted(rule.scopes)} if rule is not None else {}
    return GraphQLError(f"{what} needs {demand}.", [node], extensions=extensions)
