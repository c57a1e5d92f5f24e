"""Sales: a person's orders with their items, and what they have paid."""

from datetime import timedelta
from decimal import Decimal

import models
from models import OrderStatus
from services.demo import catalog
from services.demo.ids import Kind, part_id
from services.demo.journeys import Journey
from services.demo.sheets import Sheets
from services.demo.shops import CURRENCY

BUYERS = 0.55
MOST_ORDERS = 9
MOST_ITEMS = 3
STATUSES = (OrderStatus.PAID, OrderStatus.PENDING, OrderStatus.CANCELLED, OrderStatus.REFUNDED)
STATUS_SHARES = (80, 7, 8, 5)
WAS_PAID = frozenset({OrderStatus.PAID, OrderStatus.REFUNDED})


def add_sales(sheets: Sheets, journey: Journey) -> None:
    """Add a person's orders; the journey keeps the sum of those that are paid."""
    random = journey.random
    if random.random() > BUYERS:
        return
    count = 1
    while count < MOST_ORDERS and random.random() < 0.45:
        count += 1
    for place in range(count):
        add_order(sheets, journey, place)


def add_order(sheets: Sheets, journey: Journey, place: int) -> None:
    """Add one order with its items."""
    person, random = journey.person, journey.random
    id = part_id(Kind.ORDER, person.number, place)
    seconds = max(120, int(random.random() * person.seconds))
    ordered_at = journey.ago(seconds)
    status = random.choices(STATUSES, STATUS_SHARES)[0]
    paid_at = None
    if status in WAS_PAID:
        paid_at = ordered_at + timedelta(seconds=random.randrange(30, min(seconds, 7_200)))
    total = Decimal("0.00")
    for position, product in enumerate(
        random.sample(catalog.PRODUCTS, random.randrange(1, MOST_ITEMS + 1)), start=1
    ):
        quantity = random.choices((1, 2, 3, 5), (70, 20, 7, 3))[0]
        total += product.price * quantity
        sheets.add(
            models.OrderItem,
            id=part_id(Kind.ORDER_ITEM, person.number, place * MOST_ITEMS + position),
            order_id=id,
            position=position,
            product=product.name,
            sku=product.sku,
            quantity=quantity,
            unit_price=product.price,
        )
    sheets.add(
        models.Order,
        id=id,
        external_id=f"TN-{person.number:07d}-{place + 1}",
        customer_id=person.id,
        origin_customer_id=person.id,
        status=status,
        total=total,
        currency=CURRENCY,
        ordered_at=ordered_at,
        paid_at=paid_at,
        created_at=ordered_at,
        updated_at=paid_at or ordered_at,
    )
    if status is OrderStatus.PAID:
        journey.paid_orders += 1
        journey.lifetime_value += total
        newest = journey.last_order_seconds
        journey.last_order_seconds = seconds if newest is None else min(newest, seconds)
