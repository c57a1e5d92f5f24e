"""Each condition and operator, against a plain evaluation in Python over random customers."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from models import Workspace
from services.property_filters import OPERATORS
from services.segments.compiling import all_who_meet, who_of
from services.segments.criteria import conditions_in
from services.segments.reading import read_criteria
from services.transactions import workspace_transaction
from services.workspaces import create_workspace
from tests.rows import NOW
from tests.services.segments.criteria import COUNTED, TYPES, criteria, values_of
from tests.services.segments.people import Town, build_town
from tests.services.segments.specification import meets

ORDINARY, FULL = 60, 2_000
"""Criteria of each time zone that are tried; each of all customers and of few."""


async def found(town: Town, asked: dict[str, Any]) -> tuple[set[UUID], set[UUID]]:
    """Whom SQL finds among all at once, and one by one."""
    async with workspace_transaction(town.workspace.id, now=NOW) as tx:
        tree = await read_criteria(tx, asked)
        sql, parameters = all_who_meet(tx, tree)
        together = {row["id"] for row in await tx.fetch(sql, *parameters.values)}
        ids = [person.row.id for person in town.people]
        apart = who_of(tx, [tree], ids)
        rows = await tx.fetch(apart.sql, *apart.values)
    return together, {row["id"] for row in rows if row["met"]}


def expected(town: Town, asked: dict[str, Any]) -> set[UUID]:
    """Whom the specification finds."""
    return {person.row.id for person in town.people if meets(town, person, asked)}


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "America/New_York"])
async def test_sql_finds_whom_python_finds(
    zone: str, database: None, pytestconfig: pytest.Config
) -> None:
    town = await build_town(await create_workspace("Toko", timezone=zone))
    loop = asyncio.get_running_loop()
    kinds: Counter[str] = Counter()

    async def compare(asked: dict[str, Any]) -> None:
        wanted = expected(town, asked)
        together, apart = await found(town, asked)
        assert together == wanted
        assert apart == wanted
        async with workspace_transaction(town.workspace.id, now=NOW) as tx:
            tree = await read_criteria(tx, asked)
        kinds.update(type(one).__name__ for one in conditions_in(tree))

    @hypothesis_settings(
        max_examples=FULL if pytestconfig.getoption("--full") else ORDINARY,
        database=None,
        deadline=None,
        derandomize=not pytestconfig.getoption("--full"),
        suppress_health_check=list(HealthCheck),
    )
    @given(criteria(town))
    def trees(asked: dict[str, Any]) -> None:
        asyncio.run_coroutine_threadsafe(compare(asked), loop).result()

    await asyncio.to_thread(trees)
    assert len(kinds) == 10, kinds


def each_comparison(town: Town) -> list[dict[str, Any]]:
    """Every operator of every field and property, and of every measure, once at least."""
    from_fields = [
        {"field": {"key": key, "op": op.value, **({} if value is None else {"value": value})}}
        for key in TYPES
        for op, value in comparisons(town, key)
    ]
    from_orders = [
        {"orders": {"measure": measure, "op": op, "value": value, **within}}
        for measure, value in (
            ("COUNT", "2"),
            ("COUNT", "0"),
            ("SUM", "20"),
            ("SUM", "0"),
            ("AVERAGE", "15"),
            ("DAYS_SINCE_LAST", "7"),
        )
        for op in COUNTED
        for within in ({}, {"withinDays": 30})
    ]
    from_counts = [
        one
        for op in COUNTED
        for number in (0, 1, 2)
        for within in ({}, {"withinDays": 7})
        for one in (
            {"bought": {"product": "Kopi", "op": op, "times": number, **within}},
            {"messages": {"direction": "INBOUND", "op": op, "count": number, **within}},
            {"messages": {"direction": "OUTBOUND", "op": op, "count": number, **within}},
        )
    ]
    return [*from_fields, *from_orders, *from_counts]


def comparisons(town: Town, key: str) -> list[tuple[Any, Any]]:
    """Each operator that fits a field, with a value."""
    from_pool = values_of(town, key)
    told: dict[str, Any] = {
        "IN": from_pool[:2],
        "NOT_IN": from_pool[:2],
        "BETWEEN": [from_pool[0], from_pool[0]],
        "WITHIN_LAST_DAYS": 7,
        "IS_SET": None,
        "IS_NOT_SET": None,
    }
    return [(op, told.get(op.value, from_pool[0])) for op in sorted(OPERATORS[TYPES[key]])]


async def test_each_operator_of_each_condition(workspace: Workspace) -> None:
    town = await build_town(workspace, seed=1)
    asked = each_comparison(town)
    for one in asked:
        wanted = expected(town, one)
        assert await found(town, one) == (wanted, wanted), one
    assert len(asked) > 300
