"""Standing: what each customer counts as, and when that changes.

A customer counts while shown: neither deleted nor merged away. They count as productive with a paid
order, and as active by `window_status`, which a job takes back after their window has closed. That
closing is counted on the day on which the window closed, whenever it was seen; readers take off
those whose closing nobody has seen yet (`services.monitoring`).
"""

from collections.abc import Iterable
from datetime import datetime

from models import Customer, WindowStatus
from services.audience_sizes import count_audiences
from services.monitoring_days import count_standing
from services.transactions import Transaction
from services.windows import window_of


async def leave_counts(tx: Transaction, customers: Iterable[Customer]) -> None:
    """Have customers counted no more, as they are before they are deleted, merged or parted.

    `join_counts` counts them again as they are afterwards. The transaction holds them.
    """
    await _count(tx, customers, -1)


async def join_counts(tx: Transaction, customers: Iterable[Customer]) -> None:
    """Have customers counted as they are now: new ones, and those whom `leave_counts` took off."""
    await _count(tx, customers, 1)


async def _count(tx: Transaction, customers: Iterable[Customer], sign: int) -> None:
    found = [one for one in customers if is_shown(one)]
    for one in found:
        count_as(tx, one, sign)
    await count_audiences(tx, [one.id for one in found], sign)


def count_as(tx: Transaction, customer: Customer, sign: int) -> None:
    """Add (1) or take off (-1) what a shown customer counts as, but in groups and segments."""
    today = {"total": sign}
    if customer.paid_order_count > 0:
        today["productive"] = sign
    count_standing(tx, tx.now, today)
    count_window(tx, customer.window_status, customer.last_inbound_at, sign)


def count_window(
    tx: Transaction, status: WindowStatus, last_inbound_at: datetime | None, sign: int
) -> None:
    """Add or take off what a shown customer's window counts as.

    Of a window that has closed unseen, that is on the day on which it closed: so it has counted
    until then, and what follows takes off what is there.
    """
    if status is not WindowStatus.ACTIVE:
        return
    window = window_of(last_inbound_at, tx.workspace.window_hours, tx.now)
    at = tx.now if window.expires_at is None else min(tx.now, window.expires_at)
    count_standing(tx, at, {"active": sign})


def is_shown(customer: Customer) -> bool:
    """Whether lists show a customer, so that they count."""
    return customer.deleted_at is None and customer.merged_into_id is None


def count_added(tx: Transaction, number: int) -> None:
    """Count so many new customers who have neither written nor bought."""
    count_standing(tx, tx.now, {"total": number})


def count_productive(tx: Transaction, number: int) -> None:
    """Count so many shown customers more (or fewer) who have paid for an order."""
    count_standing(tx, tx.now, {"productive": number})
