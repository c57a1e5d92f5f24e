"""Variables of a request, coerced: quickly where they are plain scalars, else by the library."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graphql import (
    GraphQLSchema,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    VariableDefinitionNode,
    get_variable_values,
)

SMALLEST, LARGEST = -(2**31), 2**31 - 1


def _fits(kind: str, value: Any) -> bool:
    """Whether a scalar of this type takes a value as it is."""
    if kind == "Int":
        return type(value) is int and SMALLEST <= value <= LARGEST
    if kind == "Boolean":
        return type(value) is bool
    return kind in ("String", "ID") and type(value) is str


@dataclass(frozen=True)
class Plain:
    """A variable of a scalar type and without a default."""

    name: str
    kind: str
    required: bool

    @classmethod
    def of(cls, definition: VariableDefinitionNode) -> "Plain | None":
        """The variable of a definition; None where it is more than that."""
        type = definition.type
        required = isinstance(type, NonNullTypeNode)
        named = type.type if isinstance(type, NonNullTypeNode) else type
        if definition.default_value is not None or not isinstance(named, NamedTypeNode):
            return None
        return cls(definition.variable.name.value, named.name.value, required)


@dataclass
class Variables:
    """The values of an operation's variables; `full` as the library wants them."""

    coerced: Mapping[str, Any]
    schema: GraphQLSchema
    operation: OperationDefinitionNode
    inputs: Mapping[str, Any]

    @cached_property
    def full(self) -> Any:
        """What the library makes of them."""
        return coerced_by_library(self.schema, self.operation, self.inputs)


def coerced_by_library(
    schema: GraphQLSchema, operation: OperationDefinitionNode, inputs: Mapping[str, Any]
) -> Any:
    """The library's VariableValues, or a list of errors."""
    return get_variable_values(schema, operation.variable_definitions or (), dict(inputs))


class VariableReader:
    """Reads the variables of one operation."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._operation = operation
        found = [Plain.of(definition) for definition in operation.variable_definitions or ()]
        plain = [variable for variable in found if variable is not None]
        self._plain = plain if len(plain) == len(found) else None

    def read(self, inputs: Mapping[str, Any]) -> Variables | None:
        """The values; None where they do not fit, which is the plain path's to report."""
        coerced = self._quickly(inputs)
        if coerced is None:
            full: Any = coerced_by_library(self._schema, self._operation, inputs)
            if isinstance(full, list):
                return None
            coerced = full.coerced
        return Variables(coerced, self._schema, self._operation, inputs)

    def _quickly(self, inputs: Mapping[str, Any]) -> dict[str, Any] | None:
        if self._plain is None:
            return None
        coerced: dict[str, Any] = {}
        for variable in self._plain:
            if variable.name not in inputs:
                if variable.required:
                    return None
                continue
            value = inputs[variable.name]
            if value is None:
                if variable.required:
                    return None
            elif not _fits(variable.kind, value):
                return None
            coerced[variable.name] = value
        return coerced
