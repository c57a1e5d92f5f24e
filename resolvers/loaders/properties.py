"""Definitions of custom properties."""

import models
from resolvers.loaders.collections import Collection, Order, OrderBy, holds
from resolvers.loaders.statements import Statement


def custom(_statement: Statement) -> str:
    """The workspace's own properties; the built-in ones are fields of a customer."""
    return "NOT r.built_in"


PROPERTIES = Collection(
    name="customerProperties",
    model=models.PropertyDefinition,
    visible=custom,
    filters={"archived": holds("r.archived_at IS NOT NULL"), "enabled": holds("r.enabled")},
    orders={"POSITION": Order("r.position", "int", "position")},
    default=OrderBy("POSITION", descending=False),
)
