"""The workspace, and who is asking."""

from typing import ClassVar

import strawberry

import models
from resolvers.context import Context
from resolvers.declarations import SOURCE, RowOf
from schema.fields import reference
from schema.nodes import Node
from schema.users import User
from services.actors import Actor


@strawberry.type(description="A business, and its settings.")
class Workspace(Node):
    """A view over models.Workspace."""

    shows: ClassVar = models.Workspace

    name: str = strawberry.field(description="The business' name.")
    timezone: str = strawberry.field(
        description="The IANA time zone in which days, months and years are computed."
    )
    default_country: str = strawberry.field(
        description="The ISO 3166 code of the country whose phone numbers need no country code."
    )
    currency: str | None = strawberry.field(
        description="The ISO 4217 code of the currency that lifetime values are summed in; "
        "null until it was told or a first order came."
    )
    window_hours: int = strawberry.field(
        description="For how many hours after an inbound WhatsApp message a customer is active."
    )
    campaign_months: int = strawberry.field(
        description="For how many calendar months a campaign interaction can be seen."
    )


@strawberry.type(description="Who is asking.")
class Viewer:
    """A view over the request's actor."""

    user: User | None = reference(
        "user_id", models.User, "The user whose token was sent; null for an API key."
    )
    api_key_name: str | None = strawberry.field(
        description="The name of the API key that was sent; null for a user."
    )
    role: models.Role = strawberry.field(description="What the caller may do.")

    @strawberry.field(
        description="The workspace that everything the caller sees belongs to.",
        metadata={SOURCE: RowOf(models.Workspace, "workspace_id")},
    )
    def workspace(self, info: strawberry.Info) -> Workspace:
        """The request's workspace."""
        context: Context = info.context
        return context.workspace  # type: ignore[return-value]

    @strawberry.field(description="The single things that the caller may do.")
    def scopes(root: strawberry.Parent[Actor]) -> list[str]:
        """The actor's scopes, in the order of the alphabet."""
        return sorted(root.scopes)
