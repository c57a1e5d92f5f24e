"""What an operation selects of a type: its fields, with fragments spread and directives applied.

The specification's CollectFields, for a type that is known beforehand.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    is_abstract_type,
)


class NotCompiled(Exception):
    """The compiler does not know this: the plain path serves the operation."""


@dataclass(frozen=True)
class Selected:
    """One field of an answer: under which name, which field, and what is selected of its value."""

    name: str
    nodes: tuple[FieldNode, ...]

    @property
    def field(self) -> str:
        """The field's name in the schema."""
        return self.nodes[0].name.value

    @property
    def selections(self) -> tuple[SelectionSetNode, ...]:
        """What is selected of its value, in all places where it stands."""
        return tuple(node.selection_set for node in self.nodes if node.selection_set is not None)


@dataclass(frozen=True)
class Document:
    """What the selections of a document are read with."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]

    def fields(
        self, type: GraphQLObjectType, selections: Iterable[SelectionSetNode]
    ) -> list[Selected]:
        """The fields selected of `type`, in the order of the answer."""
        found: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for selection_set in selections:
            self._collect(type, selection_set, found, seen)
        return [Selected(name, tuple(nodes)) for name, nodes in found.items()]

    def _collect(
        self,
        type: GraphQLObjectType,
        selection_set: SelectionSetNode,
        found: dict[str, list[FieldNode]],
        seen: set[str],
    ) -> None:
        for selection in selection_set.selections:
            if not self._included(selection):
                continue
            match selection:
                case FieldNode():
                    name = (selection.alias or selection.name).value
                    found.setdefault(name, []).append(selection)
                case InlineFragmentNode(type_condition=None):
                    self._collect(type, selection.selection_set, found, seen)
                case InlineFragmentNode(type_condition=condition) if condition is not None:
                    if self._applies(condition.name.value, type):
                        self._collect(type, selection.selection_set, found, seen)
                case FragmentSpreadNode():
                    name = selection.name.value
                    fragment = self.fragments[name]
                    if name not in seen and self._applies(fragment.type_condition.name.value, type):
                        seen.add(name)
                        self._collect(type, fragment.selection_set, found, seen)

    def _applies(self, condition: str, type: GraphQLObjectType) -> bool:
        if condition == type.name:
            return True
        named = self.schema.get_type(condition)
        if not is_abstract_type(named):
            return False
        abstract: GraphQLAbstractType = named
        return self.schema.is_sub_type(abstract, type)

    def value(self, node: ValueNode) -> Any:
        """What a string, a Boolean, or a list of them is in the request."""
        if isinstance(node, VariableNode):
            return self.variables.get(node.name.value)
        if isinstance(node, ListValueNode):
            return [self.value(one) for one in node.values]
        return getattr(node, "value", None)

    def _included(self, selection: SelectionNode) -> bool:
        """Whether `@skip` and `@include` leave a selection in the answer."""
        for directive in selection.directives or ():
            name = directive.name.value
            if name not in ("skip", "include"):
                raise NotCompiled(f"@{name}")
            (argument,) = directive.arguments or ()
            told = self.value(argument.value)
            if not isinstance(told, bool):
                raise NotCompiled(f"@{name} without a Boolean")
            if told == (name == "skip"):
                return False
        return True


@dataclass(frozen=True)
class Deciding:
    """The variables that a tree depends on: those in directives by their values, those that
    `node` and `nodes` are given by the types of their ids."""

    values: tuple[str, ...]
    ids: tuple[str, ...]


def deciding_variables(definitions: Iterable[Any], id_fields: Container[str]) -> Deciding:
    """Find them in an operation and all fragments. `id_fields` are the names of fields whose
    arguments are ids of any type."""
    values: set[str] = set()
    ids: set[str] = set()
    waiting: list[Any] = list(definitions)
    while waiting:
        node = waiting.pop()
        for directive in getattr(node, "directives", None) or ():
            for argument in directive.arguments or ():
                values.update(variables_in(argument.value))
        if isinstance(node, FieldNode) and node.name.value in id_fields:
            for argument in node.arguments or ():
                ids.update(variables_in(argument.value))
        selection_set = getattr(node, "selection_set", None)
        if selection_set is not None:
            waiting.extend(selection_set.selections)
    return Deciding(tuple(sorted(values)), tuple(sorted(ids)))


def variables_in(value: ValueNode) -> Iterator[str]:
    """The variables in a value, itself or deep in it."""
    waiting: list[ValueNode] = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, VariableNode):
            yield one.name.value
        waiting.extend(getattr(one, "values", ()))
        waiting.extend(inner.value for inner in getattr(one, "fields", ()))
