"""The channel that is named when a customer is typed in: it becomes an identity of theirs."""

from collections.abc import Mapping
from typing import Any

from models import ChannelIdentity, ChannelKind, Customer
from services.channels import find_channel
from services.contacts import PHONE_KINDS, normalize_identifier
from services.errors import ErrorCode, Refusal, invalid
from services.identities import connect_identity, find_identity
from services.transactions import Transaction


def identifying_field(kind: ChannelKind) -> str:
    """The field that says who somebody is on a channel of this kind: `phone` for WHATSAPP, SMS and
    PHONE, `email` for EMAIL, `username` for the rest."""
    if kind in PHONE_KINDS:
        return "phone"
    return "email" if kind is ChannelKind.EMAIL else "username"


def identifier_on(kind: ChannelKind, values: Mapping[str, Any], country: str) -> str:
    """The identifier on a channel that a customer's values give.

    Raises a Refusal (INVALID) at the field that is needed and has no value.
    """
    field = identifying_field(kind)
    value = values.get(field)
    if not value:
        raise invalid(f"{field}: the channel {kind.value} needs it.", field)
    return normalize_identifier(kind, value, country, field)


async def connect_channel(
    tx: Transaction, customer: Customer, kind: ChannelKind, identifier: str
) -> ChannelIdentity | None:
    """Connect a customer whom the transaction holds to the workspace's default channel of a kind.

    Returns the new identity, None where it was connected already. Raises a Refusal (DUPLICATE) at
    the identifying field where the identity is another customer's, deleted or not: an identity
    belongs to one.
    """
    channel = await find_channel(tx, kind)
    identity = await find_identity(tx, channel, identifier)
    if identity is None:
        named = identifying_field(kind) == "username"
        username = identifier if named else customer.username
        return await connect_identity(tx, customer, channel, identifier, username, at=tx.now)
    if identity.customer_id == customer.id:
        return None
    raise Refusal(
        ErrorCode.DUPLICATE,
        f"Another customer is connected to the channel {kind.value} with this "
        f"{identifying_field(kind)}.",
        (identifying_field(kind),),
        (Customer, identity.customer_id),
    )
