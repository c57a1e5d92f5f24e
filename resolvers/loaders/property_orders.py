"""Orders of customers by a custom property: by the index of its values, who have none last.

Text is compared as it stands in the index, without case and accents; a customer with several
options stands where the first of them in the alphabet does, so that nobody is on a list twice.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from models import PropertyDefinition, PropertyType
from resolvers.loaders.collections import KEY, LONGEST_AMOUNT, Order, OrderBy
from resolvers.loaders.property_filters import COLUMN_TYPES
from resolvers.loaders.statements import WORKSPACE, Statement, written_key
from services.property_filters import column_of


@dataclass(frozen=True, kw_only=True)
class PropertyOrder(Order):
    """An order by the values of one property. `column` is where they stand in the index."""

    property_id: UUID
    column: str
    several: bool

    def key(self, row: Any) -> str | None:
        """The row's place as text, which was read beside the row."""
        found: str | None = getattr(row, KEY)
        return found

    def check(self, key: str | None) -> None:
        """Raise ValueError or ArithmeticError where a key is none that this order has printed."""
        if key is None or self.type != "numeric":
            return None if key is None else super().check(key)
        number = Decimal(key)
        if not number.is_finite() or abs(number.adjusted()) > LONGEST_AMOUNT:
            raise ValueError("a number is finite")
        if key != format(number, "f"):
            raise ValueError("no cursor of ours has such a key")
        return None

    def place(self, key: str | None, id: UUID) -> tuple[Any, ...]:
        """Who has no value has only their id."""
        return (id,) if key is None else (key, id)

    def sorting(self, descending: bool, *, backward: bool = False) -> str:
        """Who has no value comes last in both directions."""
        direction = "DESC" if descending != backward else "ASC"
        nothing = "NULLS FIRST" if backward else "NULLS LAST"
        return f"{self.expression} {direction} {nothing}, r.id {direction}"

    def beyond(
        self, statement: Statement, key: str | None, id: UUID, *, descending: bool, onward: bool
    ) -> str:
        """The condition that row `r` comes after a place, or before it where not `onward`."""
        sign = "<" if descending == onward else ">"
        if key is None:
            later = f"r.id {sign} {statement.bind(id, 'uuid')}"
            nothing = f"{self.expression} IS NULL"
            return f"({nothing} AND {later})" if onward else f"(NOT {nothing} OR {later})"
        place = f"({self.bound(statement, key)}, {statement.bind(id, 'uuid')})"
        behind = f"({self.expression}, r.id) {sign} {place}"
        return f"({behind} OR {self.expression} IS NULL)" if onward else behind

    @property
    def beside(self) -> str:
        """The SQL of row `r`'s key as cursors hold it."""
        return written_key(self.type, self.expression)


def property_order(definition: PropertyDefinition, descending: bool) -> OrderBy:
    """The order of customers by a property of theirs."""
    column = column_of(definition.type)
    order = PropertyOrder(
        expression=(
            f"(SELECT v.{column} FROM property_index_entries v "
            f"WHERE v.workspace_id = {WORKSPACE} AND v.property_id = '{definition.id}'::uuid "
            f"AND v.customer_id = r.id AND v.{column} IS NOT NULL ORDER BY v.{column} LIMIT 1)"
        ),
        type=COLUMN_TYPES[column],
        attribute=KEY,
        property_id=definition.id,
        column=column,
        several=definition.type is PropertyType.MULTI_SELECT,
    )
    return OrderBy(f"PROPERTY:{definition.id.hex}:{column}", descending, order)
