"""Customers as rows: finding and holding the one that an id stands for, and writing a new one."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from models import Customer
from services.errors import ErrorCode, Refusal, not_found
from services.rows import insert_row
from services.standing import count_as
from services.texts import fold, search_text
from services.transactions import RetryTransaction, Transaction

WHERE_THEY_STAND = """
    SELECT id, coalesce(merged_into_id, id) AS main_id FROM customers
    WHERE workspace_id = $1 AND id = ANY($2::uuid[])"""
HOLD = "SELECT * FROM customers WHERE workspace_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR "
HELD = "SHARE"
CHANGED = "NO KEY UPDATE"


def searchable(customer: Customer, identifiers: Iterable[str] = ()) -> str:
    """What `customers(search:)` looks into: the name, phone, e-mail, username, external id and the
    identifiers of the customer's channel identities, folded; each phone as its digits. Every word
    stands between spaces, so that a search can ask for its beginning and its end."""
    return searchable_text(
        customer.full_name,
        customer.phone,
        customer.email,
        customer.username,
        customer.external_id,
        *identifiers,
    )


def searchable_text(*parts: str | None) -> str:
    """`searchable` from the values themselves, in its order, for many customers at once."""
    found = search_text(*dict.fromkeys(part.removeprefix("+") if part else part for part in parts))
    return f" {found} "


async def insert_customer(
    tx: Transaction, customer: Customer, identifiers: Iterable[str] = ()
) -> None:
    """Write a new customer with the texts that they are sorted and searched by.

    `identifiers` are those of the channel identities that they come with. Raises a Refusal
    (DUPLICATE) where another customer has the external id, deleted and merged ones included.
    """
    customer.name_key = fold(customer.full_name)[:400]
    customer.search_text = searchable(customer, identifiers)
    if not await insert_row(tx, customer):
        await refuse_external_id(tx, customer)
    count_as(tx, customer, 1)


async def refuse_external_id(tx: Transaction, customer: Customer) -> None:
    """Raise the Refusal (DUPLICATE) that names who has this customer's external id, if any has."""
    if customer.external_id is None:
        return
    holder = (
        await Customer.filter(workspace_id=tx.workspace_id, external_id=customer.external_id)
        .using_db(tx.connection)
        .exclude(id=customer.id)
        .first()
    )
    if holder is None:
        return
    raise Refusal(
        ErrorCode.DUPLICATE,
        "Another customer has this externalId.",
        ("externalId",),
        (Customer, holder.merged_into_id or holder.id),
    )


async def hold_customers(
    tx: Transaction, ids: Sequence[UUID], *field: str, lock: str = HELD
) -> dict[UUID, Customer]:
    """The customer that each id stands for now, held as they are until the transaction's end.

    An id that was merged away stands for its main customer. With `lock=CHANGED` they may be
    changed; otherwise others may hold them too. Rows are locked in the order of ids, as merging
    does. Raises a Refusal (NOT_FOUND) at `field` and the index for an id that is unknown, erased or
    deleted, and RetryTransaction where merges keep overtaking.
    """
    found = await held_customers(tx, ids, lock)
    for index, id in enumerate(ids):
        refuse_dead(found.get(id), *field, str(index))
    return found


async def hold_customer(tx: Transaction, id: UUID, *field: str, lock: str = CHANGED) -> Customer:
    """The customer that `id` stands for now, held for changing; see `hold_customers`."""
    customer = (await held_customers(tx, [id], lock)).get(id)
    refuse_dead(customer, *field)
    assert customer is not None
    return customer


async def held_customers(
    tx: Transaction, ids: Sequence[UUID], lock: str = CHANGED
) -> dict[UUID, Customer]:
    """The customer that each id stands for now, held, deleted and erased ones too.

    Ids that are unknown are left out. Raises RetryTransaction where merges keep overtaking.
    """
    for _ in range(5):
        known = {
            row["id"]: row["main_id"]
            for row in await tx.fetch(WHERE_THEY_STAND, tx.workspace_id, list(ids))
        }
        locked = await tx.fetch(HOLD + lock, tx.workspace_id, list({*known, *known.values()}))
        rows = {row["id"]: Customer._init_from_db(**row) for row in locked}
        if all((rows[id].merged_into_id or id) == main for id, main in known.items()):
            return {id: rows[main] for id, main in known.items()}
    raise RetryTransaction


def refuse_dead(customer: Customer | None, *field: str) -> None:
    """Raise a Refusal (NOT_FOUND) where there is no such customer, or they are deleted."""
    if customer is None or customer.erased_at is not None:
        raise not_found("customer", *field)
    if customer.deleted_at is not None:
        raise Refusal(
            ErrorCode.NOT_FOUND,
            "This customer is deleted; restoreCustomer brings them back.",
            field,
        )
