"""Deals: what customers may buy."""

from enum import StrEnum

from tortoise import fields

from models.base import WorkspaceModel, money, reference
from models.pipelines import Priority


class ApprovalStatus(StrEnum):
    """Whether someone has to agree to a deal, and did."""

    NOT_REQUIRED = "NOT_REQUIRED"
    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class Deal(WorkspaceModel):
    """A possible sale."""

    external_id = fields.CharField(max_length=255, null=True)
    name = fields.CharField(max_length=200)
    amount = money()
    currency = fields.CharField(max_length=3)
    pipeline_id = reference("pipelines", null=True)
    stage_id = reference("stages", null=True)
    priority = fields.CharEnumField(Priority, max_length=8, default=Priority.MEDIUM)
    approval_status = fields.CharEnumField(
        ApprovalStatus, max_length=16, default=ApprovalStatus.NOT_REQUIRED
    )
    owner_id = reference("users", null=True)
    expected_close_on = fields.DateField(null=True)
    closed_at = fields.DatetimeField(null=True)
    won = fields.BooleanField(null=True)
    search_text = fields.TextField()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "deals"


class CustomerDeal(WorkspaceModel):
    """A deal is with a customer."""

    customer_id = reference("customers")
    origin_customer_id = reference("customers")
    deal_id = reference("deals")
    created_at = fields.DatetimeField()

    class Meta:
        table = "customer_deals"
