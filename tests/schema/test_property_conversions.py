"""Conversions of values that are broken off, and of values that merges have laid on each other."""

from typing import Any

import pytest

import models
from models import PropertyType, Workspace
from services.ids import global_id
from services.property_conversions import convert_due
from services.transactions import workspace_transaction
from tests.asking import answer, ask
from tests.records import Records
from tests.rows import NOW

SAVE = """mutation($i: PropertyInput!) { saveProperty(input: $i) {
    property { converting } converted cleared errors { code message } } }"""
MERGE = """mutation($i: MergeInput!) { mergeCustomers(input: $i) { errors { message } } }"""
UNMERGE = """mutation($i: UnmergeInput!) { unmergeCustomer(input: $i) { errors { message } } }"""
VALUES = """{ customers(orderBy: { by: FULL_NAME, direction: ASC }, first: 100) { nodes {
    fullName version property(key: "thing") } } }"""
MET = "query($f: CustomerFilter) { customers(filter: $f) { totalCount } }"


class Killed(Exception):
    """A worker dies in the middle of a batch."""


async def a_shop(workspace: Workspace, type: PropertyType, kept: list[Any]) -> list[str]:
    """Customers A, B, … with these values of `thing`; their ids, and the property's first."""
    records = Records(workspace)
    definition = records.property("thing", type)
    rows = [
        records.customer(chr(65 + number), properties={} if value is None else {"thing": value})
        for number, value in enumerate(kept)
    ]
    await records.save()
    ids = [global_id(models.Customer, row.id) for row in rows]
    return [global_id(models.PropertyDefinition, definition.id), *ids]


async def done(workspace: Workspace, document: str, **input: Any) -> dict[str, Any]:
    """The payload of a change that nothing was wrong with."""
    found = await answer(workspace, document, i=input)
    assert not found.errors, found.errors
    [payload] = found.data.values()
    assert payload["errors"] == []
    return dict(payload)


async def values(workspace: Workspace) -> dict[str, Any]:
    """Each shown customer's value, by name."""
    nodes = (await ask(workspace, VALUES))["customers"]["nodes"]
    return {node["fullName"]: node["property"] for node in nodes}


async def killed(workspace: Workspace) -> None:
    """Convert a batch and die before its commit."""
    async with workspace_transaction(workspace.id, now=NOW) as tx:
        await convert_due(tx, 2)
        raise Killed


async def test_a_worker_that_dies_in_a_batch_leaves_the_batches_before_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.property_conversions.AT_ONCE", 0)
    kept = ["1", "x", "3", "y", "5", "z", "7"]
    id, *_ = await a_shop(workspace, PropertyType.TEXT, kept)
    change = {"id": id, "key": "thing", "label": "Thing", "type": "NUMBER", "convert": True}
    assert (await done(workspace, SAVE, **change))["property"]["converting"]
    again = True
    while again:
        with pytest.raises(Killed):
            await killed(workspace)
        async with workspace_transaction(workspace.id, now=NOW) as tx:
            again = await convert_due(tx, 2)
    expected = {"A": 1, "B": None, "C": 3, "D": None, "E": 5, "F": None, "G": 7}
    assert await values(workspace) == expected
    nodes = (await ask(workspace, VALUES))["customers"]["nodes"]
    assert [node["version"] for node in nodes] == [1, 2, 1, 2, 1, 2, 1]
    async with workspace_transaction(workspace.id) as tx:
        sql = "SELECT count(*) AS count FROM {} WHERE workspace_id = $1"
        for table, number in (("profile_changes", 3), ("events", 3), ("property_index_entries", 4)):
            assert await tx.fetch(sql.format(table), workspace.id) == [{"count": number}], table


@pytest.mark.parametrize(
    ("kept", "strategy", "merged", "parted"),
    [
        ([None, 12], "FILL_GAPS", "12", {"A": None, "B": "12"}),
        ([5, 12], "MAIN_WINS", "5", {"A": "5", "B": "12"}),
        ([5, 12], "MOST_RECENT", None, {"A": "5", "B": "12"}),
        ([5, None], "FILL_GAPS", "5", {"A": "5", "B": None}),
    ],
)
async def test_an_unmerge_gives_values_back_in_the_new_form(
    workspace: Workspace, kept: list[Any], strategy: str, merged: str | None, parted: dict[str, Any]
) -> None:
    id, main, member = await a_shop(workspace, PropertyType.NUMBER, kept)
    await done(workspace, MERGE, mainId=main, memberIds=[member], strategy=strategy)
    change = {"id": id, "key": "thing", "label": "Thing", "type": "TEXT", "convert": True}
    await done(workspace, SAVE, **change)
    after = await values(workspace)
    assert list(after) == ["A"]
    assert merged is None or after["A"] == merged
    await done(workspace, UNMERGE, customerId=member)
    assert await values(workspace) == parted
    for value in filter(None, parted.values()):
        condition = {"key": "thing", "op": "EQ", "value": value}
        found = await ask(workspace, MET, f={"properties": [condition]})
        assert found["customers"]["totalCount"] == 1


async def test_a_choice_between_values_is_undone_in_the_new_form(workspace: Workspace) -> None:
    id, main, member = await a_shop(workspace, PropertyType.NUMBER, [5, 12])
    choice = {"field": "properties.thing", "fromCustomerId": member}
    await done(workspace, MERGE, mainId=main, memberIds=[member], overrides=[choice])
    change = {"id": id, "key": "thing", "label": "Thing", "type": "TEXT", "convert": True}
    await done(workspace, SAVE, **change)
    assert await values(workspace) == {"A": "12"}
    await done(workspace, UNMERGE, customerId=member)
    assert await values(workspace) == {"A": "5", "B": "12"}
