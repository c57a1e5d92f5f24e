"""Channel identities, and the members that they came in with."""

from datetime import datetime
from typing import Any, ClassVar

import strawberry

import models
from resolvers import customers
from resolvers.context import Context
from resolvers.declarations import SOURCE, AllOf, Computed, FirstOf
from resolvers.ids import global_id
from resolvers.loaders import identities, merges
from schema.channels import Channel
from schema.fields import reference
from schema.nodes import Node
from schema.users import User


@strawberry.type(description="A customer who was merged into another one.")
class MergeMember:
    """A view over models.MergeMember."""

    @strawberry.field(
        description="The id that the member had, and still answers to.",
        metadata={SOURCE: Computed("'cus_' || replace(r.customer_id::text, '-', '')")},
    )
    def customer_id(root: strawberry.Parent[models.MergeMember]) -> strawberry.ID:
        """The member's global id."""
        return strawberry.ID(global_id(models.Customer, root.customer_id))

    @strawberry.field(
        description="The member's own name.", metadata={SOURCE: Computed(identities.MEMBER_NAME)}
    )
    async def full_name(root: strawberry.Parent[models.MergeMember], info: strawberry.Info) -> str:
        """The name on the member's own row."""
        context: Context = info.context
        row: models.Customer = await context.loaders.row(models.Customer, root.customer_id)
        return row.full_name

    @strawberry.field(
        description="The ways to reach the customer that came with the member.",
        metadata={SOURCE: AllOf(identities.OF_MEMBER, key="customer_id")},
    )
    async def identities(
        root: strawberry.Parent[models.MergeMember], info: strawberry.Info
    ) -> list["ChannelIdentity"]:
        """The identities whose origin is the member."""
        loaders = info.context.loaders
        question = loaders.question(identities.OF_MEMBER)
        rows: list[ChannelIdentity] = (await loaders.page(question, root.customer_id)).rows
        return rows

    merged_at: datetime = strawberry.field(description="When the member was merged.")
    merged_by: User | None = reference("merged_by_id", models.User, "Who merged the member.")


@strawberry.type(description="A way to reach a customer: an identifier on a channel.")
class ChannelIdentity(Node):
    """A view over models.ChannelIdentity."""

    shows: ClassVar = models.ChannelIdentity

    channel: Channel = reference("channel_id", models.Channel, "The workspace's account.")
    kind: models.ChannelKind = strawberry.field(description="The platform.")
    identifier: str = strawberry.field(
        description="Who it is on the platform: E.164 for phone numbers."
    )
    username: str | None = strawberry.field(description="The name shown on the platform.")
    phone: str | None = strawberry.field(description="The phone number, E.164.")
    email: str | None = strawberry.field(description="The e-mail address.")
    connected_at: datetime = strawberry.field(description="When it was connected.")
    last_inbound_at: datetime | None = strawberry.field(
        description="When the customer last wrote this way."
    )

    @strawberry.field(
        description="Whether it is the customer's main one.",
        metadata={SOURCE: Computed(identities.IS_MAIN)},
    )
    async def is_main(
        root: strawberry.Parent[models.ChannelIdentity], info: strawberry.Info
    ) -> bool:
        """Whether the customer's row names it."""
        context: Context = info.context
        customer: models.Customer = await context.loaders.row(models.Customer, root.customer_id)
        return customer.main_identity_id == root.id

    @strawberry.field(
        description="The merged customer whom it came in with, if any.",
        metadata={
            SOURCE: FirstOf(
                merges.OF_MEMBER, "origin_customer_id", "p.origin_customer_id <> p.customer_id"
            )
        },
    )
    async def member(
        root: strawberry.Parent[models.ChannelIdentity], info: strawberry.Info
    ) -> MergeMember | None:
        """The membership of its origin."""
        found: Any = await customers.membership_of(info.context, root)
        return found  # type: ignore[no-any-return]
