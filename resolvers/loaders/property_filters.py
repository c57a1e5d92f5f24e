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

HIDDEN = "(h.merged_into_id IS NOT NULL OR (h.deleted_at IS NOT NULL AND h.erased_at IS NULL))"
"""Customers whom no list shows, and who may have entries: those of the erased are gone."""


@dataclass(frozen=True)
class PropertyCondition:
    """A comparison with the values of one property."""

    property_id: UUID
    comparison: Comparison
    several: bool = False
    """Whether a customer may have several values of the property."""


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


def entries(statement: Statement, condition: PropertyCondition, select: str, more: str = "") -> str:
    """The statement that reads the index entries `v` that meet a condition."""
    property = statement.bind(condition.property_id, "uuid")
    return (
        f"SELECT {select} FROM property_index_entries v "
        f"WHERE v.workspace_id = {WORKSPACE} AND v.property_id = {property}{more} "
        f"AND {compared(statement, condition.comparison)}"
    )


def properties_match(statement: Statement, conditions: Sequence[PropertyCondition]) -> str:
    """Whether customer `r` meets all of the conditions: PostgreSQL decides how to find out."""
    parts = []
    for condition in conditions:
        negation = "NOT " if condition.comparison.op in NEGATED else ""
        found = entries(statement, condition, "1", " AND v.customer_id = r.id")
        parts.append(f"{negation}EXISTS ({found})")
    return " AND ".join(parts) or "true"


def properties_probed(statement: Statement, conditions: Sequence[PropertyCondition]) -> str:
    """Like `properties_match`, but each customer is looked up in the index by themselves."""
    parts = []
    for condition in conditions:
        none = "IS NULL" if condition.comparison.op in NEGATED else "IS NOT NULL"
        found = entries(statement, condition, "1", " AND v.customer_id = r.id")
        parts.append(f"({found} LIMIT 1) {none}")
    return " AND ".join(parts) or "true"


def property_apart(statement: Statement, condition: PropertyCondition) -> str:
    """Like `properties_match` for one condition that is no negation, but those who meet it are
    found first, by themselves."""
    return f"r.id = ANY(ARRAY({entries(statement, condition, 'v.customer_id')}))"


def counted_by_entries(statement: Statement, condition: PropertyCondition, shown: str) -> str:
    """The expression that counts the customers `r` of `shown` who meet a condition.

    Entries are counted, which one index tells, less those of customers who are not shown.
    """
    found = entries(statement, condition, "v.customer_id")
    number = "count(DISTINCT e.customer_id)" if condition.several else "count(*)"
    met = (
        f"(SELECT {number} FROM ({found}) e) - (SELECT count(*) FROM customers h "
        f"WHERE h.workspace_id = {WORKSPACE} AND {HIDDEN} "
        f"AND EXISTS ({found} AND v.customer_id = h.id))"
    )
    if condition.comparison.op not in NEGATED:
        return met
    return f"(SELECT count(*) FROM customers r WHERE {shown}) - ({met})"


def counted_up_to(statement: Statement, condition: PropertyCondition, most: int) -> str:
    """The expression that counts the entries that meet a condition, up to some."""
    return f"(SELECT count(*) FROM ({entries(statement, condition, '1')} LIMIT {most}) c)"


def counted_among(statement: Statement, condition: PropertyCondition, sample: int) -> str:
    """The expression that counts the entries that meet a condition among the newest customers'."""
    property = statement.bind(condition.property_id, "uuid")
    return (
        f"(SELECT count(*) FROM (SELECT v.{condition.comparison.column} "
        f"FROM property_index_entries v WHERE v.workspace_id = {WORKSPACE} "
        f"AND v.property_id = {property} ORDER BY v.customer_id DESC LIMIT {sample}) v "
        f"WHERE {compared(statement, condition.comparison)})"
    )
