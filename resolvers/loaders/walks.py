"""Walks: a page of customers found by going along the index of its order, and looking each up.

PostgreSQL takes those who meet a condition on a property for spread evenly, knows little of how
many they are, and reads whole rows on the way. A walk reads two indexes only, and no more of their
entries than it is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from resolvers.loaders.batches import bounds
from resolvers.loaders.paging import PageRequest, Place, Question
from resolvers.loaders.property_filters import NEGATED, PropertyCondition, compared
from resolvers.loaders.property_orders import PropertyOrder
from resolvers.loaders.statements import WORKSPACE, Statement

NESTED = "of_view"
PROPERTIES = "properties"


def conditions_of(criteria: Mapping[str, Any] | None) -> list[PropertyCondition]:
    """The conditions on properties in criteria, those of a view among them."""
    told = criteria or {}
    nested = conditions_of(told[NESTED]) if NESTED in told else []
    return [*told.get(PROPERTIES, ()), *nested]


def without_properties(criteria: Mapping[str, Any] | None) -> dict[str, Any]:
    """Criteria without the conditions on properties in them."""
    found = {name: value for name, value in (criteria or {}).items() if name != PROPERTIES}
    if NESTED in found:
        found[NESTED] = without_properties(found[NESTED])
    return found


@dataclass(frozen=True)
class Walk:
    """A page to be found. `criteria` are those that `question` was made of."""

    question: Question
    criteria: Mapping[str, Any]
    most: int
    """Rows that are looked at."""

    @property
    def request(self) -> PageRequest:
        """The page."""
        return self.question.request or PageRequest()

    @property
    def wanted(self) -> int:
        """Rows that fill the page, and one more."""
        return self.request.size + 1

    def listed(self, statement: Statement) -> str:
        """The statement that reads ids of the page from an index of the collection's own orders."""
        collection, plain = self.question.collection, without_properties(self.criteria)
        parts = [collection.conditions(statement, plain, None), *bounds(self.question, statement)]
        sorting = self._sorting
        probe = collection.filters["properties_probed"](statement, conditions_of(self.criteria))
        return (
            f"SELECT r.id FROM (SELECT r.* FROM {collection.table} r WHERE {' AND '.join(parts)} "
            f"ORDER BY {sorting} LIMIT {self.most}) r WHERE {probe} "
            f"ORDER BY {sorting} LIMIT {self.wanted}"
        )

    def valued(self, statement: Statement, order: PropertyOrder, wanted: int) -> str | None:
        """The statement that reads ids from the index of a property's values; None where nobody
        who has a value is on the page."""
        entries = self._entries(statement, order)
        if entries is None:
            return None
        direction = self._direction
        collection = self.question.collection
        first = ""
        if order.several:
            first = (
                " AND (SELECT 1 FROM property_index_entries u "
                f"WHERE u.workspace_id = {WORKSPACE} AND u.property_id = '{order.property_id}' "
                f"AND u.customer_id = w.customer_id AND u.{order.column} < w.{order.column} "
                "LIMIT 1) IS NULL"
            )
        return (
            f"SELECT r.id FROM ({entries}) w JOIN {collection.table} r "
            f"ON r.workspace_id = {WORKSPACE} AND r.id = w.customer_id "
            f"WHERE {self._met(statement)}{first} "
            f"ORDER BY w.{order.column} {direction}, w.customer_id {direction} "
            f"LIMIT {wanted}"
        )

    def passed(self, statement: Statement, order: PropertyOrder) -> str:
        """The statement that counts the values that `valued` looks at."""
        return f"SELECT count(*) AS count FROM ({self._entries(statement, order)}) w"

    def unvalued(
        self, statement: Statement, order: PropertyOrder, wanted: int, *, gathered: bool
    ) -> str | None:
        """The statement that reads ids of those without a value; None where none is on the page.

        It walks along the ids, or gathers all who have none.
        """
        parts = []
        for place, onward in self._places:
            if place.key is None:
                sign = "<" if self.question.order.descending == onward else ">"
                parts.append(f"r.id {sign} {statement.bind(place.id, 'uuid')}")
            elif not onward:
                return None
        collection, direction = self.question.collection, self._direction
        if gathered:
            met = [collection.conditions(statement, self.criteria, None), *parts]
            return (
                f"WITH met AS MATERIALIZED (SELECT r.id FROM {collection.table} r "
                f"WHERE {' AND '.join(met)} AND NOT EXISTS (SELECT 1 FROM property_index_entries v "
                f"WHERE v.workspace_id = {WORKSPACE} AND v.property_id = '{order.property_id}' "
                f"AND v.customer_id = r.id AND v.{order.column} IS NOT NULL)) "
                f"SELECT id FROM met ORDER BY id {direction} LIMIT {wanted}"
            )
        plain = collection.conditions(statement, without_properties(self.criteria), None)
        probe = collection.filters["properties_probed"](statement, conditions_of(self.criteria))
        return (
            f"SELECT r.id FROM (SELECT r.* FROM {collection.table} r "
            f"WHERE {' AND '.join([plain, *parts])} ORDER BY r.id {direction} "
            f"LIMIT {self.most}) r WHERE {order.expression} IS NULL AND {probe} "
            f"ORDER BY r.id {direction} LIMIT {wanted}"
        )

    def gathered(self, statement: Statement) -> str:
        """The statement that finds all who meet the criteria, and of them the page's ids.

        As the page's size stands outside, PostgreSQL cannot hope to fill it early.
        """
        question = self.question
        statement.parameters = list(question.parameters)
        order = question.ordered
        met = " AND ".join([question.conditions, *bounds(question, statement)])
        direction = self._direction
        nothing = "NULLS FIRST" if self.request.backward else "NULLS LAST"
        return (
            f"WITH met AS MATERIALIZED (SELECT r.id, {order.expression} AS key "
            f"FROM {question.collection.table} r WHERE {met}) SELECT id FROM met "
            f"ORDER BY key {direction} {nothing}, id {direction} LIMIT {self.wanted}"
        )

    @property
    def _direction(self) -> str:
        return "DESC" if self.question.order.descending != self.request.backward else "ASC"

    @property
    def _sorting(self) -> str:
        question = self.question
        return question.ordered.sorting(question.order.descending, backward=self.request.backward)

    @property
    def _places(self) -> list[tuple[Place, bool]]:
        """The places that bound the page, and whether it comes after them."""
        told = ((self.request.after, True), (self.request.before, False))
        return [(place, onward) for place, onward in told if place is not None]

    def _met(self, statement: Statement) -> str:
        collection = self.question.collection
        plain = collection.conditions(statement, without_properties(self.criteria), None)
        probe = collection.filters["properties_probed"](statement, conditions_of(self.criteria))
        return f"{plain} AND {probe}"

    def _entries(self, statement: Statement, order: PropertyOrder) -> str | None:
        """The statement that reads a property's values in their order, up to `most`."""
        parts = [f"v.{order.column} IS NOT NULL"]
        for place, onward in self._places:
            if place.key is not None:
                sign = "<" if self.question.order.descending == onward else ">"
                bound = f"{order.bound(statement, place.key)}, {statement.bind(place.id, 'uuid')}"
                parts.append(f"(v.{order.column}, v.customer_id) {sign} ({bound})")
            elif onward:
                return None
        # What the same property must meet narrows the part of its index that is read.
        for condition in conditions_of(self.criteria):
            own = condition.property_id == order.property_id and not order.several
            if own and condition.comparison.op not in NEGATED:
                parts.append(compared(statement, condition.comparison))
        direction = self._direction
        return (
            f"SELECT v.customer_id, v.{order.column} FROM property_index_entries v "
            f"WHERE v.workspace_id = {WORKSPACE} AND v.property_id = '{order.property_id}'::uuid "
            f"AND {' AND '.join(parts)} "
            f"ORDER BY v.{order.column} {direction}, v.customer_id {direction} LIMIT {self.most}"
        )
