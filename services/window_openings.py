"""What an inbound message does to its customer: it opens the window, whatever a job has seen."""

from datetime import datetime

from models import ChannelKind, Customer, EventType, WindowStatus
from services.instants import written
from services.rows import update_row
from services.transactions import Transaction
from services.windows import MessagingWindow, window_closed, window_of


async def contacted(
    tx: Transaction, customer: Customer, kind: ChannelKind, at: datetime, *, inbound: bool
) -> None:
    """Note a message of `at` on a customer whom the transaction holds for changing.

    Any message may be the first contact. An inbound one on WhatsApp opens the window, with a
    WINDOW_OPENED event where it was closed at `tx.now`; one that comes too late opens nothing. The
    profile's version and last update are left alone: nobody edited it.
    """
    changed = []
    if customer.first_contacted_at is None or at < customer.first_contacted_at:
        customer.first_contacted_at = at
        changed.append("first_contacted_at")
    if inbound and kind is ChannelKind.WHATSAPP and _later(at, customer.last_inbound_at):
        _open(tx, customer, at)
        changed += ["last_inbound_at", "window_status"]
    await update_row(tx, customer, changed)


def _later(at: datetime, before: datetime | None) -> bool:
    return before is None or at > before


def _open(tx: Transaction, customer: Customer, at: datetime) -> None:
    """Move the window to a later message, and record what that changes at `tx.now`."""
    hours = tx.workspace.window_hours
    before = window_of(customer.last_inbound_at, hours, tx.now)
    after = window_of(at, hours, tx.now)
    if before.status is WindowStatus.PASSIVE and after.status is WindowStatus.ACTIVE:
        if customer.window_status is WindowStatus.ACTIVE:
            # The job has not yet told that the last one closed: openings and closings alternate.
            tx.record(EventType.WINDOW_CLOSED, customer.id, window_closed(before))
        tx.record(EventType.WINDOW_OPENED, customer.id, window_opened(after))
    customer.last_inbound_at = at
    if after.status is WindowStatus.ACTIVE:
        customer.window_status = WindowStatus.ACTIVE


def window_opened(window: MessagingWindow) -> dict[str, str | None]:
    """The payload of a WINDOW_OPENED event."""
    return {
        "lastInboundAt": written(window.last_inbound_at),
        "expiresAt": written(window.expires_at),
    }
