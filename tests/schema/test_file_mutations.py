"""Adding many, importing and exporting over GraphQL: what comes back, and what is refused."""

import json
from typing import Any

import pytest

import models
from models import Customer, Role, Workspace
from models.base import new_id
from services.ids import global_id
from services.rows import insert_row
from services.transactions import workspace_transaction
from tests.asking import an_actor, ask
from tests.rows import NOW
from tests.services.writing import count, customer, group, rows

ADD = """mutation($input: AddCustomersInput!) { addCustomers(input: $input) {
    customers { id fullName phone } errors { code field message conflictingId } } }"""
IMPORT = """mutation($input: ImportInput!) { importCustomers(input: $input) {
    import { id status fileName dryRun total done errorFileUrl addedBy { id } problems { line }
        columns { column } createdAt }
    errors { code field message } } }"""
CANCEL = """mutation($input: CancelImportInput!) { cancelImport(input: $input) {
    import { id status } errors { code field } } }"""
EXPORT = """mutation($input: ExportInput!) { exportCustomers(input: $input) {
    export { id status format url total done addedBy { id } } errors { code field message } } }"""
LISTS = (
    """{ imports { totalCount nodes { id status } } exports { totalCount nodes { id status } } }"""
)


async def send(workspace: Workspace, mutation: str, **input: Any) -> Any:
    """The payload of a mutation."""
    (payload,) = (await ask(workspace, mutation, input=input)).values()
    return payload


async def upload(workspace: Workspace) -> str:
    """A file that was sent in; its global id."""
    row = models.Upload(
        id=new_id(),
        workspace_id=workspace.id,
        file_name="orang.csv",
        size=1,
        sha256="0" * 64,
        path="nowhere",
        created_at=NOW,
        expires_at=NOW.replace(year=NOW.year + 1),
    )
    async with workspace_transaction(workspace.id, now=NOW) as tx:
        await insert_row(tx, row)
    return global_id(models.Upload, row.id)


async def test_good_customers_are_kept_and_each_bad_one_has_its_error(workspace: Workspace) -> None:
    there = await customer(workspace, "Dewi", phone="081233333333")
    people: list[dict[str, Any]] = [
        {"fullName": "Siti", "phone": "0812 1111 1111"},
        {"fullName": " "},
        {"fullName": "Dua", "phone": "+62 812-1111-1111"},
        {"fullName": "Tiga", "phone": "081233333333"},
        {"fullName": "Empat", "groupIds": [global_id(models.Group, new_id())]},
        {"fullName": "Lima", "ownerId": "nobody"},
        {"fullName": "Budi", "email": "budi@example.com"},
    ]
    payload = await send(workspace, ADD, customers=people)
    assert [one["fullName"] for one in payload["customers"]] == ["Siti", "Budi"]
    found = [(error["code"], error["field"]) for error in payload["errors"]]
    assert found == [
        ("INVALID", ["customers", "1", "fullName"]),
        ("DUPLICATE", ["customers", "2", "phone"]),
        ("DUPLICATE", ["customers", "3", "phone"]),
        ("NOT_FOUND", ["customers", "4", "groupIds", "0"]),
        ("INVALID", ["customers", "5", "ownerId"]),
    ]
    assert payload["errors"][1]["conflictingId"] == payload["customers"][0]["id"]
    assert payload["errors"][2]["conflictingId"] == global_id(Customer, there.id)
    assert await count(workspace, "customers") == 3


async def test_many_at_once_have_a_limit(workspace: Workspace) -> None:
    for many in ([], [{"fullName": "Budi"}] * 1_001):
        payload = await send(workspace, ADD, customers=many)
        assert payload["customers"] == []
        assert [error["field"] for error in payload["errors"]] == [["customers"]]
    assert await count(workspace, "customers") == 0


async def test_a_batch_repeated_with_its_keys_adds_nobody_twice(workspace: Workspace) -> None:
    people = [{"fullName": f"Budi {n}", "idempotencyKey": f"row-{n}"} for n in range(120)]
    first = await send(workspace, ADD, customers=people)
    again = await send(workspace, ADD, customers=people)
    assert len(first["customers"]) == 120
    assert again == first


async def test_an_import_waits_for_a_worker_and_can_be_cancelled(workspace: Workspace) -> None:
    told = {"uploadId": await upload(workspace), "onDuplicate": "UPDATE", "dryRun": True}
    payload = await send(workspace, IMPORT, **told)
    assert payload["errors"] == []
    asked = payload["import"]
    assert (asked["status"], asked["fileName"], asked["dryRun"]) == ("QUEUED", "orang.csv", True)
    assert (asked["done"], asked["total"], asked["errorFileUrl"]) == (0, None, None)
    cancelled = await send(workspace, CANCEL, importId=asked["id"])
    assert cancelled == {"import": {"id": asked["id"], "status": "CANCELLED"}, "errors": []}
    lists = await ask(workspace, LISTS)
    assert lists["imports"]["nodes"] == [{"id": asked["id"], "status": "CANCELLED"}]


async def test_an_export_waits_for_a_worker(workspace: Workspace) -> None:
    expo = await group(workspace, "Expo")
    told = {
        "format": "XLSX",
        "groupId": global_id(models.Group, expo.id),
        "filter": {"statuses": ["LEAD"], "created": {"preset": "LAST_7_DAYS"}},
    }
    payload = await send(workspace, EXPORT, **told)
    assert payload["errors"] == []
    asked = payload["export"]
    assert (asked["status"], asked["format"], asked["url"]) == ("QUEUED", "XLSX", None)
    lists = await ask(workspace, LISTS)
    assert lists["exports"] == {"totalCount": 1, "nodes": [{"id": asked["id"], "status": "QUEUED"}]}
    one = await ask(workspace, "query($id: ID!) { export(id: $id) { id } }", id=asked["id"])
    assert one == {"export": {"id": asked["id"]}}


async def test_a_view_gives_an_export_its_customers_and_columns(workspace: Workspace) -> None:
    save = """mutation($input: CustomerViewInput!) { saveCustomerView(input: $input) {
        customerView { id } errors { message } } }"""
    told: dict[str, Any] = {"name": "Leads", "columns": ["owner", "phone", "lifetimeValue"]}
    saved = await send(workspace, save, **told, filter={"statuses": ["LEAD"]})
    assert saved["errors"] == []
    payload = await send(workspace, EXPORT, format="CSV", viewId=saved["customerView"]["id"])
    assert payload["errors"] == []
    [row] = await rows(workspace, "SELECT options FROM exports WHERE workspace_id = $1")
    options = json.loads(row["options"])
    assert options["columns"] == ["fullName", "owner", "phone", "lifetimeValue"]
    assert {"list": ["LEAD"]} in options["of"]["values"]
    never = await send(workspace, EXPORT, format="CSV", viewId=global_id(models.Tag, new_id()))
    assert never["errors"][0]["field"] == ["viewId"]


async def test_what_another_workspace_has_is_as_if_it_were_not(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    theirs = await upload(other_workspace)
    never = global_id(models.Upload, new_id())
    answers = [await send(workspace, IMPORT, uploadId=id) for id in (theirs, never)]
    assert answers[0] == answers[1]
    assert answers[0]["errors"][0]["code"] == "NOT_FOUND"
    own = (await send(other_workspace, IMPORT, uploadId=theirs))["import"]["id"]
    never = global_id(models.Import, new_id())
    answers = [await send(workspace, CANCEL, importId=id) for id in (own, never)]
    assert answers[0] == answers[1]
    query = "query($id: ID!) { import(id: $id) { id } }"
    assert await ask(workspace, query, id=own) == {"import": None}
    foreign = await group(other_workspace, "Expo")
    answers = [
        await send(workspace, EXPORT, format="CSV", groupId=global_id(models.Group, id))
        for id in (foreign.id, new_id())
    ]
    assert answers[0] == answers[1]
    made = (await send(other_workspace, EXPORT, format="CSV"))["export"]["id"]
    query = "query($id: ID!) { export(id: $id) { id } }"
    assert await ask(workspace, query, id=made) == {"export": None}


@pytest.mark.parametrize(
    ("mutation", "input"),
    [
        (ADD, {"customers": [{"fullName": "Budi"}]}),
        (IMPORT, {"uploadId": global_id(models.Upload, new_id())}),
        (CANCEL, {"importId": global_id(models.Import, new_id())}),
    ],
)
async def test_whoever_may_only_read_changes_nothing(
    workspace: Workspace, mutation: str, input: dict[str, Any]
) -> None:
    reader = an_actor(workspace, Role.PARTNER, scopes=frozenset({"customers:read"}))
    (payload,) = (await ask(workspace, mutation, actor=reader, input=input)).values()
    assert [error["code"] for error in payload["errors"]] == ["FORBIDDEN"]
    assert await count(workspace, "customers") == 0
