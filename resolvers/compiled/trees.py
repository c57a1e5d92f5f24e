"""Trees: what an operation selects, field by field, each with the declaration of its value.

A tree depends on the document, on which selections directives leave in it, and on the types of the
ids that `node` and `nodes` are asked for; on no other value of a request.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    SelectionSetNode,
    get_named_type,
    is_object_type,
)
from tortoise.models import Model

from resolvers.compiled.selections import Document, NotCompiled, Selected
from resolvers.compiled.sites import Site, asks, declared, site_of
from resolvers.declarations import SOURCE, NodesOf, SubjectOf
from resolvers.ids import MODELS
from resolvers.nodes import SHOWN

WRAPPERS = ("Connection", "Edge")


@dataclass(frozen=True)
class Branch:
    """What is selected of a value of one type. Of an interface's types it tells the model."""

    on: GraphQLObjectType
    parts: tuple["Part", ...]
    model: type[Model] | None = None


@dataclass(frozen=True)
class Part:
    """A field of the answer: its name there and in the schema, and how its value comes about.

    `site` is the place of the arguments in what the operation asks for. Of an object `below` has
    one branch; of an interface, one for each type that there can be.
    """

    name: str
    field: str
    python_name: str = ""
    own_resolver: bool = False
    source: Any = None
    site: int | None = None
    below: tuple[Branch, ...] = ()

    @property
    def branch(self) -> Branch:
        """What is selected of the value, which is an object."""
        (branch,) = self.below
        return branch


def types_of_models(schema: GraphQLSchema) -> dict[type[Model], GraphQLObjectType]:
    """The type of the schema that shows each model with a global id."""
    found: dict[type[Model], GraphQLObjectType] = {}
    for named in schema.type_map.values():
        if is_object_type(named):
            definition = named.extensions.get("strawberry-definition")
            model = getattr(getattr(definition, "origin", None), "shows", None)
            if model in SHOWN:
                found[model] = named
    return found


def models_of_ids(value: Any) -> frozenset[type[Model]]:
    """The models that the ids in a value, as far as they are any, are of."""
    values = value if isinstance(value, list) else [value]
    found = {MODELS.get(one[:3]) for one in values if isinstance(one, str)}
    return frozenset(model for model in found if model in SHOWN)


@dataclass
class Grower:
    """Makes a tree. `sites` are the fields of it that take arguments."""

    document: Document
    types: Mapping[type[Model], GraphQLObjectType]
    sites: list[Site] = field(default_factory=list)

    def branch(
        self,
        kind: GraphQLObjectType,
        selections: Iterable[SelectionSetNode],
        model: type[Model] | None = None,
    ) -> Branch:
        """What some selections have of a type."""
        fields = self.document.fields(kind, selections)
        return Branch(kind, tuple(self.part(kind, one) for one in fields), model)

    def part(self, type: GraphQLObjectType, selected: Selected) -> Part:
        """One field. Raises NotCompiled where there is no declaration of it."""
        if selected.field == "__typename":
            return Part(selected.name, selected.field)
        definition = type.fields.get(selected.field)
        if definition is None:
            raise NotCompiled(selected.field)
        told = declared(definition)
        source = told.metadata.get(SOURCE)
        named = get_named_type(definition.type)
        wrapped = type.name.endswith(WRAPPERS)
        if source is None and selected.selections and not wrapped:
            raise NotCompiled(f"{type.name}.{selected.field}")
        place = None
        if asks(source):
            place = len(self.sites)
            self.sites.append(site_of(source, definition, selected))
        return Part(
            selected.name,
            selected.field,
            told.python_name,
            told.base_resolver is not None,
            source,
            place,
            self.below(named, source, selected),
        )

    def below(self, named: GraphQLNamedType, source: Any, selected: Selected) -> tuple[Branch, ...]:
        """What is selected of a field's value."""
        if not selected.selections:
            return ()
        if is_object_type(named):
            return (self.branch(named, selected.selections),)
        if isinstance(source, NodesOf):
            models = self.asked_for(source, selected.nodes[0])
        elif isinstance(source, SubjectOf):
            models = frozenset(source.models.values())
        else:
            raise NotCompiled(f"{selected.field}: an abstract type")
        return tuple(
            self.branch(self.types[model], selected.selections, model)
            for model in sorted(models, key=lambda model: model.__name__)
        )

    def asked_for(self, source: NodesOf, node: FieldNode) -> frozenset[type[Model]]:
        """The models whose ids `node` or `nodes` are given."""
        for argument in node.arguments or ():
            if argument.name.value == source.argument:
                return models_of_ids(self.document.value(argument.value))
        return frozenset()
