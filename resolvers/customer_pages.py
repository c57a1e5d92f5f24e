"""Pages of customers by their custom properties: which way of finding one is the quickest.

Three ways, all by indexes (`docs/decisions/0014-pages-by-properties.md`):

- Few meet a condition: these are found first, and sorted.
- Many do: whoever comes next in the order is looked up, until the page is full (a walk).
- Many do, but hardly any of the first of the order: all are gathered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from resolvers.context import Context
from resolvers.loaders.batches import fetch
from resolvers.loaders.paging import Question
from resolvers.loaders.property_filters import (
    NEGATED,
    PropertyCondition,
    counted_among,
    counted_by_entries,
    counted_up_to,
)
from resolvers.loaders.property_orders import PropertyOrder
from resolvers.loaders.statements import Statement
from resolvers.loaders.walks import Walk, conditions_of, without_properties
from services.property_filters import Operator

FEW = 4_000
"""Who can be fetched and sorted in some 15 ms."""
SAMPLE, OFTEN = 2_000, 10
"""Of the newest values of a text so many are looked at; where so few have the words, few do."""
LONGEST = 25_000
"""Customers whom a walk looks at, some 3 µs each."""
SHORTER = 6_000
"""The same where other conditions may have left few, which gathering finds by their indexes."""
SEARCHED = frozenset({"has_terms", "found_apart"})


async def criteria_apart(context: Context, criteria: Mapping[str, Any]) -> dict[str, Any]:
    """Criteria in which a condition on a property that few customers meet is found first.

    The same customers meet them.
    """
    conditions = conditions_of(criteria)
    rarest = await _rarest(context, conditions)
    if rarest is None:
        return dict(criteria)
    others = [one for one in conditions if one is not rarest]
    probed = {"properties_probed": others} if others else {}
    return {**without_properties(criteria), "property_apart": rarest, **probed}


async def _rarest(
    context: Context, conditions: Sequence[PropertyCondition]
) -> PropertyCondition | None:
    """The condition that the fewest entries meet, if these are few."""
    asked = [one for one in conditions if one.comparison.op not in NEGATED]
    if not asked:
        return None
    statement = Statement.of_root(context.workspace_id, context.now)
    counts = []
    for index, one in enumerate(asked):
        if one.comparison.op is Operator.CONTAINS:
            counted, most = counted_among(statement, one, SAMPLE), OFTEN
        else:
            counted, most = counted_up_to(statement, one, FEW + 1), FEW + 1
        counts.append(f"{counted}::float8 / {most} AS c{index}")
    [row] = await fetch(context, f"SELECT {', '.join(counts)}", statement.parameters)
    # What words are in is dearer to find than what a value is.
    few = [
        (one.comparison.op is Operator.CONTAINS, row[f"c{index}"], index)
        for index, one in enumerate(asked)
        if row[f"c{index}"] < 1
    ]
    return asked[min(few)[2]] if few else None


def counted_quickly(context: Context, question: Question, criteria: Mapping[str, Any]) -> Question:
    """A question with the expression that counts its rows by a property's entries, where nothing
    but one condition on a property is asked of them."""
    plain = without_properties(criteria)
    apart = plain.pop("property_apart", None)
    conditions = [*conditions_of(criteria), *([apart] if apart is not None else [])]
    others = [name for name, value in plain.items() if value != {}]
    if len(conditions) != 1 or others:
        return question
    statement = _statement(context)
    shown = question.collection.conditions(statement, None, None)
    counted = counted_by_entries(statement, conditions[0], shown)
    same = tuple(map(_comparable, statement.parameters)) == question.parameters
    return replace(question, counted=counted) if same else question


def _comparable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


async def found_page(context: Context, question: Question, criteria: Mapping[str, Any]) -> Question:
    """A question with the page's rows found, where its form is one that PostgreSQL may be slow at.

    `criteria` are those that the question was made of. Whoever answers it reads these rows, and
    counts by the criteria.
    """
    order = question.ordered
    by_property = isinstance(order, PropertyOrder)
    searched = not SEARCHED.isdisjoint(criteria)
    if "property_apart" in criteria or not (by_property or conditions_of(criteria)):
        return question
    if searched and not by_property:
        return question
    await context.plan_by_values()
    plain = not without_properties(criteria)
    walk = Walk(question, criteria, LONGEST if plain else SHORTER)
    if isinstance(order, PropertyOrder):
        ids = await _by_values(context, walk, order)
    else:
        ids = await _by_order(context, walk)
    if ids is None:
        statement = _statement(context)
        ids = await _ids(context, statement, walk.gathered(statement))
    return replace(question, found=tuple(ids))


async def _by_order(context: Context, walk: Walk) -> list[UUID] | None:
    """The page's ids by a walk along the collection's order; None where it does not fill it."""
    statement = _statement(context)
    found = await _ids(context, statement, walk.listed(statement))
    return found if len(found) >= walk.wanted else None


async def _by_values(context: Context, walk: Walk, order: PropertyOrder) -> list[UUID] | None:
    """The page's ids by a walk along a property's values, and those without one behind them.

    None where the walk does not fill it, and has not come to the end.
    """
    found: list[UUID] = []
    for part in (_unvalued, _valued) if walk.request.backward else (_valued, _unvalued):
        more = await part(context, walk, order, walk.wanted - len(found))
        if more is None:
            return None
        found += more
        if len(found) >= walk.wanted:
            break
    return found


async def _valued(
    context: Context, walk: Walk, order: PropertyOrder, wanted: int
) -> list[UUID] | None:
    """So many who have a value; fewer at their end only, None where the walk has not come to it."""
    statement = _statement(context)
    sql = walk.valued(statement, order, wanted)
    if sql is None:
        return []
    found = await _ids(context, statement, sql)
    if len(found) < wanted:
        statement = _statement(context)
        [row] = await fetch(context, walk.passed(statement, order), statement.parameters)
        if row["count"] >= walk.most:
            return None
    return found


async def _unvalued(context: Context, walk: Walk, order: PropertyOrder, wanted: int) -> list[UUID]:
    """So many who have no value; fewer at their end only."""
    for gathered in (False, True):
        statement = _statement(context)
        sql = walk.unvalued(statement, order, wanted, gathered=gathered)
        found = [] if sql is None else await _ids(context, statement, sql)
        if sql is None or len(found) >= wanted:
            break
    return found


def _statement(context: Context) -> Statement:
    return Statement.of_root(context.workspace_id, context.now)


async def _ids(context: Context, statement: Statement, sql: str) -> list[UUID]:
    return [row["id"] for row in await fetch(context, sql, statement.parameters)]
