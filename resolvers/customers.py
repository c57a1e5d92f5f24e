"""Customers: finding one, whatever id or identity they are asked for by; and what is about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import models
from models import ChannelKind, WindowStatus
from resolvers.context import Context
from resolvers.ids import parse_id
from resolvers.loaders import identities, merges, properties
from resolvers.loaders.batches import fetch
from resolvers.loaders.collections import OrderBy
from resolvers.loaders.customers import FIRST_OF_IDENTITY
from resolvers.loaders.property_filters import PropertyCondition
from resolvers.loaders.property_orders import property_order
from services.contacts import normalize_identifier
from services.errors import invalid
from services.property_filters import comparable
from services.views import why_not_custom

OF_IDENTITY = FIRST_OF_IDENTITY.format(kind="$2", identifier="$3")


async def standing_for(context: Context, id: UUID | None) -> models.Customer | None:
    """The customer that an id stands for: the main one where it was merged away.

    None where it is unknown or erased. A deleted customer is found: `deletedAt` says so.
    """
    row: models.Customer | None = await context.loaders.row(models.Customer, id)
    if row is not None and row.merged_into_id is not None:
        row = await context.loaders.row(models.Customer, row.merged_into_id)
    return row if row is not None and row.erased_at is None else None


async def customer(context: Context, id: str) -> models.Customer | None:
    """The customer of a global id. Raises a Refusal (INVALID) where it is none of a customer."""
    return await standing_for(context, parse_id(id, models.Customer, "id"))


async def customer_by_identity(
    context: Context, kind: ChannelKind, identifier: str
) -> models.Customer | None:
    """The customer who is reached by `identifier`, in any spelling, on a channel of this kind.

    Raises a Refusal (INVALID) where it can be none of this kind.
    """
    found = normalize_identifier(kind, identifier, context.workspace.default_country, "identifier")
    rows = await fetch(context, OF_IDENTITY, [context.workspace_id, kind.value, found])
    return await standing_for(context, rows[0]["customer_id"] if rows else None)


def customer_asked(_context: Context, values: dict[str, Any]) -> dict[str, tuple[Any, str]]:
    """What `customer(id:)` asks for, for a compiled plan; a Refusal (INVALID) like `customer`."""
    return {"id": (parse_id(values["id"], models.Customer, "id"), "uuid")}


def identity_asked(context: Context, values: dict[str, Any]) -> dict[str, tuple[Any, str]]:
    """What `customerByIdentity` asks for, for a compiled plan; a Refusal like it."""
    kind = values["channel"]
    country = context.workspace.default_country
    identifier = normalize_identifier(kind, values["identifier"], country, "identifier")
    return {"kind": (kind.value, "text"), "identifier": (identifier, "text")}


async def identities_of(
    context: Context, customer: models.Customer
) -> list[models.ChannelIdentity]:
    """The ways to reach a customer, the main one first, then the oldest."""
    loaders = context.loaders
    rows = (await loaders.page(loaders.question(identities.OF_CUSTOMER), customer.id)).rows
    return sorted(rows, key=lambda row: row.id != customer.main_identity_id)


async def membership_of(
    context: Context, identity: models.ChannelIdentity
) -> models.MergeMember | None:
    """The membership that an identity came in with; None where it is the customer's own."""
    if identity.origin_customer_id == identity.customer_id:
        return None
    loaders = context.loaders
    question = loaders.question(merges.OF_MEMBER)
    rows = (await loaders.page(question, identity.origin_customer_id)).rows
    return rows[0] if rows else None


@dataclass(frozen=True)
class PropertyValue:
    """A customer's value of a custom property."""

    definition: models.PropertyDefinition
    value: Any


async def definitions(context: Context) -> list[models.PropertyDefinition]:
    """The workspace's own properties that are in use, in their order."""
    loaders = context.loaders
    question = loaders.question(properties.PROPERTIES, filter=properties.IN_USE)
    return (await loaders.page(question)).rows


async def property_values(context: Context, customer: models.Customer) -> list[PropertyValue]:
    """A customer's value of each of the workspace's own properties; None where they have none."""
    return [
        PropertyValue(definition, customer.properties.get(definition.key))
        for definition in await definitions(context)
    ]


async def property_value(context: Context, customer: models.Customer, key: str) -> Any:
    """A customer's value of one property; None for one that is not defined."""
    for definition in await definitions(context):
        if definition.key == key:
            return customer.properties.get(key)
    return None


async def all_definitions(context: Context) -> list[models.PropertyDefinition]:
    """All properties of the workspace in their order, built in, archived and switched off too."""
    loaders = context.loaders
    return (await loaders.page(loaders.question(properties.ALL_PROPERTIES))).rows


def window_bound(context: Context, status: WindowStatus) -> tuple[WindowStatus, Any]:
    """What the window filter compares with: of a message at this instant, the hours are over."""
    return status, context.now - timedelta(hours=context.workspace.window_hours)


async def order_by_property(context: Context, key: str | None, descending: bool) -> OrderBy:
    """The order of customers by a custom property in use.

    Raises a Refusal (INVALID) where the key names none; it says where one is archived.
    """
    path = ("orderBy", "property")
    if not key:
        raise invalid("property: name the property to sort by.", *path)
    await context.plan_by_values()
    known = await all_definitions(context)
    why = why_not_custom(key, known)
    if why is not None:
        raise invalid(f"property: {why}", *path)
    return property_order(next(one for one in known if one.key == key), descending)


async def property_conditions(context: Context, filters: Sequence[Any]) -> list[PropertyCondition]:
    """Property filters of the API as conditions.

    Raises a Refusal (INVALID) for a property that is not defined, an operator that does not fit its
    type, and a value that does not fit the operator.
    """
    known = {definition.key: definition for definition in await definitions(context)}
    found = []
    for index, filter in enumerate(filters):
        path = ("filter", "properties", str(index))
        definition = known.get(filter.key)
        if definition is None:
            raise invalid(f"No property “{filter.key[:64]}” is defined.", *path, "key")
        comparison = comparable(
            definition, filter.op, filter.value, context.workspace, context.now, *path
        )
        several = definition.type is models.PropertyType.MULTI_SELECT
        found.append(PropertyCondition(definition.id, comparison, several))
    return found
