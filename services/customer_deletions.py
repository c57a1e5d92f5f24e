"""Deleting a customer softly, and bringing them back."""

from uuid import UUID

from models import ChannelKind, ContactLogKind, Customer, EventType, LogSource
from services.contact_logs import log_contact
from services.customer_updates import source_of
from services.customers import held_customers, hold_customer
from services.errors import not_found
from services.rows import update_row
from services.segments.changes import note_change
from services.standing import join_counts, leave_counts
from services.transactions import Transaction


async def delete_customer(tx: Transaction, customer_id: UUID) -> Customer:
    """Delete the customer that an id stands for: a merged one's main one, with all its members.

    They leave every list, count and audience at the commit; their records, their identities and
    their row in the contact log stay, and `restore_customer` undoes it whole. Raises a Refusal
    (NOT_FOUND) at `customerId` for one who is unknown or deleted already.
    """
    customer = await hold_customer(tx, customer_id, "customerId")
    await leave_counts(tx, [customer])
    customer.deleted_at = tx.now
    await update_row(tx, customer, ["deleted_at"])
    note_change(tx, [customer.id])
    await log_contact(tx, ContactLogKind.DELETED, customer, source_of(tx))
    tx.record(EventType.CUSTOMER_DELETED, customer.id)
    return customer


async def restore_customer(
    tx: Transaction,
    customer_id: UUID,
    source: LogSource | None = None,
    channel: ChannelKind | None = None,
) -> Customer:
    """Bring back the deleted customer that an id stands for; one who lives stays as they are.

    `source` and `channel` say by what, where it is not the actor who asks for it. Raises a Refusal
    (NOT_FOUND) at `customerId` for one who is unknown or erased.
    """
    customer = (await held_customers(tx, [customer_id])).get(customer_id)
    if customer is None or customer.erased_at is not None:
        raise not_found("customer", "customerId")
    if customer.deleted_at is None:
        return customer
    customer.deleted_at = None
    await update_row(tx, customer, ["deleted_at"])
    await join_counts(tx, [customer])
    note_change(tx, [customer.id])
    await log_contact(tx, ContactLogKind.RESTORED, customer, source or source_of(tx), channel)
    tx.record(EventType.CUSTOMER_RESTORED, customer.id)
    return customer
