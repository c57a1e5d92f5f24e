"""Customers: the people whom a workspace knows, each held once."""

from enum import StrEnum
from typing import Any

from tortoise import fields

from models.base import WorkspaceModel, money, reference
from models.channels import ChannelKind


class CustomerStatus(StrEnum):
    """How far a customer is on the way to buying."""

    LEAD = "LEAD"
    PROSPECT = "PROSPECT"
    CUSTOMER = "CUSTOMER"
    CHURNED = "CHURNED"
    UNQUALIFIED = "UNQUALIFIED"


class Acquisition(StrEnum):
    """How a customer came into the workspace."""

    INBOUND = "INBOUND"
    MANUAL = "MANUAL"
    IMPORT = "IMPORT"
    API = "API"


class WindowStatus(StrEnum):
    """Whether a customer may be written to freely on WhatsApp now."""

    ACTIVE = "ACTIVE"
    PASSIVE = "PASSIVE"


class Customer(WorkspaceModel):
    """A person. Shown in lists while neither deleted nor merged into another customer."""

    external_id = fields.CharField(max_length=255, null=True)
    version = fields.IntField(default=1)
    full_name = fields.CharField(max_length=200)
    name_key = fields.CharField(max_length=400)
    """The name with case and accents folded: what lists are sorted by."""
    search_text = fields.TextField()
    """What `customers(search:)` looks into, case and accents folded."""
    owner_id = reference("users", null=True)
    assignee_id = reference("users", null=True)
    phone = fields.CharField(max_length=16, null=True)
    email = fields.CharField(max_length=320, null=True)
    username = fields.CharField(max_length=255, null=True)
    source = fields.CharEnumField(ChannelKind, max_length=32, null=True)
    status = fields.CharEnumField(CustomerStatus, max_length=16, null=True)
    job_title = fields.CharField(max_length=200, null=True)
    province = fields.CharField(max_length=200, null=True)
    regency_city = fields.CharField(max_length=200, null=True)
    district = fields.CharField(max_length=200, null=True)
    subdistrict = fields.CharField(max_length=200, null=True)
    zip_code = fields.CharField(max_length=16, null=True)
    properties: fields.JSONField[Any] = fields.JSONField(default=dict)
    """Custom values by the key of their property definition, in the form of their type."""
    acquisition = fields.CharEnumField(Acquisition, max_length=16)
    added_by_id = reference("users", null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    first_contacted_at = fields.DatetimeField(null=True)
    own_first_contacted_at = fields.DatetimeField(null=True)
    """A main customer's first contact without that of their members, whose rows keep their own.
    Nothing where there are no members: it is `first_contacted_at`."""
    deleted_at = fields.DatetimeField(null=True)
    erased_at = fields.DatetimeField(null=True)

    main_identity_id = reference("channel_identities", null=True)
    merged_into_id = reference("customers", null=True)
    member_count = fields.IntField(default=0)
    """How many customers are merged into this one."""

    last_inbound_at = fields.DatetimeField(null=True)
    """The latest inbound WhatsApp message: what the messaging window is computed from."""
    window_status = fields.CharEnumField(WindowStatus, max_length=8, default=WindowStatus.PASSIVE)
    """The window as the job has last seen it. Reads compute it from `last_inbound_at`."""
    paid_order_count = fields.IntField(default=0)
    lifetime_value = money(default=0)

    class Meta:
        table = "customers"
