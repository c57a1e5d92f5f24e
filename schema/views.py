"""Views of the table of customers: saved columns, filter and order."""

from typing import Any, ClassVar

import strawberry

import models
from resolvers import views
from resolvers.declarations import SOURCE, Computed
from schema.fields import reference
from schema.nodes import Node
from schema.scalars import JSON
from schema.users import User
from services.views import ViewPart

Parent = strawberry.Parent[models.CustomerView]


@strawberry.type(description="What a view leaves out, as long as its property is not in use.")
class ViewOmission:
    """A view over services.views.Omission."""

    part: ViewPart = strawberry.field(description="Which part of the view it is.")
    key: str = strawberry.field(description="The property's key.")
    message: str = strawberry.field(description="Why, for people.")


@strawberry.type(description="A saved view of the table of customers.")
class CustomerView(Node):
    """A view over models.CustomerView."""

    shows: ClassVar = models.CustomerView

    name: str = strawberry.field(description="What people call it.")
    shared: bool = strawberry.field(
        description="Whether everybody in the workspace has it; if not, only whose it is."
    )
    owner: User | None = reference(
        "owner_id", models.User, "The user whose view it is; null where an API key has made it."
    )

    @strawberry.field(
        description="The columns that can be shown, in their order: keys of properties and names "
        "of Customer's fields. `fullName` is always the first. What is not in use is left out."
    )
    async def columns(root: Parent, info: strawberry.Info) -> list[str]:
        """The columns in use."""
        found: list[str] = await views.columns_of(info.context, root)
        return found

    @strawberry.field(
        description="The filter, as CustomerFilter takes it.",
        metadata={SOURCE: Computed("r.filter_criteria")},
    )
    def filter(root: Parent) -> JSON | None:
        """What was saved."""
        found: Any = root.filter_criteria
        return found  # type: ignore[no-any-return]

    @strawberry.field(
        description="The order, as CustomerOrder takes it.",
        metadata={SOURCE: Computed("r.order_by")},
    )
    def order_by(root: Parent) -> JSON | None:
        """What was saved."""
        found: Any = root.order_by
        return found  # type: ignore[no-any-return]

    @strawberry.field(
        description="What the view leaves out for now, because a property is archived or switched "
        "off, or a condition does not fit its type any more. It comes back with the property."
    )
    async def left_out(root: Parent, info: strawberry.Info) -> list[ViewOmission]:
        """The columns and conditions that are left out."""
        found: list[Any] = await views.left_out_of(info.context, root)
        return found
