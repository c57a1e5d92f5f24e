"""To whom a record belongs that a connected system reports of a customer by their id."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from models import Customer
from services.customers import CHANGED, held_customers
from services.errors import not_found
from services.transactions import Transaction


@dataclass(frozen=True)
class Owner:
    """The customer that a record belongs to, and the one that it came in with."""

    customer: Customer
    origin_id: UUID


async def hold_owner(
    tx: Transaction,
    customer_id: UUID,
    *field: str,
    lock: str = CHANGED,
    before: Iterable[UUID] = (),
) -> Owner:
    """The owner of a record that is reported of `customer_id`, held until the transaction's end.

    Reported of a customer who was merged away, it belongs to the main customer and keeps the member
    as its origin. A deleted customer may own: what happened, happened. `before` are the customers
    it belonged to, who are held with them, all in the order of ids. Raises a Refusal (NOT_FOUND) at
    `field` where the customer is unknown or erased.
    """
    held = await held_customers(tx, [customer_id, *before], lock)
    customer = held.get(customer_id)
    if customer is None or customer.erased_at is not None:
        raise not_found("customer", *field)
    return Owner(customer, customer_id)


def kept_origin(owner: Owner, customer_id: UUID, origin_id: UUID) -> UUID:
    """The origin of a record that is reported again.

    Connected systems may name the main customer once they have been merged: that moves nothing. It
    is another customer's, or another member's, only where that one is named.
    """
    if owner.customer.id == customer_id and owner.origin_id == customer_id:
        return origin_id
    return owner.origin_id
