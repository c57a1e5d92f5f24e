"""API keys: how other systems say who they are."""

from datetime import datetime
from typing import ClassVar

import strawberry

import models
from schema.fields import reference
from schema.nodes import Node
from schema.users import User


@strawberry.type(description="A key of the API. The key itself is shown when it is made, only.")
class ApiKey(Node):
    """A view over models.ApiKey."""

    shows: ClassVar = models.ApiKey

    name: str = strawberry.field(description="By which people know it.")
    role: models.Role = strawberry.field(description="What the key acts as.")
    scopes: list[str] = strawberry.field(
        description="All that a partner's key may do; for other roles what they are narrowed to, "
        "nothing where they are not."
    )
    hint: str = strawberry.field(description="The last characters of the key.")
    created_by: User | None = reference("created_by_id", models.User, "The user who made it.")
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(
        description="From when on it lets nobody in; null where it has no such end."
    )
    last_used_at: datetime | None = strawberry.field(
        description="When it was last used, to the minute."
    )
    revoked_at: datetime | None = strawberry.field(description="When it was revoked.")
