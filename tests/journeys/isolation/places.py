"""Where a caller can name something of a workspace: read from the schema, so none is forgotten."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
)
from graphql.type import get_nullable_type

from schema.root import schema

SCHEMA = schema._schema
IDS = {"ID", "JSON"}
"""The scalars that can hold an id: JSON is the value of a property, of which some are users."""
LITERALS = {
    "key": '"size"',
    "period": "{ preset: ALL_TIME }",
    "channel": "WHATSAPP",
    "identifier": '"+6281200000001"',
}
"""What fields on the way to others may ask for."""


@dataclass(frozen=True)
class Place:
    """One argument, or input field at whatever depth, that takes an id or a list of them.

    `route`: the fields from the root to the one that is asked; `path`: the argument's name, and the
    input fields below it.
    """

    root: str
    route: tuple[str, ...]
    path: tuple[str, ...]
    many: bool

    @property
    def field(self) -> str:
        """The field of the root."""
        return self.route[0]

    @property
    def name(self) -> str:
        """What the place is called."""
        return self.path[-1]

    def __str__(self) -> str:
        return f"{'.'.join(self.route)}({'.'.join(self.path)})"


def object_types() -> list[GraphQLObjectType]:
    """Every type that is not a root."""
    roots = (SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type)
    return [
        kind
        for kind in SCHEMA.type_map.values()
        if isinstance(kind, GraphQLObjectType)
        and kind not in roots
        and not kind.name.startswith("__")
    ]


def fields_of(root: str) -> dict[str, GraphQLField]:
    """The fields of Query, Mutation or Subscription."""
    found = SCHEMA.type_map[root]
    assert isinstance(found, GraphQLObjectType)
    fields: dict[str, GraphQLField] = found.fields
    return fields


def places_of(root: str) -> list[Place]:
    """The places of a root's own fields."""
    return [
        Place(root, (field,), path, many)
        for field, definition in fields_of(root).items()
        for path, many in _taken(definition)
    ]


def places_below() -> list[Place]:
    """The places of fields that are not a root's, each by one way to it from Query."""
    routes = routes_from_query()
    return [
        Place("Query", (*routes[kind.name], field), path, many)
        for kind in object_types()
        for field, definition in kind.fields.items()
        for path, many in _taken(definition)
    ]


def paged() -> list[tuple[str, ...]]:
    """The routes from Query to every field that takes a cursor."""
    routes = routes_from_query()
    owners = [("Query", fields_of("Query")), *((one.name, one.fields) for one in object_types())]
    return [
        (*routes[owner], name)
        for owner, fields in owners
        for name, definition in fields.items()
        if "after" in definition.args
    ]


def routes_from_query() -> dict[str, tuple[str, ...]]:
    """For each type the shortest way to it from Query, through fields that ask for nothing that is
    not in `LITERALS`.

    What only an answer to a mutation holds has none; a KeyError says that the walk must learn it.
    """
    routes: dict[str, tuple[str, ...]] = {"Query": ()}
    waiting = deque(["Query"])
    while waiting:
        name = waiting.popleft()
        kind = SCHEMA.type_map[name]
        for field, definition in getattr(kind, "fields", {}).items():
            inner = get_named_type(definition.type)
            known = all(one in LITERALS for one in required(definition))
            if known and inner.name not in routes and not is_leaf_type(inner):
                routes[inner.name] = (*routes[name], field)
                waiting.append(inner.name)
    return routes


def required(definition: GraphQLField) -> list[str]:
    """The arguments that a field asks for."""
    return [name for name, one in definition.args.items() if is_required_argument(one)]


def around(root: str, route: tuple[str, ...], inside: str) -> str:
    """A selection at the end of a route, within the fields that lead there."""
    for length in range(len(route) - 1, 0, -1):
        asked = required(definition_of(root, route[:length]))
        given = ", ".join(f"{name}: {LITERALS[name]}" for name in asked)
        inside = f"{route[length - 1]}{f'({given})' if given else ''} {{ {inside} }}"
    return inside


def definition_of(root: str, route: tuple[str, ...]) -> GraphQLField:
    """The field at the end of a route."""
    fields = fields_of(root)
    for step in route[:-1]:
        fields = getattr(get_named_type(fields[step].type), "fields")  # noqa: B009
    return fields[route[-1]]


def _taken(definition: GraphQLField) -> Iterator[tuple[tuple[str, ...], bool]]:
    for name, argument in definition.args.items():
        yield from _inside(argument.type, (name,), frozenset())


def _inside(
    kind: GraphQLInputType, path: tuple[str, ...], seen: frozenset[str]
) -> Iterator[tuple[tuple[str, ...], bool]]:
    inner = get_named_type(kind)
    if inner.name in IDS:
        yield path, is_list_type(get_nullable_type(kind))
    elif isinstance(inner, GraphQLInputObjectType) and inner.name not in seen:
        for name, field in inner.fields.items():
            yield from _inside(field.type, (*path, name), seen | {inner.name})
