"""Orders: what customers bought, as connected systems report it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from models import Order, OrderStatus
from models.base import new_id
from services.amounts import checked_amount
from services.currencies import order_currency
from services.errors import ErrorCode, Refusal, invalid
from services.given import UNSET, Given, given_or
from services.instants import checked_instant, given_instant
from services.lifetime_values import refresh_lifetime_value
from services.ownership import Owner, hold_owner, kept_origin
from services.rows import insert_row, update_row
from services.texts import clean_line, clean_optional_line
from services.transactions import RetryTransaction, Transaction
from services.workspaces import normalize_currency

MOST_ITEMS = 1_000
MOST_PIECES = 2**31 - 1

UPDATED = (
    "customer_id",
    "origin_customer_id",
    "status",
    "total",
    "currency",
    "ordered_at",
    "paid_at",
    "updated_at",
)
BY_EXTERNAL_ID = "SELECT * FROM orders WHERE workspace_id = $1 AND external_id = $2"
DELETE_ITEMS = "DELETE FROM order_items WHERE workspace_id = $1 AND order_id = $2"
INSERT_ITEMS = """
    INSERT INTO order_items
        (workspace_id, id, order_id, position, product, sku, quantity, unit_price)
    SELECT $1, i.id, $2, i.position, i.product, i.sku, i.quantity, i.unit_price
    FROM unnest($3::uuid[], $4::int[], $5::text[], $6::text[], $7::int[], $8::numeric[])
        AS i(id, position, product, sku, quantity, unit_price)
    ON CONFLICT (workspace_id, order_id, position) DO NOTHING"""


@dataclass(frozen=True, kw_only=True)
class OrderItemReport:
    """One product of an order."""

    product: str
    sku: str | None = None
    quantity: int
    unit_price: Decimal


@dataclass(frozen=True, kw_only=True)
class OrderReport:
    """An order as a connected system has it. What is left out stays as it is."""

    external_id: str
    customer_id: UUID
    status: OrderStatus
    total: Decimal
    currency: Given[str | None] = UNSET
    ordered_at: datetime
    paid_at: Given[datetime | None] = UNSET
    items: Given[Sequence[OrderItemReport] | None] = UNSET


async def upsert_order(tx: Transaction, report: OrderReport) -> Order:
    """Write an order by its external id, and its customers' lifetime values with it.

    - It belongs to the customer that its id stands for now; a deleted one too, who stays deleted:
      the sale has taken place. Reported of another customer, it moves there.
    - Without a currency it has the workspace's (see `order_currency`); a paid one without `paid_at`
      was paid when it was ordered.
    - Items, where given, are all its items; null or an empty list leaves none.

    Raises a Refusal: INVALID for an amount, quantity, currency or text that is none, NOT_FOUND for
    a customer of nobody here, LIMIT_EXCEEDED for more than 1,000 items. Raises RetryTransaction
    where another transaction has got in first: call it through `retrying`.
    """
    report = _checked(report)
    known = await _find(tx, report.external_id)
    before = [known.customer_id] if known else []
    owner = await hold_owner(tx, report.customer_id, "customerId", before=before)
    order = await _find(tx, report.external_id)
    if ([order.customer_id] if order else []) != before:
        raise RetryTransaction
    if order is None:
        order = await _insert(tx, report, owner)
    else:
        await _update(tx, order, report, owner)
    if report.items is not UNSET:
        await _replace_items(tx, order, report.items or [])
    await refresh_lifetime_value(tx, {owner.customer.id, *before})
    return order


def _checked(report: OrderReport) -> OrderReport:
    """The report in normal form; else a Refusal."""
    currency = given_or(report.currency, None)
    return replace(
        report,
        external_id=clean_line(report.external_id, "externalId", most=255),
        total=checked_amount(report.total, "total"),
        ordered_at=checked_instant(report.ordered_at, "orderedAt"),
        paid_at=given_instant(report.paid_at, "paidAt"),
        currency=UNSET if currency is None else normalize_currency(currency, "currency"),
        items=report.items if report.items is UNSET else _checked_items(report.items or []),
    )


def _checked_items(items: Sequence[OrderItemReport]) -> list[OrderItemReport]:
    if len(items) > MOST_ITEMS:
        raise Refusal(
            ErrorCode.LIMIT_EXCEEDED,
            f"An order has at most {MOST_ITEMS} items, and this one {len(items)}.",
            ("items",),
        )
    found = []
    for index, item in enumerate(items):
        path = ("items", str(index))
        if not 0 < item.quantity <= MOST_PIECES:
            raise invalid("quantity is out of range: give 1 or more.", *path, "quantity")
        found.append(
            OrderItemReport(
                product=clean_line(item.product, *path, "product"),
                sku=clean_optional_line(item.sku, *path, "sku", most=100),
                quantity=item.quantity,
                unit_price=checked_amount(item.unit_price, *path, "unitPrice"),
            )
        )
    return found


async def _find(tx: Transaction, external_id: str) -> Order | None:
    rows = await tx.fetch(BY_EXTERNAL_ID, tx.workspace_id, external_id)
    return Order._init_from_db(**rows[0]) if rows else None


async def _insert(tx: Transaction, report: OrderReport, owner: Owner) -> Order:
    order = Order(
        id=new_id(),
        workspace_id=tx.workspace_id,
        external_id=report.external_id,
        customer_id=owner.customer.id,
        origin_customer_id=owner.origin_id,
        status=report.status,
        total=report.total,
        currency=await order_currency(tx, given_or(report.currency, None)),
        ordered_at=report.ordered_at,
        paid_at=_paid_at(report, None),
        created_at=tx.now,
        updated_at=tx.now,
    )
    if not await insert_row(tx, order):
        raise RetryTransaction
    return order


async def _update(tx: Transaction, order: Order, report: OrderReport, owner: Owner) -> None:
    order.origin_customer_id = kept_origin(owner, order.customer_id, order.origin_customer_id)
    order.customer_id = owner.customer.id
    order.status = report.status
    order.total = report.total
    order.currency = given_or(report.currency, None) or order.currency
    order.ordered_at = report.ordered_at
    order.paid_at = _paid_at(report, order.paid_at)
    order.updated_at = tx.now
    await update_row(tx, order, UPDATED)


def _paid_at(report: OrderReport, before: datetime | None) -> datetime | None:
    """When the order was paid; a paid one always was at some time."""
    found = given_or(report.paid_at, before)
    if found is None and report.status is OrderStatus.PAID:
        return report.ordered_at
    return found


async def _replace_items(tx: Transaction, order: Order, items: Sequence[OrderItemReport]) -> None:
    """Have the order consist of these items, in this order, and of no others."""
    await tx.execute(DELETE_ITEMS, tx.workspace_id, order.id)
    if not items:
        return
    await tx.execute(
        INSERT_ITEMS,
        tx.workspace_id,
        order.id,
        [new_id() for _ in items],
        list(range(1, len(items) + 1)),
        [item.product for item in items],
        [item.sku for item in items],
        [item.quantity for item in items],
        [item.unit_price for item in items],
    )
