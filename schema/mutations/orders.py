"""Mutations of orders."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry

import models
from resolvers.context import Context
from resolvers.ids import parse_id
from schema.givens import LEFT_OUT, given, given_or_none
from schema.orders import Order
from schema.payloads import Payload, change
from services.given import UNSET, Given
from services.orders import OrderItemReport, OrderReport, upsert_order
from services.transactions import Transaction


@strawberry.input(description="One product of an order.")
class OrderItemInput:
    """A product."""

    product: str = strawberry.field(description="The product's name.")
    sku: str | None = strawberry.field(
        default=LEFT_OUT, description="The product's stock-keeping unit."
    )
    quantity: int = strawberry.field(description="How many: 1 or more.")
    unit_price: Decimal = strawberry.field(description="The price of one, in the order's currency.")


@strawberry.input(description="An order, as a connected system has it.")
class OrderInput:
    """An order."""

    external_id: str = strawberry.field(
        description="Its id in the connected system: what it is known by."
    )
    customer_id: strawberry.ID = strawberry.field(
        description="Whose it is. One who was merged away stands for the main customer."
    )
    status: models.OrderStatus = strawberry.field(
        description="Where it stands. Only a PAID one counts into the lifetime value."
    )
    total: Decimal = strawberry.field(
        description="What it costs in all: 0 or more, with at most 2 decimals."
    )
    currency: str | None = strawberry.field(
        default=LEFT_OUT,
        description="ISO 4217. Left out of a new order it is the workspace's; a workspace without "
        "one takes that of its first order, or IDR.",
    )
    ordered_at: datetime = strawberry.field(description="When it was ordered.")
    paid_at: datetime | None = strawberry.field(
        default=LEFT_OUT, description="When it was paid; for a PAID one, orderedAt where untold."
    )
    items: list[OrderItemInput] | None = strawberry.field(
        default=LEFT_OUT,
        description="All that was ordered, at most 1,000 products. Null or empty leaves none.",
    )


@strawberry.type(description="The order as it is now.")
class OrderPayload(Payload):
    """What upsertOrder answers with."""

    order: Order | None = strawberry.field(default=None, description="The order.")


@strawberry.type
class OrderMutations:
    """Root fields about orders."""

    @strawberry.mutation(
        description="Write an order by its externalId, and its customer's lifetime value with it. "
        "What is left out stays as it is."
    )
    async def upsert_order(
        self,
        info: strawberry.Info,
        input: Annotated[OrderInput, strawberry.argument(description="The order.")],
    ) -> OrderPayload:
        """services.orders.upsert_order."""

        async def verb(_context: Context, tx: Transaction) -> dict[str, Any]:
            return {"order": await upsert_order(tx, order_report(input))}

        return await change(info, OrderPayload, verb)


def order_report(input: OrderInput) -> OrderReport:
    """The input with its ids read; a Refusal (INVALID) for one that is none."""
    return OrderReport(
        external_id=input.external_id,
        customer_id=parse_id(input.customer_id, models.Customer, "customerId"),
        status=input.status,
        total=input.total,
        currency=given(input.currency),
        ordered_at=input.ordered_at,
        paid_at=given(input.paid_at),
        items=item_reports(given(input.items)),
    )


def item_reports(items: Given[list[OrderItemInput] | None]) -> Given[list[OrderItemReport] | None]:
    """The products of an order."""
    if items is UNSET or items is None:
        return items
    return [
        OrderItemReport(
            product=item.product,
            sku=given_or_none(item.sku),
            quantity=item.quantity,
            unit_price=item.unit_price,
        )
        for item in items
    ]
