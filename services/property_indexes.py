"""The index of custom properties: what filters and orders look values up in.

It is derived from `customers.properties` and written in the same transaction: one row a value, so
one for each option of a multi-select. Text is kept folded and cut to its first 200 characters.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Any, NamedTuple
from uuid import UUID

from models import PropertyDefinition, PropertyType
from models.base import new_id
from services.texts import fold
from services.transactions import Transaction

INDEXED_CHARACTERS = 200
NUMBERS = frozenset({PropertyType.NUMBER, PropertyType.DECIMAL})
TIMES = frozenset({PropertyType.DATE, PropertyType.DATETIME})
SMALLEST_STEP = Decimal("1e-10")
INDEXED_DIGITS = Context(prec=38)

CLEAR_ENTRIES = """
    DELETE FROM property_index_entries
    USING unnest($2::uuid[], $3::uuid[]) AS gone(customer_id, property_id)
    WHERE property_index_entries.workspace_id = $1
        AND property_index_entries.customer_id = gone.customer_id
        AND property_index_entries.property_id = gone.property_id"""
INSERT_ENTRIES = """
    INSERT INTO property_index_entries
        (workspace_id, id, property_id, customer_id, text_value, number_value, time_value)
    SELECT $1, e.id, e.property_id, e.customer_id, e.text_value, e.number_value, e.time_value
    FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::numeric[], $7::timestamptz[])
        AS e(id, property_id, customer_id, text_value, number_value, time_value)
    ON CONFLICT (workspace_id, id) DO NOTHING"""


class IndexValue(NamedTuple):
    """A value as it is compared: the one of the three that fits the property's type is set."""

    text: str | None = None
    number: Decimal | None = None
    time: datetime | None = None


def index_text(value: str) -> str:
    """Text as it stands in the index."""
    return fold(value)[:INDEXED_CHARACTERS]


def index_number(value: Any) -> Decimal:
    """A number as it stands in the index: with ten digits behind the point."""
    return Decimal(str(value)).quantize(SMALLEST_STEP, context=INDEXED_DIGITS)


def index_time(value: str) -> datetime:
    """A kept DATE or DATETIME as an instant; a day is its first instant in UTC."""
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def index_values(definition: PropertyDefinition, value: Any) -> list[IndexValue]:
    """What stands in the index for a kept value."""
    if value is None:
        return []
    if definition.type in NUMBERS:
        return [IndexValue(number=index_number(value))]
    if definition.type in TIMES:
        return [IndexValue(time=index_time(value))]
    if definition.type is PropertyType.BOOLEAN:
        return [IndexValue(text="true" if value else "false")]
    values = value if isinstance(value, list) else [value]
    return [IndexValue(text=index_text(one)) for one in values]


async def write_property_index(
    tx: Transaction,
    definitions: Iterable[PropertyDefinition],
    values: Mapping[UUID, Mapping[str, Any]],
    *,
    fresh: bool = False,
) -> None:
    """Bring the index in step with what was written to `customers.properties`.

    `values` holds for each customer the kept values by key, None for one that was cleared; a key
    that it does not hold stays as it is. `fresh` customers were made in this transaction and have
    nothing in the index. At most two statements, whatever the number of customers.
    """
    by_key = {definition.key: definition for definition in definitions}
    written = [(customer_id, by_key[key].id) for customer_id, one in values.items() for key in one]
    if not written:
        return
    if not fresh:
        gone = [list(column) for column in zip(*written, strict=True)]
        await tx.execute(CLEAR_ENTRIES, tx.workspace_id, *gone)
    entries = [
        (new_id(), by_key[key].id, customer_id, *entry)
        for customer_id, one in values.items()
        for key, value in one.items()
        for entry in index_values(by_key[key], value)
    ]
    if entries:
        columns = [list(column) for column in zip(*entries, strict=True)]
        await tx.execute(INSERT_ENTRIES, tx.workspace_id, *columns)
