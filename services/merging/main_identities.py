"""Main identities: which of the ways to reach a customer is theirs first of all."""

from uuid import UUID

from models import ChannelIdentity, Customer
from services.customers import CHANGED, held_customers, refuse_dead
from services.errors import invalid, not_found
from services.merged_values import COLUMNS, MAIN_IDENTITY, MERGE_OF, read_stacks, write_stacks
from services.merging.derived import tell_main_identity
from services.rows import update_row
from services.transactions import Transaction

IDENTITY = "SELECT * FROM channel_identities WHERE workspace_id = $1 AND id = $2"


async def set_main_identity(tx: Transaction, customer_id: UUID, identity_id: UUID) -> Customer:
    """Have the customer that `customer_id` stands for be reached by one of their identities first.

    It changes no id, no version and no last update: nobody edited the profile. An identity that
    came in with a member goes with them when they are unmerged; what was the main one before is
    then again. Nothing happens, and no event, where it is the main one already.

    Raises a Refusal: NOT_FOUND at `customerId` for one who is unknown or deleted, NOT_FOUND at
    `identityId` for an unknown identity, INVALID at `identityId` for another customer's.
    """
    customer = (await held_customers(tx, [customer_id], CHANGED)).get(customer_id)
    refuse_dead(customer, "customerId")
    assert customer is not None
    identity = await _identity_of(tx, customer, identity_id)
    if customer.main_identity_id == identity.id:
        return customer
    stacks = (await read_stacks(tx, [customer]))[customer.id]
    if identity.origin_customer_id == customer.id:
        stacks.edit(MAIN_IDENTITY, str(identity.id))
    else:
        [row] = await tx.fetch(MERGE_OF, tx.workspace_id, identity.origin_customer_id)
        giver_id = identity.origin_customer_id
        stacks.lay(row["merge_id"], giver_id, MAIN_IDENTITY, str(identity.id))
    await write_stacks(tx, [stacks])
    await update_row(tx, customer, [COLUMNS[MAIN_IDENTITY]])
    tell_main_identity(tx, customer)
    return customer


async def _identity_of(tx: Transaction, customer: Customer, id: UUID) -> ChannelIdentity:
    rows = await tx.fetch(IDENTITY, tx.workspace_id, id)
    if not rows:
        raise not_found("channel identity", "identityId")
    identity = ChannelIdentity._init_from_db(**rows[0])
    if identity.customer_id != customer.id:
        raise invalid("This identity is another customer's.", "identityId")
    return identity
