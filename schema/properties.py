"""Properties: what there are, their values, and filters on them."""

from datetime import datetime
from typing import ClassVar

import strawberry

import models
from resolvers.customers import PropertyValue as LoadedValue
from resolvers.declarations import SOURCE, Computed
from schema.nodes import Node
from schema.scalars import JSON
from services.property_filters import Operator


@strawberry.type(description="A property that customers of the workspace have.")
class PropertyDefinition(Node):
    """A view over models.PropertyDefinition."""

    shows: ClassVar = models.PropertyDefinition

    key: str = strawberry.field(description="What programs call it. It never changes.")
    label: str = strawberry.field(description="What people call it.")
    type: models.PropertyType = strawberry.field(description="The type of its values.")
    options: list[str] = strawberry.field(description="What a select can be set to.")
    required: bool = strawberry.field(description="Whether each new customer must have a value.")
    built_in: bool = strawberry.field(description="Whether it is a field of Customer.")
    enabled: bool = strawberry.field(
        description="Whether it is in use. Of built-in ones the name, the owner and the assignee "
        "always are; the others are switched on and off."
    )
    position: int = strawberry.field(description="Its place among the properties.")
    archived_at: datetime | None = strawberry.field(
        description="When it was archived; its values are kept."
    )

    @strawberry.field(
        description="Whether customers' values are still being converted, after a change of its "
        "type or options. Until then filters find those that are.",
        metadata={SOURCE: Computed("r.conversion IS NOT NULL")},
    )
    def converting(root: strawberry.Parent[models.PropertyDefinition]) -> bool:
        """Whether there is something left to convert."""
        return root.conversion is not None


@strawberry.type(description="A customer's value of a custom property.")
class PropertyValue:
    """A view over a definition and a value."""

    value: JSON | None = strawberry.field(
        metadata={SOURCE: Computed("p.properties -> r.key")},
        description="The value in the form of its type; null where the customer has none.",
    )

    @strawberry.field(description="The property's key.", metadata={SOURCE: Computed("r.key")})
    def key(root: strawberry.Parent[LoadedValue]) -> str:
        """The definition's key."""
        return root.definition.key

    @strawberry.field(
        description="The property's name for people.", metadata={SOURCE: Computed("r.label")}
    )
    def label(root: strawberry.Parent[LoadedValue]) -> str:
        """The definition's label."""
        return root.definition.label

    @strawberry.field(description="The type of its values.", metadata={SOURCE: Computed("r.type")})
    def type(root: strawberry.Parent[LoadedValue]) -> models.PropertyType:
        """The definition's type."""
        return root.definition.type


@strawberry.input(description="A condition on a custom property.")
class PropertyFilter:
    """One comparison."""

    key: str = strawberry.field(description="The property's key.")
    op: Operator = strawberry.field(description="How its value is compared.")
    value: JSON | None = strawberry.field(
        default=None,
        description="With what: a value of the property's type, a list of them for IN and NOT_IN, "
        "the lowest and the highest for BETWEEN, a number of days for WITHIN_LAST_DAYS.",
    )


@strawberry.input(description="A customer's value of a custom property.")
class PropertyValueInput:
    """A value that is given."""

    key: str = strawberry.field(description="The property's key.")
    value: JSON | None = strawberry.field(
        default=None,
        description="The value in the form of the property's type: a string for TEXT, DECIMAL, "
        "URL, EMAIL, PHONE, DATE (2026-11-22), DATETIME (RFC 3339 with an offset), SINGLE_SELECT "
        "and USER (the user's id), a number for NUMBER, true or false for BOOLEAN, a list of "
        "options for MULTI_SELECT. Null clears.",
    )
