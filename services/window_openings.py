"""What an inbound message does to its customer: it opens the window, whatever a job has seen."""

from datetime import datetime
from uuid import UUID

from models import ChannelKind, Customer, EventType, WindowStatus
from services.instants import written
from services.rows import update_row
from services.standing import count_window, is_shown
from services.transactions import Transaction
from services.windows import MessagingWindow, window_closed, window_of

FIRST_CONTACTED = """
    UPDATE customers SET first_contacted_at = least(first_contacted_at, $3)
    WHERE workspace_id = $1 AND id = $2"""


async def contacted(
    tx: Transaction,
    customer: Customer,
    kind: ChannelKind,
    at: datetime,
    *,
    inbound: bool,
    origin_id: UUID | None = None,
) -> None:
    """Note a message of `at` on a customer whom the transaction holds for changing.

    `origin_id` is the member of theirs whom it was exchanged with, if it was one, whom the
    transaction holds too: that is a first contact of the member's, to be theirs after unmerging.

    Any message may be the first contact. An inbound one on WhatsApp opens the window, with a
    WINDOW_OPENED event where it was closed at `tx.now`; one that comes too late opens nothing. The
    profile's version and last update are left alone: nobody edited it.
    """
    changed = await _own_contact(tx, customer, origin_id or customer.id, at)
    if customer.first_contacted_at is None or at < customer.first_contacted_at:
        customer.first_contacted_at = at
        changed.append("first_contacted_at")
    if inbound and kind is ChannelKind.WHATSAPP and _later(at, customer.last_inbound_at):
        _open(tx, customer, at)
        changed += ["last_inbound_at", "window_status"]
    await update_row(tx, customer, changed)


async def _own_contact(
    tx: Transaction, customer: Customer, origin_id: UUID, at: datetime
) -> list[str]:
    """Note the contact with whom it was, where it was one of several who are merged."""
    if not customer.member_count:
        return []
    if origin_id != customer.id:
        await tx.execute(FIRST_CONTACTED, tx.workspace_id, origin_id, at)
        return []
    own = customer.own_first_contacted_at
    customer.own_first_contacted_at = at if own is None else min(own, at)
    return ["own_first_contacted_at"]


def _later(at: datetime, before: datetime | None) -> bool:
    return before is None or at > before


def _open(tx: Transaction, customer: Customer, at: datetime) -> None:
    """Move the window to a later message, and record what that changes at `tx.now`."""
    hours = tx.workspace.window_hours
    before = window_of(customer.last_inbound_at, hours, tx.now)
    shown = is_shown(customer)
    if shown:
        count_window(tx, customer.window_status, customer.last_inbound_at, -1)
    after = window_of(at, hours, tx.now)
    if before.status is WindowStatus.PASSIVE and after.status is WindowStatus.ACTIVE:
        if customer.window_status is WindowStatus.ACTIVE:
            # The job has not yet told that the last one closed: openings and closings alternate.
            tx.record(EventType.WINDOW_CLOSED, customer.id, window_closed(before))
        tx.record(EventType.WINDOW_OPENED, customer.id, window_opened(after))
    customer.last_inbound_at = at
    if after.status is WindowStatus.ACTIVE:
        customer.window_status = WindowStatus.ACTIVE
    if shown:
        count_window(tx, customer.window_status, customer.last_inbound_at, 1)


def window_opened(window: MessagingWindow) -> dict[str, str | None]:
    """The payload of a WINDOW_OPENED event."""
    return {
        "lastInboundAt": written(window.last_inbound_at),
        "expiresAt": written(window.expires_at),
    }
