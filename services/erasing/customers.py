"""Erasing a customer: what names, reaches or describes a person is gone for good."""

from uuid import UUID

from models import ContactLogKind, EventType
from services.contact_logs import log_contact
from services.customer_updates import source_of
from services.erasing.mentions import forget_mentions, forget_refusals, identifying_values
from services.erasing.tables import CLEARINGS
from services.errors import not_found
from services.merging.families import hold_families
from services.standing import leave_counts
from services.transactions import Transaction


async def erase_customer(tx: Transaction, customer_id: UUID) -> UUID:
    """Erase the person that an id stands for, with all who were merged into them; the main id.

    Their conversations, identities, history and memberships are deleted; their orders and campaign
    interactions stay as rows that name nobody, because sums need them; the contact log keeps its
    rows without the name. It cannot be undone: the ids answer like unknown ones from now on. The
    event CUSTOMER_ERASED says only that it happened. Demanded by UU PDP (Law 27 of 2022, articles
    8 and 43) and GDPR article 17. Raises a Refusal (NOT_FOUND) at `customerId` for one who is
    unknown or erased already; RetryTransaction where a merge has got in first.
    """
    families = await hold_families(tx, [customer_id])
    customer = families.standing(customer_id)
    if customer is None or customer.erased_at is not None:
        raise not_found("customer", "customerId")
    ids = [customer.id, *(member.id for member in families.members(customer.id))]
    if customer.deleted_at is None:
        await leave_counts(tx, [customer])
        await log_contact(tx, ContactLogKind.DELETED, customer, source_of(tx))
    values = await identifying_values(tx, ids)
    await forget_mentions(tx, ids, values)
    await forget_refusals(tx, values)
    for clearing in CLEARINGS:
        timed = "$3" in clearing.statement
        await tx.execute(clearing.statement, tx.workspace_id, ids, *([tx.now] if timed else []))
    tx.record(EventType.CUSTOMER_ERASED, customer.id)
    return customer.id
