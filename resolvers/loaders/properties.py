"""Definitions of properties."""

import models
from resolvers.loaders.collections import Collection, Order, OrderBy, holds
from resolvers.loaders.statements import WORKSPACE, Statement


def custom(_statement: Statement) -> str:
    """The workspace's own properties; the built-in ones are fields of a customer."""
    return "NOT r.built_in"


IN_USE = {"archived": False, "enabled": True}
PROPERTY = f"""CASE WHEN EXISTS (SELECT 1 FROM property_definitions d
    WHERE d.workspace_id = {WORKSPACE} AND d.key = {{key}} AND NOT d.built_in AND d.enabled
    AND d.archived_at IS NULL) THEN r.properties -> {{key}} END"""
"""Customer `r`'s value of the property called `{key}`, if that is in use."""

FILTERS = {"archived": holds("r.archived_at IS NOT NULL"), "enabled": holds("r.enabled")}
ORDERS = {"POSITION": Order("r.position", "int", "position")}
IN_ORDER = OrderBy("POSITION", descending=False)

PROPERTIES = Collection(
    name="customer.properties",
    model=models.PropertyDefinition,
    visible=custom,
    filters=FILTERS,
    orders=ORDERS,
    default=IN_ORDER,
)
ALL_PROPERTIES = Collection(
    name="customerProperties",
    model=models.PropertyDefinition,
    filters=FILTERS,
    orders=ORDERS,
    default=IN_ORDER,
)
