"""Erasing a customer: what names, reaches or describes a person is gone for good."""

from uuid import UUID

from models import ContactLogKind, Customer, EventType
from services.contact_logs import log_contact
from services.customer_updates import source_of
from services.customers import held_customers
from services.erasing.mentions import forget_mentions, forget_refusals, identifying_values
from services.erasing.tables import CLEARINGS
from services.errors import not_found
from services.transactions import RetryTransaction, Transaction

MAIN = """
    SELECT coalesce(merged_into_id, id) AS main_id FROM customers
    WHERE workspace_id = $1 AND id = $2"""
PERSON = """
    SELECT id FROM customers WHERE workspace_id = $1 AND (id = $2 OR merged_into_id = $2)
    ORDER BY id"""


async def erase_customer(tx: Transaction, customer_id: UUID) -> UUID:
    """Erase the person that an id stands for, with all who were merged into them; the main id.

    Their conversations, identities, history and memberships are deleted; their orders and campaign
    interactions stay as rows that name nobody, because sums need them; the contact log keeps its
    rows without the name. It cannot be undone: the ids answer like unknown ones from now on. The
    event CUSTOMER_ERASED says only that it happened. Demanded by UU PDP (Law 27 of 2022, articles
    8 and 43) and GDPR article 17. Raises a Refusal (NOT_FOUND) at `customerId` for one who is
    unknown or erased already.
    """
    customer, ids = await held_person(tx, customer_id)
    if customer.deleted_at is None:
        await log_contact(tx, ContactLogKind.DELETED, customer, source_of(tx))
    values = await identifying_values(tx, ids)
    await forget_mentions(tx, ids, values)
    await forget_refusals(tx, values)
    for clearing in CLEARINGS:
        timed = "$3" in clearing.statement
        await tx.execute(clearing.statement, tx.workspace_id, ids, *([tx.now] if timed else []))
    tx.record(EventType.CUSTOMER_ERASED, customer.id)
    return customer.id


async def held_person(tx: Transaction, customer_id: UUID) -> tuple[Customer, list[UUID]]:
    """The main customer that an id stands for, and the ids of them and all members, all held.

    Rows are locked in the order of ids, as merging does. Raises a Refusal (NOT_FOUND) at
    `customerId` where nobody is, and RetryTransaction where a merge has got in between.
    """
    rows = await tx.fetch(MAIN, tx.workspace_id, customer_id)
    main_id = rows[0]["main_id"] if rows else customer_id
    ids = await _person(tx, main_id)
    held = await held_customers(tx, ids)
    if await _person(tx, main_id) != ids or any(one.id != main_id for one in held.values()):
        raise RetryTransaction
    main = held.get(main_id)
    if main is None or main.erased_at is not None:
        raise not_found("customer", "customerId")
    return main, ids


async def _person(tx: Transaction, main_id: UUID) -> list[UUID]:
    return [row["id"] for row in await tx.fetch(PERSON, tx.workspace_id, main_id)]
