"""Conditions of views on a property that takes another type or other options: they follow it.

A condition that can be said in the property's new form is; one that cannot stays as it is, and the
view leaves it out and says so (`services.views.unavailable_criteria`).
"""

from collections.abc import Callable
from typing import Any

from tortoise.fields.data import JSON_DUMPS, JSON_LOADS

from models import PropertyDefinition
from services.property_filters import OPERATORS, Operator
from services.transactions import Transaction

WRITE = """
    UPDATE customer_views SET filter_criteria = v.filter::jsonb, updated_at = $2
    FROM unnest($3::uuid[], $4::text[]) AS v(id, filter)
    WHERE customer_views.workspace_id = $1 AND customer_views.id = v.id"""
HELD = """
    SELECT id, filter_criteria FROM customer_views
    WHERE workspace_id = $1 AND filter_criteria IS NOT NULL ORDER BY id FOR UPDATE"""
AS_THEY_ARE = frozenset(
    {
        Operator.IS_SET,
        Operator.IS_NOT_SET,
        Operator.WITHIN_LAST_DAYS,
        Operator.CONTAINS,
        Operator.STARTS_WITH,
    }
)
"""Operators whose value is none of the property's."""
Convert = Callable[[Any], Any]
"""Makes a value of the property's old form one of its new form; None where it cannot be said."""


async def convert_views(tx: Transaction, definition: PropertyDefinition, convert: Convert) -> None:
    """Have the conditions of all views of the workspace follow a property's new form."""
    changed = {}
    for row in await tx.fetch(HELD, tx.workspace_id):
        kept = row["filter_criteria"]
        filter = JSON_LOADS(kept) if isinstance(kept, str) else kept
        conditions = filter.get("properties") or []
        followed = [
            _followed(one, definition, convert) if one["key"] == definition.key else one
            for one in conditions
        ]
        if followed != conditions:
            changed[row["id"]] = JSON_DUMPS({**filter, "properties": followed})
    if changed:
        await tx.execute(WRITE, tx.workspace_id, tx.now, [*changed], [*changed.values()])


def _followed(
    condition: dict[str, Any], definition: PropertyDefinition, convert: Convert
) -> dict[str, Any]:
    op, value = Operator(condition["op"]), condition.get("value")
    if op in AS_THEY_ARE or op not in OPERATORS[definition.type]:
        return condition
    values = value if isinstance(value, list) else [value]
    known = [new for one in values if (new := _one(convert(one))) is not None]
    if not known or (op is Operator.BETWEEN and len(known) < len(values)):
        return condition
    return {**condition, "value": known if isinstance(value, list) else known[0]}


def _one(value: Any) -> Any:
    """What a condition compares with: of a list of options, the one that there is."""
    if isinstance(value, list):
        return value[0] if len(value) == 1 else None
    return value
