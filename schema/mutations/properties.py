"""Defining properties, putting them away, and bringing them back."""

from typing import Annotated, Any

import strawberry

import models
from resolvers.context import Context
from resolvers.ids import parse_id
from schema.givens import LEFT_OUT, given, given_id_or_none, given_or_none
from schema.payloads import Payload, change
from schema.properties import PropertyDefinition
from services.properties import (
    PropertyDraft,
    archive_property,
    restore_property,
    save_and_convert,
)
from services.transactions import Transaction


@strawberry.input(
    description="A property: a new one, or another form of the one with `id`. Of a built-in one, "
    "only the label, the position and `enabled` can change."
)
class PropertyInput:
    """A property as it is to be."""

    id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT,
        description="The property to change; left out, a new one is made. A built-in one can be "
        "switched by its key alone, with `enabled`.",
    )
    key: str = strawberry.field(
        description="What programs call it: a small letter, then at most 63 letters, digits and "
        "underscores. No name of a built-in field. It never changes."
    )
    label: str = strawberry.field(description="What people call it: 1 to 200 letters.")
    type: models.PropertyType = strawberry.field(
        description="The type of its values. While customers have values it stays, unless told to "
        "`convert`: CONFLICT."
    )
    options: list[str] | None = strawberry.field(
        default=LEFT_OUT,
        description="For selects: 1 to 200 different ones, in their order. One that customers have "
        "stays, unless told to `convert`: CONFLICT.",
    )
    required: bool | None = strawberry.field(
        default=LEFT_OUT,
        description="Whether each customer who is added must have a value. False at first.",
    )
    enabled: bool | None = strawberry.field(
        default=LEFT_OUT,
        description="Whether it is in use. True at first. Switched off, it is offered nowhere, and "
        "its values are kept. The name, the owner and the assignee are always on.",
    )
    position: int | None = strawberry.field(
        default=LEFT_OUT, description="Its place among the properties, from 0. Last at first."
    )

    convert: bool | None = strawberry.field(
        default=LEFT_OUT,
        description="Where values are concerned by a new type or by options that go: keep what can "
        "be said in the new form, and clear the rest, which the customers' histories tell of. Of "
        "more than 1,000 customers it is done in the background.",
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
            convert=bool(given_or_none(self.convert)),
        )


@strawberry.type(description="A property after a change.")
class PropertyPayload(Payload):
    """A property, or why nothing was changed."""

    property: PropertyDefinition | None = strawberry.field(description="The property as it is now.")
    converted: int = strawberry.field(
        default=0, description="Of how many customers values were converted or cleared by the call."
    )
    cleared: int = strawberry.field(
        default=0, description="Of how many of them a value, or some of its options, was cleared."
    )


@strawberry.input(description="Which property to put away.")
class ArchivePropertyInput:
    """A custom property."""

    id: strawberry.ID = strawberry.field(description="The property.")


@strawberry.input(description="Which property to bring back.")
class RestorePropertyInput:
    """An archived property."""

    id: strawberry.ID = strawberry.field(description="The property.")


@strawberry.type
class PropertyMutations:
    """The root fields that define properties."""

    @strawberry.mutation(
        description="Make a custom property, change one, or switch a built-in one on or off. What "
        "is left out stays as it is."
    )
    async def save_property(
        self,
        info: strawberry.Info,
        input: Annotated[PropertyInput, strawberry.argument(description="The property.")],
    ) -> PropertyPayload:
        """Make or change one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            return vars(await save_and_convert(tx, input.draft()))

        return await change(info, PropertyPayload, verb, property=None)

    @strawberry.mutation(
        description="Put a custom property away: it is shown, asked for and filtered by nowhere. "
        "Its values are kept, and restoreProperty brings all back."
    )
    async def archive_property(
        self,
        info: strawberry.Info,
        input: Annotated[ArchivePropertyInput, strawberry.argument(description="The property.")],
    ) -> PropertyPayload:
        """Put one away."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            id = parse_id(input.id, models.PropertyDefinition, "id")
            return {"property": await archive_property(tx, id)}

        return await change(info, PropertyPayload, verb, property=None)

    @strawberry.mutation(description="Bring an archived property back with the values it had.")
    async def restore_property(
        self,
        info: strawberry.Info,
        input: Annotated[RestorePropertyInput, strawberry.argument(description="The property.")],
    ) -> PropertyPayload:
        """Bring one back."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            id = parse_id(input.id, models.PropertyDefinition, "id")
            return {"property": await restore_property(tx, id)}

        return await change(info, PropertyPayload, verb, property=None)
