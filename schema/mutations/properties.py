"""Defining custom properties."""

from typing import Annotated, Any

import strawberry

import models
from resolvers.context import Context
from schema.givens import LEFT_OUT, given, given_id_or_none
from schema.payloads import Payload, change
from schema.properties import PropertyDefinition
from services.properties import PropertyDraft, save_property
from services.transactions import Transaction


@strawberry.input(description="A custom property: a new one, or another form of the one with `id`.")
class PropertyInput:
    """A property as it is to be."""

    id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT, description="The property to change; left out, a new one is made."
    )
    key: str = strawberry.field(
        description="What programs call it: a small letter, then at most 63 letters, digits and "
        "underscores. No name of a built-in field. It never changes."
    )
    label: str = strawberry.field(description="What people call it: 1 to 200 letters.")
    type: models.PropertyType = strawberry.field(
        description="The type of its values. It stays while customers have values: CONFLICT."
    )
    options: list[str] | None = strawberry.field(
        default=LEFT_OUT,
        description="For selects: 1 to 200 different ones, in their order. One that customers have "
        "stays: CONFLICT.",
    )
    required: bool | None = strawberry.field(
        default=LEFT_OUT,
        description="Whether each customer who is added must have a value. False at first.",
    )
    enabled: bool | None = strawberry.field(
        default=LEFT_OUT, description="Whether it is shown. True at first."
    )
    position: int | None = strawberry.field(
        default=LEFT_OUT, description="Its place among the properties, from 0. Last at first."
    )

    def draft(self) -> PropertyDraft:
        """The property as services take it."""
        return PropertyDraft(
            id=given_id_or_none(self.id, models.PropertyDefinition, "id"),
            key=self.key,
            label=self.label,
            type=self.type,
            options=given(self.options),
            required=given(self.required),
            enabled=given(self.enabled),
            position=given(self.position),
        )


@strawberry.type(description="A property after a change.")
class PropertyPayload(Payload):
    """A property, or why nothing was changed."""

    property: PropertyDefinition | None = strawberry.field(description="The property as it is now.")


@strawberry.type
class PropertyMutations:
    """The root fields that define properties."""

    @strawberry.mutation(
        description="Make a custom property, or change one. What is left out stays as it is."
    )
    async def save_property(
        self,
        info: strawberry.Info,
        input: Annotated[PropertyInput, strawberry.argument(description="The property.")],
    ) -> PropertyPayload:
        """Make or change one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            return {"property": await save_property(tx, input.draft())}

        return await change(info, PropertyPayload, verb, property=None)
