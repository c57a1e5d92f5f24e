"""Orders, and what was bought with them."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

import strawberry

import models
from resolvers.loaders import orders
from schema.fields import every
from schema.nodes import Node


@strawberry.type(description="One product of an order.")
class OrderItem:
    """A view over models.OrderItem."""

    product: str = strawberry.field(description="The product's name.")
    sku: str | None = strawberry.field(description="The product's stock-keeping unit.")
    quantity: int = strawberry.field(description="How many were ordered.")
    unit_price: Decimal = strawberry.field(description="The price of one, in the order's currency.")


@strawberry.type(description="A purchase.")
class Order(Node):
    """A view over models.Order."""

    shows: ClassVar = models.Order

    external_id: str = strawberry.field(description="Its id in the connected system.")
    status: models.OrderStatus = strawberry.field(description="Where it stands.")
    total: Decimal = strawberry.field(description="What it costs in all, in its currency.")
    currency: str = strawberry.field(description="The ISO 4217 code of its currency.")
    ordered_at: datetime = strawberry.field(description="When it was ordered.")
    paid_at: datetime | None = strawberry.field(description="When it was paid.")
    items: list[OrderItem] = every(orders.ITEMS, "What was ordered.")


@strawberry.type(description="A product that a customer bought, over all paid orders.")
class ProductPurchase:
    """A product's sums."""

    product: str = strawberry.field(description="The product's name.")
    sku: str | None = strawberry.field(description="The product's stock-keeping unit.")
    times_bought: int = strawberry.field(description="In how many orders.")
    quantity: int = strawberry.field(description="How many of it.")
    spent: Decimal = strawberry.field(
        description="What was paid for it, in the workspace's currency; orders in others are not "
        "summed."
    )
    last_bought_at: datetime = strawberry.field(description="When it was last ordered.")
