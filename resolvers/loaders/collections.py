"""What a collection is: its rows, how they hang on their parent, its filters and its orders."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from tortoise.models import Model

from resolvers.ids import parse_id
from resolvers.loaders.statements import WORKSPACE, Statement
from services.errors import invalid
from services.instants import written
from services.periods import Period
from services.texts import like_pattern

LONGEST_SEARCH = 200

KEY = "order__key"
"""What the key of a row is called where it is read beside the row."""

Condition = Callable[[Statement, Any], str]
"""Makes the SQL condition on row `r` that a filter's value asks for."""


def _instant(key: str) -> str:
    return written(datetime.fromisoformat(key))


def _amount(key: str) -> str:
    number = Decimal(key)
    if not number.is_finite() or abs(number.adjusted()) > LONGEST_AMOUNT:
        raise ValueError("an amount is finite")
    return str(number)


def _whole(bits: int) -> Callable[[str], str]:
    def printed(key: str) -> str:
        number = int(key)
        if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
            raise ValueError("a number fits its column")
        return str(number)

    return printed


LONGEST_AMOUNT = 100
PRINTED: Mapping[str, Callable[[str], str]] = {
    "text": str,
    "timestamptz": _instant,
    "date": lambda key: date.fromisoformat(key).isoformat(),
    "numeric": _amount,
    "int": _whole(32),
    "bigint": _whole(64),
}
"""How a key of each type is written. Python reads forms that PostgreSQL does not, and the other
way round, so a cursor's key must be written just like this."""


@dataclass(frozen=True)
class Order:
    """What rows can be sorted by: an expression on row `r`, then its id, in the same direction.

    `attribute` is where the model has the value; `ranks` gives the place of each value where they
    are not sorted as they are written; `null` is the text that stands for a missing value.
    """

    expression: str
    type: str
    attribute: str
    null: str | None = None
    ranks: Mapping[Any, int] | None = None

    @property
    def beside(self) -> str | None:
        """The SQL of row `r`'s key, to be read beside the row where no column of it tells it."""
        return None

    def key(self, row: Any) -> str | None:
        """The row's place as text: what its cursor holds."""
        value = getattr(row, self.attribute)
        if value is None:
            return None
        if self.ranks is not None:
            return str(self.ranks[value])
        if isinstance(value, datetime):
            return written(value)
        if isinstance(value, Enum):
            return str(value.value)
        return str(value)

    def check(self, key: str | None) -> None:
        """Raise ValueError or ArithmeticError where a key is none that this order has printed."""
        if key is None:
            if self.null is None:
                raise ValueError("this order has no missing values")
            return
        if "\0" in key or key != PRINTED[self.type](key):
            raise ValueError("no cursor of ours has such a key")

    def bound(self, statement: Statement, key: str | None) -> str:
        """The SQL of a cursor's key."""
        return statement.bind(self.null if key is None else key, "text") + f"::{self.type}"

    def place(self, key: str | None, id: UUID) -> tuple[Any, ...]:
        """What `beyond` binds, in its order."""
        return (self.null if key is None else key, id)

    def sorting(self, descending: bool, *, backward: bool = False) -> str:
        """What rows `r` are sorted by, with their ids for ties; `backward`, from the last one."""
        direction = "DESC" if descending != backward else "ASC"
        return f"{self.expression} {direction}, r.id {direction}"

    def beyond(
        self, statement: Statement, key: str | None, id: UUID, *, descending: bool, onward: bool
    ) -> str:
        """The condition that row `r` comes after a place, or before it where not `onward`."""
        sign = "<" if descending == onward else ">"
        return (
            f"({self.expression}, r.id) {sign} "
            f"({self.bound(statement, key)}, {statement.bind(id, 'uuid')})"
        )


@dataclass(frozen=True)
class OrderBy:
    """One of a collection's orders, in one direction; `own` is one that the workspace has made."""

    name: str
    descending: bool = True
    own: Order | None = None


@dataclass(frozen=True, kw_only=True)
class Collection:
    """Rows of one model, of a parent or of the whole workspace.

    `parent` is the condition that ties row `r` to its parent `p.id`; `visible` hides what nobody is
    shown, and may ask for the present instant. Both name the workspace in each table they touch.
    """

    name: str
    model: type[Model]
    parent: str | None = None
    visible: Callable[[Statement], str] | None = None
    filters: Mapping[str, Condition] = field(default_factory=dict)
    orders: Mapping[str, Order]
    default: OrderBy
    searchable: bool = False
    numbered: str | None = None
    """A column that numbers all rows of a workspace without gaps: all together they are counted by
    its ends."""

    @property
    def table(self) -> str:
        """The table that the rows stand in."""
        return str(self.model._meta.db_table)

    def order(self, by: OrderBy) -> Order:
        """What an order of the collection sorts by."""
        return by.own or self.orders[by.name]

    @property
    def columns(self) -> str:
        """The columns of row `r` that make a model."""
        return ", ".join(f"r.{column}" for column in self.model._meta.fields_db_projection.values())

    def counting(self, conditions: str) -> str:
        """The expression that counts the rows `r` that meet `conditions`."""
        if self.numbered is None or conditions != f"r.workspace_id = {WORKSPACE}":
            return "count(*)"
        return f"coalesce(max(r.{self.numbered}) - min(r.{self.numbered}) + 1, 0)"

    def conditions(
        self, statement: Statement, filter: Mapping[str, Any] | None, search: str | None
    ) -> str:
        """All that a row must meet to be in the collection: workspace, parent, filter, search.

        Raises a Refusal (INVALID) for a bad id in the filter and for a search that is too long.
        """
        parts = [f"r.workspace_id = {WORKSPACE}"]
        if self.parent is not None:
            parts.append(self.parent)
        if self.visible is not None:
            parts.append(self.visible(statement))
        for name, value in (filter or {}).items():
            parts.append(self.filters[name](statement, value))
        if search is not None and search.strip():
            if not self.searchable:
                raise ValueError(f"{self.name} is not searched by its collection")
            if len(search) > LONGEST_SEARCH:
                raise invalid(
                    f"search has {len(search)} characters: give at most {LONGEST_SEARCH}.",
                    "search",
                )
            parts.append(f"r.search_text LIKE {statement.bind(like_pattern(search), 'text')}")
        return " AND ".join(parts)


def through(table: str, parent: str, child: str) -> str:
    """The condition that an association ties row `r` to its parent. Doubled rows count once."""
    return (
        f"EXISTS (SELECT 1 FROM {table} a WHERE a.workspace_id = {WORKSPACE} "
        f"AND a.{parent} = p.id AND a.{child} = r.id)"
    )


def one_of(column: str) -> Condition:
    """Whether a column has one of the given values."""

    def condition(statement: Statement, values: Any) -> str:
        found = [getattr(value, "value", value) for value in values]
        return f"r.{column} = ANY({statement.bind(found, 'text[]')})"

    return condition


def one_of_ids(column: str, model: type[Model], name: str) -> Condition:
    """Whether a column refers to one of the given global ids; `name` is the filter's in the API."""

    def condition(statement: Statement, values: Any) -> str:
        found = [
            parse_id(value, model, "filter", name, str(index)) for index, value in enumerate(values)
        ]
        return f"r.{column} = ANY({statement.bind(found, 'uuid[]')})"

    return condition


def associated_with(table: str, column: str, model: type[Model], name: str) -> Condition:
    """Whether an association ties a customer `r` to one of the given global ids."""

    def condition(statement: Statement, values: Any) -> str:
        found = [
            parse_id(value, model, "filter", name, str(index)) for index, value in enumerate(values)
        ]
        return (
            f"EXISTS (SELECT 1 FROM {table} a WHERE a.workspace_id = {WORKSPACE} "
            f"AND a.customer_id = r.id AND a.{column} = ANY({statement.bind(found, 'uuid[]')}))"
        )

    return condition


def within(column: str) -> Condition:
    """Whether a column lies in a Period."""

    def condition(statement: Statement, period: Period) -> str:
        parts = []
        if period.start is not None:
            parts.append(f"r.{column} >= {statement.bind(period.start, 'timestamptz')}")
        if period.end is not None:
            parts.append(f"r.{column} < {statement.bind(period.end, 'timestamptz')}")
        return " AND ".join(parts) or "true"

    return condition


def holds(expression: str) -> Condition:
    """Whether an expression on row `r` is as a Boolean value says."""

    def condition(_statement: Statement, value: bool) -> str:
        return expression if value else f"NOT ({expression})"

    return condition
