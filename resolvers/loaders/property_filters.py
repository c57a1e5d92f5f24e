"""Filters on custom properties: by the index of their values."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from resolvers.loaders.statements import WORKSPACE, Statement
from services.property_filters import Comparison, Operator

COLUMN_TYPES = {"text_value": "text", "number_value": "numeric", "time_value": "timestamptz"}
SIGNS = {Operator.GT: ">", Operator.GTE: ">=", Operator.LT: "<", Operator.LTE: "<="}
NEGATED = {
    Operator.NE: Operator.EQ,
    Operator.NOT_IN: Operator.IN,
    Operator.IS_NOT_SET: Operator.IS_SET,
}


@dataclass(frozen=True)
class PropertyCondition:
    """A comparison with the values of one property."""

    property_id: UUID
    comparison: Comparison


def compared(statement: Statement, comparison: Comparison) -> str:
    """The SQL that an index entry `v` meets a comparison; of a negated one, what it negates."""
    column = f"v.{comparison.column}"
    type = COLUMN_TYPES[comparison.column]
    values = comparison.values
    op = NEGATED.get(comparison.op, comparison.op)
    match op:
        case Operator.IS_SET:
            return f"{column} IS NOT NULL"
        case Operator.EQ:
            return f"{column} = {statement.bind(values[0], type)}"
        case Operator.IN:
            return f"{column} = ANY({statement.bind(list(values), f'{type}[]')})"
        case Operator.CONTAINS | Operator.STARTS_WITH:
            return f"{column} LIKE {statement.bind(values[0], 'text')}"
        case Operator.BETWEEN:
            low, high = (statement.bind(value, type) for value in values)
            return f"{column} BETWEEN {low} AND {high}"
        case Operator.WITHIN_LAST_DAYS:
            start, end = (statement.bind(value, type) for value in values)
            return f"{column} >= {start} AND {column} < {end}"
    return f"{column} {SIGNS[op]} {statement.bind(values[0], type)}"


def properties_match(statement: Statement, conditions: Sequence[PropertyCondition]) -> str:
    """Whether customer `r` meets all of the conditions."""
    parts = []
    for condition in conditions:
        property = statement.bind(condition.property_id, "uuid")
        negation = "NOT " if condition.comparison.op in NEGATED else ""
        parts.append(
            f"{negation}EXISTS (SELECT 1 FROM property_index_entries v "
            f"WHERE v.workspace_id = {WORKSPACE} AND v.property_id = {property} "
            f"AND v.customer_id = r.id AND {compared(statement, condition.comparison)})"
        )
    return " AND ".join(parts) or "true"
