"""Adding some customers in one transaction: each by itself, so that a bad one spoils no other."""

from collections.abc import Mapping
from contextlib import suppress

from models import Customer
from services.contact_owners import in_turn
from services.contacts import normalize_email, normalize_phone
from services.customer_additions import add_customer
from services.customer_fields import NewCustomer
from services.errors import Refusal
from services.transactions import Transaction

Added = Customer | Refusal


async def add_each(
    tx: Transaction, new: Mapping[int, tuple[NewCustomer, str | None]]
) -> dict[int, Added]:
    """Add customers, each with an idempotency key or None; by number who was added, or why not.

    The Refusal of each is that of `add_customer`. Contacts are locked first and all at once, so
    that two such transactions wait for each other and do not meet crosswise.
    """
    await in_turn(tx, _contacts(tx, new))
    found: dict[int, Added] = {}
    for number, (customer, key) in new.items():
        try:
            async with tx.attempt():
                found[number] = await add_customer(tx, customer, key)
        except Refusal as refusal:
            found[number] = refusal
    return found


def _contacts(tx: Transaction, new: Mapping[int, tuple[NewCustomer, str | None]]) -> set[str]:
    """The contacts that will be written, as far as they are any."""
    contacts: set[str] = set()
    country = tx.workspace.default_country
    for customer, _ in new.values():
        phone, email = customer.phone, customer.email
        with suppress(Refusal):
            if isinstance(phone, str) and phone.strip():
                contacts.add(normalize_phone(phone, country, "phone"))
        with suppress(Refusal):
            if isinstance(email, str) and email.strip():
                contacts.add(normalize_email(email, "email").lower())
    return contacts
