"""Properties over GraphQL: switched on and off, put away and brought back, and converted."""

from datetime import timedelta
from typing import Any

import pytest

import models
from models import PropertyType, Workspace
from services.due_work import waiting_conversions
from services.ids import global_id
from services.jobs import Job
from services.property_built_ins import BUILT_INS
from services.transactions import workspace_transaction
from tests.asking import answer, ask
from tests.records import Records
from tests.rows import NOW
from workers.conversions import convert_properties
from workers.registrations import Resources

LIST = """query($a: Boolean, $e: Boolean) { customerProperties(includeArchived: $a, enabled: $e) {
    id key label type options required builtIn enabled position archivedAt converting } }"""
SAVE = """mutation($i: PropertyInput!) { saveProperty(input: $i) {
    property { id key label type options enabled required converting archivedAt }
    converted cleared errors { code field message } } }"""
ARCHIVE = """mutation($id: ID!) { archiveProperty(input: { id: $id }) {
    property { archivedAt } errors { code field } } }"""
RESTORE = """mutation($id: ID!) { restoreProperty(input: { id: $id }) {
    property { archivedAt } errors { code field } } }"""
VALUES = """{ customers(orderBy: { by: FULL_NAME, direction: ASC }, first: 100) { nodes {
    id fullName version properties { key value } } } }"""
FILTER = "query($f: CustomerFilter) { customers(filter: $f) { nodes { fullName } } }"


async def listed(workspace: Workspace, **arguments: Any) -> dict[str, dict[str, Any]]:
    """The workspace's properties by key, in their order."""
    data = await ask(workspace, LIST, **arguments)
    return {one["key"]: one for one in data["customerProperties"]}


async def save(workspace: Workspace, **input: Any) -> dict[str, Any]:
    """Save a property; the payload."""
    found = await answer(workspace, SAVE, i=input)
    assert not found.errors, found.errors
    payload: dict[str, Any] = found.data["saveProperty"]
    return payload


async def changed(workspace: Workspace, document: str, id: str) -> dict[str, Any]:
    """The payload of putting away or bringing back."""
    [payload] = (await answer(workspace, document, id=id)).data.values()
    return dict(payload)


async def values(workspace: Workspace) -> dict[str, Any]:
    """Each customer's first value, by name."""
    nodes = (await ask(workspace, VALUES))["customers"]["nodes"]
    return {
        node["fullName"]: node["properties"][0]["value"] if node["properties"] else "hidden"
        for node in nodes
    }


async def with_values(
    workspace: Workspace, type: PropertyType, kept: list[Any], **options: Any
) -> str:
    """A property and customers A, B, C … who have these values of it; its id."""
    records = Records(workspace)
    definition = records.property("thing", type, **options)
    for number, value in enumerate(kept):
        properties = {} if value is None else {"thing": value}
        records.customer(chr(ord("A") + number), properties=properties)
    await records.save()
    return global_id(models.PropertyDefinition, definition.id)


async def test_a_new_workspace_has_the_built_in_properties_switched_on(
    workspace: Workspace,
) -> None:
    found = await listed(workspace)
    assert list(found) == [one.key for one in BUILT_INS]
    assert all(one["builtIn"] and one["enabled"] for one in found.values())
    assert found["phone"]["type"] == "PHONE"
    assert "WHATSAPP" in found["channel"]["options"]


async def test_an_additional_field_is_switched_off_and_on_and_keeps_its_values(
    workspace: Workspace,
) -> None:
    records = Records(workspace)
    records.customer("Ayu", job_title="Guru")
    await records.save()
    title = (await listed(workspace))["jobTitle"]
    input = {"key": "jobTitle", "label": "Pekerjaan", "type": "TEXT"}
    off = await save(workspace, id=title["id"], enabled=False, **input)
    assert (off["errors"], off["property"]["enabled"]) == ([], False)
    assert "jobTitle" not in await listed(workspace, e=True)
    assert list(await listed(workspace, e=False)) == ["jobTitle"]
    data = await ask(workspace, "{ customers { nodes { jobTitle } } }")
    assert data["customers"]["nodes"] == [{"jobTitle": "Guru"}]
    on = await save(workspace, enabled=True, **input)  # by its key alone
    assert on["property"]["enabled"] is True
    assert (await listed(workspace))["jobTitle"]["label"] == "Pekerjaan"


@pytest.mark.parametrize("key", ["fullName", "owner", "assignee"])
async def test_the_defaults_cannot_go(workspace: Workspace, key: str) -> None:
    one = (await listed(workspace))[key]
    input = {"key": key, "label": one["label"], "type": one["type"], "id": one["id"]}
    refused = await save(workspace, enabled=False, **input)
    assert [error["field"] for error in refused["errors"]] == [["enabled"]]
    gone = await changed(workspace, ARCHIVE, one["id"])
    assert gone["errors"] == [{"code": "INVALID", "field": ["id"]}]
    assert (await listed(workspace))[key]["enabled"] is True


@pytest.mark.parametrize(
    ("input", "field"),
    [
        ({"type": "NUMBER"}, ["type"]),
        ({"key": "job"}, ["key"]),
        ({"required": True}, ["required"]),
        ({"options": ["Guru"]}, ["options"]),
    ],
)
async def test_a_built_in_property_stays_what_it_is(
    workspace: Workspace, input: dict[str, Any], field: list[str]
) -> None:
    one = (await listed(workspace))["jobTitle"]
    values = {"id": one["id"], "key": "jobTitle", "label": "Job", "type": "TEXT", **input}
    payload = await save(workspace, **values)
    assert [(error["code"], error["field"]) for error in payload["errors"]] == [("INVALID", field)]


async def test_another_workspaces_properties_are_unknown(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    theirs = await with_values(other_workspace, PropertyType.TEXT, ["x"])
    for document in (ARCHIVE, RESTORE):
        payload = await changed(workspace, document, theirs)
        assert payload["errors"] == [{"code": "NOT_FOUND", "field": ["id"]}]
    assert "thing" in await listed(other_workspace)


async def test_an_archived_property_is_hidden_and_comes_back_with_its_values(
    workspace: Workspace,
) -> None:
    id = await with_values(workspace, PropertyType.NUMBER, [5, None])
    filter = {"properties": [{"key": "thing", "op": "GT", "value": 1}]}
    gone = await changed(workspace, ARCHIVE, id)
    assert gone["errors"] == []
    assert "thing" not in await listed(workspace)
    assert (await listed(workspace, a=True))["thing"]["archivedAt"] is not None
    assert await values(workspace) == {"A": "hidden", "B": "hidden"}
    refused = await answer(workspace, FILTER, f=filter)
    assert "is defined" in refused.refusal.message
    again = await save(workspace, key="thing", label="Thing", type="TEXT")
    assert again["errors"][0]["code"] == "DUPLICATE"
    back = await changed(workspace, RESTORE, id)
    assert back["property"] == {"archivedAt": None}
    assert await values(workspace) == {"A": 5, "B": None}
    data = await ask(workspace, FILTER, f=filter)
    assert data["customers"]["nodes"] == [{"fullName": "A"}]


async def test_a_type_in_use_is_refused_with_the_count_or_converts_when_told(
    workspace: Workspace,
) -> None:
    id = await with_values(workspace, PropertyType.TEXT, ["12", " 7.5 ", "besar", None])
    input = {"id": id, "key": "thing", "label": "Thing", "type": "NUMBER"}
    refused = await save(workspace, **input)
    [error] = refused["errors"]
    assert (error["code"], error["field"]) == ("CONFLICT", ["type"])
    assert "3 customers" in error["message"]
    done = await save(workspace, convert=True, **input)
    assert (done["errors"], done["converted"], done["cleared"]) == ([], 3, 1)
    assert done["property"]["converting"] is False
    assert await values(workspace) == {"A": 12, "B": 7.5, "C": None, "D": None}
    filter = {"properties": [{"key": "thing", "op": "GTE", "value": 7}]}
    nodes = (await ask(workspace, FILTER, f=filter))["customers"]["nodes"]
    assert sorted(node["fullName"] for node in nodes) == ["A", "B"]


async def test_a_value_that_is_cleared_is_in_the_history(workspace: Workspace) -> None:
    id = await with_values(workspace, PropertyType.TEXT, ["12", "besar"])
    input = {"id": id, "key": "thing", "label": "Thing", "type": "NUMBER"}
    await save(workspace, convert=True, **input)
    async with workspace_transaction(workspace.id) as tx:
        changes = await tx.fetch(
            "SELECT changes FROM profile_changes WHERE workspace_id = $1", workspace.id
        )
        events = await tx.fetch("SELECT type FROM events WHERE workspace_id = $1", workspace.id)
    assert [row["changes"] for row in changes] == [
        '[{"new": null, "old": "besar", "field": "properties.thing"}]'
    ]
    assert [row["type"] for row in events] == ["CUSTOMER_UPDATED"]
    nodes = (await ask(workspace, VALUES))["customers"]["nodes"]
    assert [node["version"] for node in nodes] == [1, 2]


async def test_an_option_in_use_is_refused_or_taken_from_the_values(workspace: Workspace) -> None:
    options = ["Teh", "Kopi", "Susu"]
    kept = [["Teh", "Kopi"], ["Kopi"], ["Susu"]]
    id = await with_values(workspace, PropertyType.MULTI_SELECT, kept, options=options)
    input = {"id": id, "key": "thing", "label": "T", "type": "MULTI_SELECT"}
    refused = await save(workspace, options=["Teh", "Susu"], **input)
    assert "2 customers have the option Kopi" in refused["errors"][0]["message"]
    done = await save(workspace, options=["Teh", "Susu"], convert=True, **input)
    assert (done["converted"], done["cleared"]) == (2, 2)
    assert await values(workspace) == {"A": ["Teh"], "B": None, "C": ["Susu"]}


async def test_many_customers_are_converted_by_a_worker(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.property_conversions.AT_ONCE", 2)
    monkeypatch.setattr("services.property_conversions.BATCH", 2)
    kept = ["1", "2", "x", "4", "5"]
    id = await with_values(workspace, PropertyType.TEXT, kept)
    input = {"id": id, "key": "thing", "label": "Thing", "type": "NUMBER"}
    begun = await save(workspace, convert=True, **input)
    assert (begun["errors"], begun["property"]["converting"]) == ([], True)
    assert workspace.id in await waiting_conversions()
    again = await save(workspace, **{**input, "type": "TEXT", "convert": True})
    assert again["errors"][0]["code"] == "CONFLICT"

    async def enqueue(job: Job) -> None:
        raise AssertionError(job.name)

    resources = Resources(enqueue=enqueue, clock=lambda: NOW + timedelta(minutes=1))
    await convert_properties(resources)
    assert workspace.id not in await waiting_conversions()
    assert await values(workspace) == {"A": 1, "B": 2, "C": None, "D": 4, "E": 5}
    assert (await listed(workspace))["thing"]["converting"] is False
