"""Tickets, as connected systems report them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models import PipelineKind, Priority, SlaStatus, Ticket, User
from models.base import new_id
from services.associations import TICKETS, associate_held, hold_associated
from services.given import UNSET, Given
from services.instants import checked_instant, past_instant
from services.records import (
    Upsert,
    begun_at,
    clean_external_id,
    find_record,
    refuse_early,
    write_record,
)
from services.references import require_rows
from services.stages import Place, place_in
from services.texts import clean_line, search_text
from services.transactions import Transaction

LONGEST_SUBJECT = 500


@dataclass(frozen=True, kw_only=True)
class TicketReport:
    """A ticket as a connected system has it. Left out stays as it is; None clears.

    A priority, an SLA status and an instant of making cannot be nothing: None leaves them.
    """

    external_id: str
    subject: str
    pipeline_id: Given[UUID | None] = UNSET
    stage_id: Given[UUID | None] = UNSET
    priority: Given[Priority | None] = UNSET
    sla_status: Given[SlaStatus | None] = UNSET
    sla_due_at: Given[datetime | None] = UNSET
    reporter_id: Given[UUID | None] = UNSET
    assignee_id: Given[UUID | None] = UNSET
    created_at: Given[datetime | None] = UNSET
    closed_at: Given[datetime | None] = UNSET
    customer_ids: Given[Sequence[UUID] | None] = UNSET


async def upsert_ticket(tx: Transaction, report: TicketReport) -> Ticket:
    """Write a ticket by its external id, and associate it with these customers too.

    A new one gets the workspace's next number, such as T-000042. Raises a Refusal at the API's name
    of the field: INVALID for a value that will not do, a stage of another pipeline, a close before
    the making; NOT_FOUND for a pipeline, stage, user or customer; and RetryTransaction where
    another transaction got in first.
    """
    external_id = clean_external_id(report.external_id)
    customers = await hold_associated(tx, report.customer_ids or ())
    users: dict[tuple[str, ...], UUID | None] = {
        ("reporterId",): report.reporter_id or None,
        ("assigneeId",): report.assignee_id or None,
    }
    await require_rows(tx, User, users)
    ticket = await find_record(tx, Ticket, external_id)
    upsert = Upsert(ticket or _new(tx, external_id), ticket is not None)
    row = upsert.row
    upsert.put("subject", clean_line(report.subject, "subject", most=LONGEST_SUBJECT))
    upsert.choose("priority", report.priority)
    upsert.choose("sla_status", report.sla_status)
    upsert.put("reporter_id", report.reporter_id)
    upsert.put("assignee_id", report.assignee_id)
    before = Place(row.pipeline_id, row.stage_id)
    place = await place_in(tx, PipelineKind.TICKET, report.pipeline_id, report.stage_id, before)
    row.pipeline_id, row.stage_id = place.pipeline_id, place.stage_id
    _put_instants(tx, upsert, report)
    if not upsert.known:
        row.number = f"T-{await tx.next_number('tickets'):06d}"
    row.search_text = search_text(row.number, row.subject, external_id)
    await write_record(tx, upsert)
    await associate_held(tx, TICKETS, row.id, customers)
    return row


def _put_instants(tx: Transaction, upsert: Upsert[Ticket], report: TicketReport) -> None:
    due, closed = report.sla_due_at, report.closed_at
    upsert.put("sla_due_at", checked_instant(due, "slaDueAt") if due else due)
    upsert.put("closed_at", past_instant(closed, tx.now, "closedAt") if closed else closed)
    begun_at(tx, upsert, report.created_at, [report.closed_at])
    refuse_early(upsert.row, "closed_at", "closedAt")


def _new(tx: Transaction, external_id: str) -> Ticket:
    return Ticket(
        id=new_id(),
        workspace_id=tx.workspace_id,
        external_id=external_id,
        created_at=tx.now,
        updated_at=tx.now,
    )
