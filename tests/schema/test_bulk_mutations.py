"""Groups, tags and changes of many customers over GraphQL."""

from datetime import timedelta
from typing import Any

import pytest

from models import Customer, Role, Workspace
from models.base import new_id
from services.batches import always
from services.bulk.runs import AT_ONCE, run_bulk_change
from services.ids import decode_id, global_id
from tests.asking import an_actor, ask
from tests.services.bulk.test_runs import many
from tests.services.writing import NOW, customer, user

ERRORS = "errors { code field message conflictingId }"
BULK = (
    "bulkChange { id kind status total done failed "
    "failures { totalCount nodes { customerId code message } } }"
)
SAVE_GROUP = "mutation ($input: GroupInput!) { saveGroup(input: $input) { group { id name } %s } }"
ADD_TO_GROUP = (
    "mutation ($input: GroupMembersInput!) { addToGroup(input: $input) "
    f"{{ group {{ name customerCount }} {BULK} %s }} }}"
)
REMOVE = ADD_TO_GROUP.replace("addToGroup", "removeFromGroup")
DELETE_GROUP = "mutation ($input: DeleteInput!) { deleteGroup(input: $input) { deletedId %s } }"
SAVE_TAG = (
    "mutation ($input: TagInput!) { saveTag(input: $input) { tag { id name ltvMin ltvMax } %s } }"
)
TAG = (
    "mutation ($input: TagCustomersInput!) { tagCustomers(input: $input) "
    f"{{ tag {{ name customerCount }} {BULK} %s }} }}"
)
UNTAG = TAG.replace("tagCustomers", "untagCustomers")
DELETE_TAG = DELETE_GROUP.replace("Group", "Tag")
UPDATE = (
    f"mutation ($input: UpdateCustomersInput!) {{ updateCustomers(input: $input) {{ {BULK} %s }} }}"
)
DELETE = UPDATE.replace("UpdateCustomers", "DeleteCustomers").replace(
    "updateCustomers", "deleteCustomers"
)
CANCEL = (
    "mutation ($input: CancelBulkChangeInput!) { cancelBulkChange(input: $input) "
    f"{{ {BULK} %s }} }}"
)
LISTED = "{ bulkChanges { totalCount nodes { id kind status total done } } }"
COUNTED = "query ($filter: CustomerFilter) { customers(filter: $filter) { totalCount } }"


async def sent(workspace: Workspace, mutation: str, **input: Any) -> Any:
    """The payload of a mutation."""
    (payload,) = (await ask(workspace, mutation.replace("%s", ERRORS), input=input)).values()
    return payload


async def did(workspace: Workspace, mutation: str, **input: Any) -> Any:
    """The payload of a mutation that is not refused."""
    payload = await sent(workspace, mutation, **input)
    assert payload["errors"] == [], payload
    return payload


def refusals(payload: Any) -> list[tuple[str, list[str]]]:
    """Code and field of each error."""
    return [(error["code"], error["field"]) for error in payload["errors"]]


def id_of(row: Customer) -> str:
    """A customer's global id."""
    return global_id(Customer, row.id)


async def test_a_group_is_made_renamed_filled_and_deleted(workspace: Workspace) -> None:
    ani, budi = await customer(workspace, "Ani"), await customer(workspace, "Budi")
    made = (await did(workspace, SAVE_GROUP, name=" VIP "))["group"]
    assert made["name"] == "VIP"
    named = await did(workspace, SAVE_GROUP, id=made["id"], name="Very important")
    assert named["group"] == {"id": made["id"], "name": "Very important"}
    put = await did(
        workspace, ADD_TO_GROUP, groupId=made["id"], customerIds=[id_of(ani), id_of(budi)]
    )
    assert put["group"] == {"name": "Very important", "customerCount": 2}
    assert put["bulkChange"]["status"] == "FINISHED"
    taken = await did(workspace, REMOVE, groupId=made["id"], customerIds=[id_of(ani)])
    assert taken["group"]["customerCount"] == 1
    filter = {"groupIds": [made["id"]]}
    assert (await ask(workspace, COUNTED, filter=filter))["customers"]["totalCount"] == 1
    gone = await did(workspace, DELETE_GROUP, id=made["id"])
    assert gone["deletedId"] == made["id"]
    assert (await ask(workspace, COUNTED, filter=filter))["customers"]["totalCount"] == 0
    assert (await ask(workspace, COUNTED))["customers"]["totalCount"] == 2


async def test_a_tag_by_lifetime_value_is_carried_from_its_commit_on(workspace: Workspace) -> None:
    await customer(workspace, "Ani")
    made = await did(workspace, SAVE_TAG, name="New", ltvMin="0", ltvMax="30.5")
    assert made["tag"]["ltvMin"] == "0.00"
    assert made["tag"]["ltvMax"] == "30.50"
    filter = {"tagIds": [made["tag"]["id"]]}
    assert (await ask(workspace, COUNTED, filter=filter))["customers"]["totalCount"] == 1
    await did(workspace, SAVE_TAG, id=made["tag"]["id"], name="New", ltvMin="0.01")
    assert (await ask(workspace, COUNTED, filter=filter))["customers"]["totalCount"] == 0
    opened = await did(workspace, SAVE_TAG, id=made["tag"]["id"], name="New", ltvMin=None)
    assert (opened["tag"]["ltvMin"], opened["tag"]["ltvMax"]) == (None, "30.50")


@pytest.mark.parametrize(
    ("mutation", "input", "refusal"),
    [
        (SAVE_GROUP, {"name": "  "}, ("INVALID", ["name"])),
        (SAVE_GROUP, {"name": "x" * 201}, ("INVALID", ["name"])),
        (SAVE_GROUP, {"name": "viP"}, ("DUPLICATE", ["name"])),
        (SAVE_TAG, {"name": "Bésar"}, ("DUPLICATE", ["name"])),
        (SAVE_TAG, {"name": "A", "ltvMin": "2", "ltvMax": "1"}, ("INVALID", ["ltvMin"])),
        (SAVE_TAG, {"name": "A", "ltvMin": "-1"}, ("INVALID", ["ltvMin"])),
        (SAVE_TAG, {"name": "A", "ltvMax": "1.001"}, ("INVALID", ["ltvMax"])),
    ],
)
async def test_names_and_ranges_that_will_not_do(
    workspace: Workspace, mutation: str, input: dict[str, Any], refusal: tuple[str, list[str]]
) -> None:
    await did(workspace, SAVE_GROUP, name="VIP")
    await did(workspace, SAVE_TAG, name="besar")
    assert refusals(await sent(workspace, mutation, **input)) == [refusal]


async def test_who_of_a_list_cannot_be_tagged_is_named_and_the_others_are(
    workspace: Workspace,
) -> None:
    ani = await customer(workspace, "Ani")
    tag = (await did(workspace, SAVE_TAG, name="VIP"))["tag"]
    ids = [id_of(ani), global_id(Customer, new_id())]
    payload = await sent(workspace, TAG, tagId=tag["id"], customerIds=ids)
    assert refusals(payload) == [("NOT_FOUND", ["customerIds", "1"])]
    assert payload["tag"]["customerCount"] == 1
    assert payload["bulkChange"]["failures"]["nodes"][0]["customerId"] == ids[1]
    untagged = await did(workspace, UNTAG, tagId=tag["id"], customerIds=ids[:1])
    assert untagged["tag"]["customerCount"] == 0


async def test_all_that_match_are_changed_alike(workspace: Workspace) -> None:
    rina = await user(workspace)
    await many(workspace, 7)
    await customer(workspace, "Budi", status=None)
    payload = await did(
        workspace,
        UPDATE,
        search="ani",
        ownerId=global_id(type(rina), rina.id),
        status="LEAD",
        province="Bali",
    )
    bulk = payload["bulkChange"]
    assert (bulk["kind"], bulk["status"]) == ("UPDATE", "FINISHED")
    assert (bulk["total"], bulk["done"], bulk["failed"]) == (7, 7, 0)
    filter = {"ownerIds": [global_id(type(rina), rina.id)], "statuses": ["LEAD"]}
    assert (await ask(workspace, COUNTED, filter=filter))["customers"]["totalCount"] == 7
    deleted = await did(workspace, DELETE, filter=filter)
    assert deleted["bulkChange"]["done"] == 7
    assert (await ask(workspace, COUNTED))["customers"]["totalCount"] == 1


async def test_many_are_changed_in_the_background_and_can_be_stopped(workspace: Workspace) -> None:
    await many(workspace, AT_ONCE + 1)
    tag = (await did(workspace, SAVE_TAG, name="VIP"))["tag"]
    payload = await did(workspace, TAG, tagId=tag["id"], filter={})
    assert payload["bulkChange"]["status"] == "QUEUED"
    assert payload["tag"]["customerCount"] == 0
    id = payload["bulkChange"]["id"]
    found = decode_id(id)
    assert found is not None
    later = NOW + timedelta(seconds=5)
    await run_bulk_change(workspace.id, found[1], clock=lambda: later, proceed=always)
    listed = (await ask(workspace, LISTED))["bulkChanges"]
    assert listed["nodes"] == [
        {"id": id, "kind": "TAG", "status": "FINISHED", "total": AT_ONCE + 1, "done": AT_ONCE + 1}
    ]
    again = await did(workspace, UNTAG, tagId=tag["id"], filter={"tagIds": [tag["id"]]})
    stopped = await did(workspace, CANCEL, bulkChangeId=again["bulkChange"]["id"])
    assert (stopped["bulkChange"]["status"], stopped["bulkChange"]["done"]) == ("CANCELLED", 0)


@pytest.mark.parametrize("input", [{}, {"customerIds": ["x"], "filter": {}}])
async def test_either_ids_or_a_filter(workspace: Workspace, input: dict[str, Any]) -> None:
    payload = await sent(workspace, DELETE, **input)
    assert refusals(payload) == [("INVALID", ["customerIds"])]
    assert payload["bulkChange"] is None


async def test_an_id_of_something_else_changes_nothing(workspace: Workspace) -> None:
    ani = await customer(workspace, "Ani")
    tag = (await did(workspace, SAVE_TAG, name="VIP"))["tag"]
    payload = await sent(workspace, DELETE, customerIds=[id_of(ani), tag["id"]])
    assert refusals(payload) == [("INVALID", ["customerIds", "1"])]
    assert (await ask(workspace, COUNTED))["customers"]["totalCount"] == 1


async def test_another_workspaces_things_are_like_unknown_ones(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    ani = await customer(workspace, "Ani")
    tag = (await did(workspace, SAVE_TAG, name="VIP"))["tag"]
    group = (await did(workspace, SAVE_GROUP, name="VIP"))["group"]
    bulk = (await did(workspace, TAG, tagId=tag["id"], customerIds=[id_of(ani)]))["bulkChange"]
    their_tag = (await did(other_workspace, SAVE_TAG, name="VIP"))["tag"]
    for mutation, input, field in (
        (SAVE_TAG, {"id": tag["id"], "name": "X"}, "id"),
        (SAVE_GROUP, {"id": group["id"], "name": "X"}, "id"),
        (DELETE_TAG, {"id": tag["id"]}, "id"),
        (DELETE_GROUP, {"id": group["id"]}, "id"),
        (TAG, {"tagId": tag["id"], "filter": {}}, "tagId"),
        (ADD_TO_GROUP, {"groupId": group["id"], "filter": {}}, "groupId"),
        (CANCEL, {"bulkChangeId": bulk["id"]}, "bulkChangeId"),
    ):
        assert refusals(await sent(other_workspace, mutation, **input)) == [("NOT_FOUND", [field])]
    payload = await sent(other_workspace, TAG, tagId=their_tag["id"], customerIds=[id_of(ani)])
    assert refusals(payload) == [("NOT_FOUND", ["customerIds", "0"])]
    assert (await ask(other_workspace, LISTED))["bulkChanges"]["totalCount"] == 1
    node = "query ($id: ID!) { node(id: $id) { id } }"
    assert (await ask(other_workspace, node, id=bulk["id"]))["node"] is None


async def test_a_partner_without_the_scope_learns_nothing(workspace: Workspace) -> None:
    actor = an_actor(workspace, Role.PARTNER)
    text = TAG.replace("%s", ERRORS)
    input = {"tagId": "tag_x", "filter": {"properties": [{"key": "unknown", "op": "EQ"}]}}
    payload = (await ask(workspace, text, actor=actor, input=input))["tagCustomers"]
    assert [error["code"] for error in payload["errors"]] == ["FORBIDDEN"]
