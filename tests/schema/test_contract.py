"""The schema keeps what the public contract promises: names, types and nullability."""

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
)

from schema.root import schema
from tests.schema.contracts import Definition, contract
from tests.schema.not_built_yet import NOT_BUILT_YET

CONTRACT = contract()
TYPES = schema._schema.type_map
KINDS: dict[str, type[GraphQLNamedType]] = {
    "scalar": GraphQLScalarType,
    "enum": GraphQLEnumType,
    "input": GraphQLInputObjectType,
    "object": GraphQLObjectType,
    "interface": GraphQLInterfaceType,
}


def members(type: GraphQLNamedType) -> dict[str, str]:
    """The fields or arguments of a type of the schema, each with its type as text."""
    if isinstance(type, GraphQLInputObjectType):
        return {name: str(one.type) for name, one in type.fields.items()}
    if isinstance(type, GraphQLObjectType | GraphQLInterfaceType):
        return {
            **{name: str(one.type) for name, one in type.fields.items()},
            **{
                f"{name}({key}:)": str(argument.type)
                for name, one in type.fields.items()
                for key, argument in one.args.items()
            },
        }
    return {}


def promised(definition: Definition) -> dict[str, str]:
    """The same of a type of the contract."""
    arguments = {f"{one}({key}:)": type for (one, key), type in definition.arguments.items()}
    return {**definition.fields, **arguments}


def missing() -> Iterator[str]:
    """What the contract names and the schema has not."""
    for name, definition in CONTRACT.items():
        type = TYPES.get(name)
        if type is None:
            yield name
            continue
        has = members(type)
        for member in promised(definition):
            owner = member.partition("(")[0]
            if member not in has and (owner == member or owner in has):
                yield f"{name}.{member}"
        if isinstance(type, GraphQLEnumType):
            yield from (
                f"{name}.{value}" for value in definition.values if value not in type.values
            )


def test_what_is_missing_is_listed_and_what_is_listed_is_missing() -> None:
    assert sorted(missing()) == sorted(NOT_BUILT_YET)


@pytest.mark.parametrize("name", sorted(CONTRACT.keys() & TYPES.keys()))
def test_each_type_is_what_the_contract_says(name: str) -> None:
    definition, type = CONTRACT[name], TYPES[name]
    assert isinstance(type, KINDS[definition.kind])
    has = members(type)
    kept = {member: has[member] for member in promised(definition) if member in has}
    assert kept == {member: promised(definition)[member] for member in kept}
    if isinstance(type, GraphQLObjectType):
        assert {one.name for one in type.interfaces} >= set(definition.interfaces)


def test_what_the_schema_adds_asks_nothing_of_callers_who_know_the_contract_only() -> None:
    """A field or argument beyond the contract may be left out."""
    asked = []
    for name, definition in CONTRACT.items():
        type, known = TYPES.get(name), promised(definition)
        if isinstance(type, GraphQLInputObjectType):
            asked += [
                f"{name}.{key}"
                for key, one in type.fields.items()
                if key not in known and str(one.type).endswith("!")
            ]
        if isinstance(type, GraphQLObjectType | GraphQLInterfaceType):
            asked += [
                f"{name}.{field}({key}:)"
                for field, one in type.fields.items()
                for key, argument in one.args.items()
                if f"{field}({key}:)" not in known
                and field in known
                and str(argument.type).endswith("!")
            ]
    assert asked == []


@pytest.mark.parametrize(
    "name", sorted(n for n, one in CONTRACT.items() if one.kind == "input" and n in TYPES)
)
def test_inputs_of_which_exactly_one_field_is_given_say_so(name: str) -> None:
    type = TYPES[name]
    assert isinstance(type, GraphQLInputObjectType)
    definition = type.extensions["strawberry-definition"]
    assert bool(definition.is_one_of) == (name in {"PeriodInput", "SegmentCriteria"})
