"""The static cost of an operation: how large its answer could become, known before anything runs.

Counted in tenths: an object of the answer is 1, each value in it 0.1. What stands in a list counts
as often as the list could repeat it: a connection by its `first` or `last` (given, in a variable,
or the default), a list of ids by their number, any other list by an assumed size. Sizes multiply
down the path. `@skip` and `@include` are not looked at: the cost is an upper bound.

One visit of each definition: multiplicities flow from the operation down into the fragments that it
spreads, summed up for each fragment before it is visited itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
)

from gateway.documents import Document, Sizes

DEFAULT_PAGE = 20
"""The page size of a connection where neither `first` nor `last` is given (the contract's)."""
ASSUMED_LIST = 10
"""How long a list without pages is taken to be: a customer's identities, tags, members …"""
OBJECT = 10
VALUE = 1
MUTATION = 100
"""What calling a mutation counts for, beside what is read in its payload."""
INTROSPECTION = {"__schema": 10_000, "__type": 1_000}

MOST = 2**53 - 1
"""Costs above this are reported as this: the largest whole number that every JSON reader keeps."""

MOST_KNOWN = 32
"""Of the costs that are kept of one operation, by the sizes in its variables."""

Variables = Mapping[str, object]


def connection_types(schema: GraphQLSchema) -> frozenset[str]:
    """The names of the types that fields with `first` or `last` return."""
    return frozenset(
        get_named_type(definition.type).name
        for kind in schema.type_map.values()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
        for definition in kind.fields.values()
        if _has_pages(definition)
    )


def cost_of(
    schema: GraphQLSchema,
    connections: frozenset[str],
    document: Document,
    operation: OperationDefinitionNode,
    variables: Variables,
) -> int:
    """What `operation` could ask for, in objects, rounded up, and at most `MOST`.

    `connections` is `connection_types(schema)`. The document must have passed validation. Variables
    are as they came: one that is no page size counts as the default, and coercion refuses it later.
    """
    root = schema.get_root_type(operation.operation)
    if root is None:
        return 0
    findings = document.findings_of(operation)
    values = _with_defaults(operation, variables)
    if findings.sizes is not None:
        known = findings.costs.get(_sizes(findings.sizes, values))
        if known is not None:
            return known
    walk = _Walk(schema, connections, values)
    walk.visit(operation.selection_set, root, _Multiplicity(1, 0))
    for fragment in reversed(document.fragments):
        multiplicity = walk.spread.get(fragment.name.value)
        if multiplicity is not None:
            condition = schema.get_type(fragment.type_condition.name.value)
            walk.visit(fragment.selection_set, condition, multiplicity)
    cost = min(-(-walk.total // OBJECT), MOST)
    findings.sizes = tuple(walk.asked)
    if len(findings.costs) >= MOST_KNOWN:
        findings.costs.clear()
    findings.costs[_sizes(findings.sizes, values)] = cost
    return cost


@dataclass(slots=True)
class _Multiplicity:
    """How many objects of a selection there could be, and the rows of their pages all together."""

    objects: int
    rows: int


@dataclass(slots=True)
class _Walk:
    schema: GraphQLSchema
    connections: frozenset[str]
    variables: Variables
    total: int = 0
    spread: dict[str, _Multiplicity] = field(default_factory=dict)
    asked: dict[str, None] = field(default_factory=dict)
    """The variables that the cost depends on: which they are is the document's own, as each is
    asked for wherever it stands, whatever its value."""

    def visit(
        self, top: SelectionSetNode, kind: GraphQLNamedType | None, times: _Multiplicity
    ) -> None:
        """Add what one definition costs when it stands for `times` objects of type `kind`."""
        waiting = [(top, kind, times)]
        while waiting:
            selection_set, kind, times = waiting.pop()
            for selection in selection_set.selections:
                if isinstance(selection, FragmentSpreadNode):
                    sums = self.spread.setdefault(selection.name.value, _Multiplicity(0, 0))
                    sums.objects += times.objects
                    sums.rows += times.rows
                elif isinstance(selection, InlineFragmentNode):
                    condition = selection.type_condition
                    inner = (
                        kind if condition is None else self.schema.get_type(condition.name.value)
                    )
                    waiting.append((selection.selection_set, inner, times))
                elif isinstance(selection, FieldNode):
                    below = self.visit_field(selection, kind, times)
                    if below is not None:
                        waiting.append(below)

    def visit_field(
        self, node: FieldNode, parent: GraphQLNamedType | None, times: _Multiplicity
    ) -> tuple[SelectionSetNode, GraphQLNamedType, _Multiplicity] | None:
        """Add what a field costs; answer what is selected in it, with its multiplicity."""
        name = node.name.value
        if name in INTROSPECTION:
            self.total += INTROSPECTION[name] * max(times.objects, 1)
            return None
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            self.total += VALUE * times.objects
            return None
        definition = parent.fields.get(name)
        if definition is None or node.selection_set is None:
            self.total += VALUE * times.objects
            return None
        kind = get_named_type(definition.type)
        if parent is self.schema.mutation_type:
            self.total += MUTATION * times.objects
        if is_leaf_type(kind):
            self.total += VALUE * times.objects
            return None
        if parent.name in self.connections and name in ("nodes", "edges"):
            objects = times.rows
        else:
            objects = times.objects * self.list_size(node, definition)
        self.total += OBJECT * objects
        pages = _has_pages(definition) or kind.name in self.connections
        rows = objects * self.page_size(node, definition) if pages else 0
        return node.selection_set, kind, _Multiplicity(objects, rows)

    def page_size(self, node: FieldNode, definition: GraphQLField) -> int:
        """How many rows the connection could have: the larger of `first` and `last`."""
        sizes = [
            size
            for argument in node.arguments or ()
            if argument.name.value in ("first", "last")
            and (size := self.integer(argument.value)) is not None
        ]
        if sizes:
            return max(0, *sizes)
        default = definition.args["first"].default_value if "first" in definition.args else None
        return default if isinstance(default, int) else DEFAULT_PAGE

    def list_size(self, node: FieldNode, definition: GraphQLField) -> int:
        """How many objects a field could answer with: 1, or for a list its assumed length."""
        if not isinstance(get_nullable_type(definition.type), GraphQLList):
            return 1
        for argument in node.arguments or ():
            if argument.name.value == "ids":
                value = argument.value
                if isinstance(value, ListValueNode):
                    return len(value.values)
                if isinstance(value, VariableNode):
                    given = self.ask(value)
                    return len(given) if isinstance(given, list) else 1
        return ASSUMED_LIST

    def integer(self, value: ValueNode) -> int | None:
        """The whole number that an argument has; None where it has none (null, or no number)."""
        if isinstance(value, IntValueNode):
            # More digits than 32 bits have are refused by validation: not worth converting.
            return int(value.value) if len(value.value) <= 11 else None
        if isinstance(value, VariableNode):
            return _whole(self.ask(value))
        return None

    def ask(self, variable: VariableNode) -> object:
        """The value of a variable that the cost depends on."""
        name = variable.name.value
        self.asked[name] = None
        return self.variables.get(name)


def _whole(given: object) -> int | None:
    if isinstance(given, float) and given.is_integer():
        return int(given)
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    return None


def _sizes(names: Iterable[str], values: Variables) -> Sizes:
    """What of the variables' values the cost depends on: whole numbers, and the length of lists."""
    given = [values.get(name) for name in names]
    return tuple((len(one),) if isinstance(one, list) else _whole(one) for one in given)


def _has_pages(definition: GraphQLField) -> bool:
    return "first" in definition.args or "last" in definition.args


def _with_defaults(operation: OperationDefinitionNode, variables: Variables) -> dict[str, object]:
    """The variables of the request, and where one is left out, the operation's own default."""
    values: dict[str, object] = {}
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        if name in variables:
            values[name] = variables[name]
        elif isinstance(definition.default_value, IntValueNode):
            values[name] = int(definition.default_value.value[:11])
        elif isinstance(definition.default_value, ListValueNode):
            values[name] = list(definition.default_value.values)
    return values
