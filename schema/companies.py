"""Companies."""

from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry

import models
from resolvers.loaders import customers
from schema.connections import Connection
from schema.fields import connection
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.customers import Customer


@strawberry.type(description="A company that customers belong to.")
class Company(Node):
    """A view over models.Company."""

    shows: ClassVar = models.Company

    external_id: str | None = strawberry.field(description="Its id in the connected system.")
    name: str = strawberry.field(description="The company's name.")
    industry: str | None = strawberry.field(description="What it does.")
    website: str | None = strawberry.field(description="Its address on the web.")
    phone: str | None = strawberry.field(description="Its phone number, E.164.")
    customers: Connection[Annotated["Customer", strawberry.lazy("schema.customers")]] = connection(
        customers.OF_COMPANY, "The customers who belong to it."
    )
