"""Adding a customer who is typed in, or told by a connected system."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from models import Acquisition, ContactLogKind, Customer, EventType, LogSource, PropertyDefinition
from models.base import new_id
from services.contact_logs import log_contact
from services.contact_owners import refuse_owned
from services.customer_channels import connect_channel, identifier_on
from services.customer_fields import CustomerFields, NewCustomer, check_references, clean_fields
from services.customers import insert_customer
from services.given import UNSET
from services.idempotency import claim_key
from services.memberships import GROUPS, TAGS, replace_memberships
from services.properties import list_properties, read_entries, require_values
from services.property_indexes import write_property_index
from services.segments.changes import note_change
from services.transactions import Transaction

# CASE and no coalesce(): that is not taken for leakproof, so that no index would serve the join.
NOW_STANDS_FOR = """
    SELECT m.* FROM customers c
    JOIN customers m ON m.workspace_id = $1
        AND m.id = CASE WHEN c.merged_into_id IS NULL THEN c.id ELSE c.merged_into_id END
    WHERE c.workspace_id = $1 AND c.id = $2"""


async def add_customer(
    tx: Transaction,
    new: NewCustomer,
    idempotency_key: str | None = None,
    acquisition: Acquisition | None = None,
) -> Customer:
    """Add a customer, with their channel identity, groups, tags and custom properties.

    A user's customer is MANUAL and a key's is API, unless `acquisition` says otherwise. With a
    channel they get an identity on the workspace's default channel of its kind, and it as their
    source. Repeated with the same key, the call answers with the customer of the first one, as
    they are now, and changes nothing.

    Raises a Refusal at the API's name of the field: INVALID for a value that will not do, a
    required property that is missing, a channel without its identifier; NOT_FOUND for a user, group
    or tag that is not there; DUPLICATE, naming the customer, where another has the external id, the
    channel identity or, unless `new.allow_duplicate`, the phone or the e-mail; CONFLICT for a key
    that was used with another input.
    """
    id = new_id()
    if idempotency_key is not None:
        first = await claim_key(tx, "addCustomer", idempotency_key, [new, acquisition], id)
        if first is not None:
            return await customer_now(tx, first)
    country = tx.workspace.default_country
    values = clean_fields(replace(new, full_name=new.full_name or None), country)
    kind = values.get("source")
    identifier = identifier_on(kind, values, country) if kind else None
    await check_references(tx, new)
    definitions, properties = await read_properties(tx, new)
    require_values(definitions, properties, "properties")
    if not new.allow_duplicate:
        await refuse_owned(tx, values.get("phone"), values.get("email"))
    customer = Customer(
        id=id,
        workspace_id=tx.workspace_id,
        properties={key: value for key, value in properties.items() if value is not None},
        acquisition=acquisition or acquisition_of(tx),
        added_by_id=tx.actor.user_id if tx.actor else None,
        created_at=tx.now,
        updated_at=tx.now,
        **values,
    )
    await insert_customer(tx, customer, [identifier] if identifier else ())
    if kind and identifier:
        await connect_channel(tx, customer, kind, identifier)
    for membership, ids in ((GROUPS, new.group_ids), (TAGS, new.tag_ids)):
        if ids:
            await replace_memberships(tx, customer, membership, ids)
    await write_property_index(tx, definitions, {id: customer.properties}, fresh=True)
    await _tell(tx, customer)
    return customer


async def _tell(tx: Transaction, customer: Customer) -> None:
    """Write the contact log and the event of a customer who was added."""
    note_change(tx, [customer.id])
    source = LogSource(customer.acquisition.value)
    await log_contact(tx, ContactLogKind.ADDED, customer, source, customer.source)
    kind = customer.source.value if customer.source else None
    payload = {"acquisition": customer.acquisition.value, "source": kind}
    tx.record(EventType.CUSTOMER_ADDED, customer.id, payload)


def acquisition_of(tx: Transaction) -> Acquisition:
    """API where a key asks, MANUAL where a user does, or an operator."""
    by_key = tx.actor is not None and tx.actor.api_key_id is not None
    return Acquisition.API if by_key else Acquisition.MANUAL


async def read_properties(
    tx: Transaction, given: CustomerFields
) -> tuple[Sequence[PropertyDefinition], dict[str, Any]]:
    """The workspace's custom properties, held where values of them are given, and the values."""
    entries = () if given.properties is UNSET else given.properties or ()
    definitions = await list_properties(tx, for_writing=bool(entries))
    return definitions, await read_entries(tx, definitions, entries)


async def customer_now(tx: Transaction, id: UUID) -> Customer:
    """The customer that an id, which the workspace is known to have, stands for now."""
    rows = await tx.fetch(NOW_STANDS_FOR, tx.workspace_id, id)
    return Customer._init_from_db(**rows[0])
