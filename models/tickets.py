"""Tickets: what customers asked for help with."""

from enum import StrEnum

from tortoise import fields

from models.base import WorkspaceModel, reference
from models.pipelines import Priority


class SlaStatus(StrEnum):
    """Whether the promised time of a ticket is kept."""

    ON_TRACK = "ON_TRACK"
    DUE_SOON = "DUE_SOON"
    BREACHED = "BREACHED"
    MET = "MET"


class Ticket(WorkspaceModel):
    """A request for help."""

    external_id = fields.CharField(max_length=255, null=True)
    number = fields.CharField(max_length=32)
    subject = fields.CharField(max_length=500)
    pipeline_id = reference("pipelines", null=True)
    stage_id = reference("stages", null=True)
    priority = fields.CharEnumField(Priority, max_length=8, default=Priority.MEDIUM)
    sla_status = fields.CharEnumField(SlaStatus, max_length=16, default=SlaStatus.ON_TRACK)
    sla_due_at = fields.DatetimeField(null=True)
    reporter_id = reference("users", null=True)
    assignee_id = reference("users", null=True)
    search_text = fields.TextField()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "tickets"


class CustomerTicket(WorkspaceModel):
    """A ticket concerns a customer."""

    customer_id = reference("customers")
    origin_customer_id = reference("customers")
    ticket_id = reference("tickets")
    created_at = fields.DatetimeField()

    class Meta:
        table = "customer_tickets"
