"""Deals, as connected systems report them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from models import ApprovalStatus, Deal, PipelineKind, Priority, User
from models.base import new_id
from services.amounts import checked_amount
from services.associations import DEALS, associate_held, hold_associated
from services.currencies import FALLBACK
from services.errors import invalid
from services.given import UNSET, Given
from services.instants import FIRST_YEAR, LAST_YEAR, past_instant
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
from services.workspaces import normalize_currency


@dataclass(frozen=True, kw_only=True)
class DealReport:
    """A deal as a connected system has it. Left out stays as it is; None clears.

    A currency, a priority, an approval status and an instant of making cannot be nothing: None
    leaves them.
    """

    external_id: str
    name: str
    amount: Decimal
    currency: Given[str | None] = UNSET
    pipeline_id: Given[UUID | None] = UNSET
    stage_id: Given[UUID | None] = UNSET
    priority: Given[Priority | None] = UNSET
    approval_status: Given[ApprovalStatus | None] = UNSET
    owner_id: Given[UUID | None] = UNSET
    expected_close_on: Given[date | None] = UNSET
    created_at: Given[datetime | None] = UNSET
    closed_at: Given[datetime | None] = UNSET
    won: Given[bool | None] = UNSET
    customer_ids: Given[Sequence[UUID] | None] = UNSET


async def upsert_deal(tx: Transaction, report: DealReport) -> Deal:
    """Write a deal by its external id, and associate it with these customers too.

    A new one is in the workspace's currency unless told. One that is won or lost closes with it,
    now unless told; one that is neither any more is open again. Raises a Refusal at the API's name
    of the field: INVALID for a value that will not do, a stage of another pipeline, a close before
    the making; NOT_FOUND for a pipeline, stage, user or customer; and RetryTransaction where
    another transaction got in first.
    """
    external_id = clean_external_id(report.external_id)
    customers = await hold_associated(tx, report.customer_ids or ())
    await require_rows(tx, User, {("ownerId",): report.owner_id or None})
    deal = await find_record(tx, Deal, external_id)
    upsert = Upsert(deal or _new(tx, external_id), deal is not None)
    row = upsert.row
    upsert.put("name", clean_line(report.name, "name"))
    upsert.put("amount", checked_amount(report.amount, "amount"))
    if report.currency:
        upsert.put("currency", normalize_currency(report.currency, "currency"))
    upsert.choose("priority", report.priority)
    upsert.choose("approval_status", report.approval_status)
    upsert.put("owner_id", report.owner_id)
    before = Place(row.pipeline_id, row.stage_id)
    place = await place_in(tx, PipelineKind.DEAL, report.pipeline_id, report.stage_id, before)
    row.pipeline_id, row.stage_id = place.pipeline_id, place.stage_id
    _put_times(tx, upsert, report)
    row.search_text = search_text(row.name, external_id)
    await write_record(tx, upsert)
    await associate_held(tx, DEALS, row.id, customers)
    return row


def _put_times(tx: Transaction, upsert: Upsert[Deal], report: DealReport) -> None:
    row, day, closed = upsert.row, report.expected_close_on, report.closed_at
    if day and not FIRST_YEAR < day.year < LAST_YEAR:
        raise invalid(f"expectedCloseOn: the year {day.year} is out of range.", "expectedCloseOn")
    upsert.put("expected_close_on", day)
    upsert.put("won", report.won)
    if closed is not UNSET:
        row.closed_at = past_instant(closed, tx.now, "closedAt") if closed else None
    elif report.won is not UNSET:
        row.closed_at = None if report.won is None else row.closed_at or tx.now
    begun_at(tx, upsert, report.created_at, [row.closed_at])
    refuse_early(row, "closed_at", "closedAt")


def _new(tx: Transaction, external_id: str) -> Deal:
    return Deal(
        id=new_id(),
        workspace_id=tx.workspace_id,
        external_id=external_id,
        currency=tx.workspace.currency or FALLBACK,
        created_at=tx.now,
        updated_at=tx.now,
    )
