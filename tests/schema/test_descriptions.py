"""The schema explains itself to its callers, and its committed text is what it prints."""

from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    is_specified_scalar_type,
)

import schema as package
from schema.root import schema

COMMITTED = Path(package.__file__).parent / "schema.graphql"


def undescribed() -> Iterator[str]:
    """Each type, field, argument and input field that has no description."""
    for name, type in schema._schema.type_map.items():
        if name.startswith("__") or is_specified_scalar_type(type):
            continue
        if not type.description:
            yield name
        if isinstance(type, GraphQLInputObjectType):
            yield from (f"{name}.{key}" for key, one in type.fields.items() if not one.description)
        if isinstance(type, GraphQLObjectType | GraphQLInterfaceType):
            for key, one in type.fields.items():
                if not one.description:
                    yield f"{name}.{key}"
                for argument, definition in one.args.items():
                    if not definition.description:
                        yield f"{name}.{key}({argument}:)"


def test_every_type_field_and_argument_has_a_description() -> None:
    assert list(undescribed()) == []


def test_every_enum_names_each_of_its_values_once() -> None:
    enums = [one for one in schema._schema.type_map.values() if isinstance(one, GraphQLEnumType)]
    assert len(enums) > 10
    for one in enums:
        assert all(name == name.upper() for name in one.values if not one.name.startswith("__"))


def test_the_committed_text_is_what_the_schema_prints() -> None:
    assert COMMITTED.read_text() == schema.as_str().rstrip() + "\n"
