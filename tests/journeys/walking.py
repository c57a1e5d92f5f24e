"""Questions made from the schema itself: every field that can be reached, to a depth."""

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from schema.root import schema

TYPES = schema._schema.type_map


def object_type(name: str) -> GraphQLObjectType | GraphQLInterfaceType:
    """A type of the schema."""
    found = TYPES[name]
    assert isinstance(found, GraphQLObjectType | GraphQLInterfaceType)
    return found


def whole(name: str, depth: int, arguments: dict[str, str] | None = None) -> str:
    """A selection of every field of a type, and of what they lead to, `depth` objects deep.

    `arguments` has the literal for each argument that a field asks for. A connection and what it
    holds are one step.
    """
    parts = []
    for key, field in object_type(name).fields.items():
        given = _arguments(field, arguments or {"key": '"size"'})
        inner = get_named_type(field.type)
        if is_leaf_type(inner):
            parts.append(f"{key}{given}")
        elif depth > 0:
            below = depth if inner.name.endswith(("Connection", "Edge", "PageInfo")) else depth - 1
            selection = whole(inner.name, below, arguments)
            parts.append(f"{key}{given} {{ {selection} }}")
    if isinstance(object_type(name), GraphQLInterfaceType):
        parts.append("__typename")
    return " ".join(parts) or "__typename"


def _arguments(field: GraphQLField, values: dict[str, str]) -> str:
    asked = [f"{name}: {values[name]}" for name, one in field.args.items() if _asked(one)]
    return f"({', '.join(asked)})" if asked else ""


def _asked(argument: GraphQLArgument) -> bool:
    return is_required_argument(argument)
