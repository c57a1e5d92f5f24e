"""Changes of a customer's profile: the lines of kind PROFILE in a timeline."""

from datetime import datetime
from types import SimpleNamespace
from typing import ClassVar

import strawberry

import models
from resolvers.context import Context
from resolvers.declarations import SOURCE, Computed, Derived
from resolvers.loaders import profile_changes
from schema.fields import reference
from schema.nodes import Node
from schema.scalars import JSON
from schema.users import User

Parent = strawberry.Parent[models.ProfileChange]


@strawberry.type(description="What a field was before a change, and is after it.")
class FieldChange:
    """One field of a change."""

    field: str = strawberry.field(
        description="The field's name in Customer; of a custom property, properties.<key>."
    )
    old: JSON | None = strawberry.field(description="Its value before; null for none.")
    new: JSON | None = strawberry.field(description="Its value after; null where it was cleared.")


@strawberry.type(description="A change of a customer's profile: by whom, when, and of what.")
class ProfileChange(Node):
    """A view over models.ProfileChange."""

    shows: ClassVar = models.ProfileChange

    changed_at: datetime = strawberry.field(description="When.")
    source: models.LogSource = strawberry.field(
        description="Where it came from: USER, API for a key, IMPORT for a file."
    )
    user: User | None = reference("user_id", models.User, "The user who made it, if one did.")

    @strawberry.field(
        description="The name of the API key that made it, if one did.",
        metadata={SOURCE: Computed(profile_changes.KEY_NAME)},
    )
    async def api_key_name(root: Parent, info: strawberry.Info) -> str | None:
        """The key's name."""
        context: Context = info.context
        key: models.ApiKey | None = await context.loaders.row(models.ApiKey, root.api_key_id)
        return key.name if key is not None else None

    @strawberry.field(
        description="Each field that was changed, in the order of the customer's fields.",
        metadata={SOURCE: Derived(profile_changes.CHANGES, profile_changes.FIELDS, many=True)},
    )
    def changes(root: Parent) -> list[FieldChange]:
        """The fields."""
        return [SimpleNamespace(**one) for one in root.changes]  # type: ignore[misc]
