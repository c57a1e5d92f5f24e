"""Orders: what customers bought."""

from enum import StrEnum

from tortoise import fields

from models.base import WorkspaceModel, money, reference


class OrderStatus(StrEnum):
    """Where an order stands. Only a paid one counts into its customer's lifetime value."""

    PENDING = "PENDING"
    PAID = "PAID"
    CANCELLED = "CANCELLED"
    REFUNDED = "REFUNDED"


class Order(WorkspaceModel):
    """A purchase."""

    external_id = fields.CharField(max_length=255)
    customer_id = reference("customers")
    origin_customer_id = reference("customers")
    status = fields.CharEnumField(OrderStatus, max_length=16)
    total = money()
    currency = fields.CharField(max_length=3)
    ordered_at = fields.DatetimeField()
    paid_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "orders"


class OrderItem(WorkspaceModel):
    """One product of an order."""

    order_id = reference("orders")
    position = fields.IntField()
    product = fields.CharField(max_length=200)
    sku = fields.CharField(max_length=100, null=True)
    quantity = fields.IntField()
    unit_price = money()

    class Meta:
        table = "order_items"
