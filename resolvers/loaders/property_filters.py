"""Filters on custom properties: by the index of their values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from resolvers.loaders.statements import WORKSPACE, Statement


@dataclass(frozen=True)
class PropertyCondition:
    """A condition on one property: SQL on index entry `v`, with {0}, {1} … for its values.

    `negated` conditions hold where no entry meets the SQL, so for customers without a value too.
    """

    property_id: UUID
    sql: str
    values: tuple[tuple[Any, str], ...] = ()
    negated: bool = False


def properties_match(statement: Statement, conditions: Sequence[PropertyCondition]) -> str:
    """Whether customer `r` meets all of the conditions."""
    parts = []
    for condition in conditions:
        property = statement.bind(condition.property_id, "uuid")
        bound = [statement.bind(value, type) for value, type in condition.values]
        parts.append(
            f"{'NOT ' if condition.negated else ''}EXISTS (SELECT 1 FROM property_index_entries v "
            f"WHERE v.workspace_id = {WORKSPACE} AND v.property_id = {property} "
            f"AND v.customer_id = r.id AND {condition.sql.format(*bound)})"
        )
    return " AND ".join(parts) or "true"
