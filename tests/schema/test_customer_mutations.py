"""Customers written over GraphQL: what comes back, what is left out, what is refused."""

from typing import Any

from models import Customer, Role, User, Workspace
from models.base import new_id
from services.ids import global_id
from services.property_built_ins import BUILT_INS
from tests.asking import an_actor, ask
from tests.services.writing import count, group, user

ADD = """
    mutation ($input: AddCustomerInput!) {
        addCustomer(input: $input) {
            customer {
                id version fullName phone email username source status acquisition zipCode
                owner { name } addedBy { name } lifetimeValue isProductive createdAt
                mainIdentity { identifier isMain } groups { name } property(key: "likes")
                properties { key type value } window { status }
            }
            errors { code field message conflictingId }
        }
    }"""
UPDATE = """
    mutation ($input: UpdateCustomerInput!) {
        updateCustomer(input: $input) {
            customer { id version fullName jobTitle province phone groups { name } }
            errors { code field message conflictingId }
        }
    }"""
DELETE = """
    mutation ($input: DeleteCustomerInput!) {
        deleteCustomer(input: $input) { deletedId errors { code field } }
    }"""
RESTORE = """
    mutation ($input: RestoreCustomerInput!) {
        restoreCustomer(input: $input) { customer { id deletedAt } errors { code field } }
    }"""
SAVE_PROPERTY = """
    mutation ($input: PropertyInput!) {
        saveProperty(input: $input) {
            property { id key label type options required enabled builtIn position archivedAt }
            errors { code field message conflictingId }
        }
    }"""
COUNTED = "{ customers { totalCount nodes { fullName } } }"
LIKES = {"key": "likes", "label": "Likes", "type": "MULTI_SELECT", "options": ["Tea", "Coffee"]}


async def send(workspace: Workspace, mutation: str, **input: Any) -> Any:
    """The payload of a mutation."""
    (payload,) = (await ask(workspace, mutation, input=input)).values()
    return payload


async def added(workspace: Workspace, **input: Any) -> Any:
    """A customer who was added without an error."""
    payload = await send(workspace, ADD, **{"fullName": "Siti", **input})
    assert payload["errors"] == []
    return payload["customer"]


async def test_added_customer_comes_back_whole(workspace: Workspace) -> None:
    agent, vip = await user(workspace, "Rina"), await group(workspace, "VIP")
    saved = await send(workspace, SAVE_PROPERTY, **LIKES)
    assert saved["errors"] == []
    payload = await ask(
        workspace,
        ADD,
        actor=an_actor(workspace, Role.AGENT, user_id=agent.id),
        input={
            "fullName": " Siti Nurhaliza ",
            "ownerId": global_id(User, agent.id),
            "channel": "WHATSAPP",
            "phone": "0812-3456-7890",
            "email": "siti@example.com",
            "status": "LEAD",
            "groupIds": [f"grp_{vip.id.hex}"],
            "properties": [{"key": "likes", "value": ["Coffee", "Tea"]}],
        },
    )
    customer = payload["addCustomer"]["customer"]
    assert payload["addCustomer"]["errors"] == []
    assert customer.pop("id").startswith("cus_")
    assert customer.pop("createdAt") is not None
    assert customer == {
        "version": 1,
        "fullName": "Siti Nurhaliza",
        "phone": "+6281234567890",
        "email": "siti@example.com",
        "username": None,
        "source": "WHATSAPP",
        "status": "LEAD",
        "acquisition": "MANUAL",
        "zipCode": None,
        "owner": {"name": "Rina"},
        "addedBy": {"name": "Rina"},
        "lifetimeValue": "0.00",
        "isProductive": False,
        "mainIdentity": {"identifier": "+6281234567890", "isMain": True},
        "groups": [{"name": "VIP"}],
        "property": ["Tea", "Coffee"],
        "properties": [{"key": "likes", "type": "MULTI_SELECT", "value": ["Tea", "Coffee"]}],
        "window": {"status": "PASSIVE"},
    }


async def test_refusal_is_data_with_its_path(workspace: Workspace) -> None:
    first = await added(workspace, phone="081234567890")
    cases: list[tuple[dict[str, Any], str, list[str], str | None]] = [
        ({"fullName": " "}, "INVALID", ["fullName"], None),
        ({"phone": "12"}, "INVALID", ["phone"], None),
        ({"ownerId": "Rina"}, "INVALID", ["ownerId"], None),
        ({"ownerId": first["id"]}, "INVALID", ["ownerId"], None),
        ({"ownerId": global_id(User, new_id())}, "NOT_FOUND", ["ownerId"], None),
        ({"groupIds": ["grp_1"]}, "INVALID", ["groupIds", "0"], None),
        ({"properties": [{"key": "x", "value": 1}]}, "INVALID", ["properties", "0", "key"], None),
        ({"phone": "+6281234567890"}, "DUPLICATE", ["phone"], first["id"]),
    ]
    for input, code, field, conflicting in cases:
        payload = await send(workspace, ADD, **{"fullName": "Budi", **input})
        assert payload["customer"] is None
        (error,) = payload["errors"]
        assert (error["code"], error["field"]) == (code, field)
        assert error["conflictingId"] == conflicting
        assert error["message"].endswith((".", "?"))
    assert await count(workspace, "customers") == 1


async def test_null_is_as_good_as_left_out_when_adding(workspace: Workspace) -> None:
    first = await added(workspace, idempotencyKey="k")
    again = await added(
        workspace, idempotencyKey="k", phone=None, properties=None, allowDuplicate=None
    )
    assert again["id"] == first["id"]


async def test_left_out_is_unchanged_and_null_clears(workspace: Workspace) -> None:
    vip = await group(workspace, "VIP")
    one = await added(workspace, jobTitle="Owner", province="Bali", groupIds=[f"grp_{vip.id.hex}"])
    payload = await send(workspace, UPDATE, customerId=one["id"], province=None, phone="0215551234")
    assert payload["errors"] == []
    assert payload["customer"] == {
        "id": one["id"],
        "version": 2,
        "fullName": "Siti",
        "jobTitle": "Owner",
        "province": None,
        "phone": "+62215551234",
        "groups": [{"name": "VIP"}],
    }
    payload = await send(workspace, UPDATE, customerId=one["id"], groupIds=None)
    assert (payload["customer"]["version"], payload["customer"]["groups"]) == (3, [])
    payload = await send(workspace, UPDATE, customerId=one["id"], fullName=None)
    assert [error["field"] for error in payload["errors"]] == [["fullName"]]


async def test_stale_version_is_told(workspace: Workspace) -> None:
    one = await added(workspace)
    await send(workspace, UPDATE, customerId=one["id"], expectedVersion=1, province="Bali")
    payload = await send(workspace, UPDATE, customerId=one["id"], expectedVersion=1, fullName="B")
    (error,) = payload["errors"]
    assert (error["code"], error["field"]) == ("STALE", ["expectedVersion"])
    assert "province" in error["message"]
    assert error["conflictingId"] == one["id"]


async def test_deleted_customer_leaves_the_list_and_comes_back(workspace: Workspace) -> None:
    one = await added(workspace)
    deleted = await send(workspace, DELETE, customerId=one["id"])
    assert deleted == {"deletedId": one["id"], "errors": []}
    assert (await ask(workspace, COUNTED))["customers"] == {"totalCount": 0, "nodes": []}
    again = await send(workspace, DELETE, customerId=one["id"])
    assert again["deletedId"] is None
    assert again["errors"] == [{"code": "NOT_FOUND", "field": ["customerId"]}]
    restored = await send(workspace, RESTORE, customerId=one["id"])
    assert restored == {"customer": {"id": one["id"], "deletedAt": None}, "errors": []}
    assert (await ask(workspace, COUNTED))["customers"]["totalCount"] == 1


async def test_customers_of_others_are_unknown(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    theirs = await added(other_workspace)
    for mutation in (DELETE, RESTORE, UPDATE):
        answers = [
            await send(workspace, mutation, customerId=id)
            for id in (theirs["id"], global_id(Customer, new_id()))
        ]
        assert answers[0] == answers[1]
        assert answers[0]["errors"][0]["code"] == "NOT_FOUND"


async def test_partner_without_the_scope_is_refused(workspace: Workspace) -> None:
    partner = an_actor(workspace, Role.PARTNER)
    for mutation, input in ((ADD, {"fullName": "Siti"}), (SAVE_PROPERTY, LIKES)):
        (payload,) = (await ask(workspace, mutation, actor=partner, input=input)).values()
        assert [error["code"] for error in payload["errors"]] == ["FORBIDDEN"]
    assert await count(workspace, "customers") == 0
    assert await count(workspace, "property_definitions") == len(BUILT_INS)


async def test_property_is_saved_and_changed(workspace: Workspace) -> None:
    payload = await send(workspace, SAVE_PROPERTY, **LIKES)
    saved = payload["property"]
    assert payload["errors"] == []
    assert {**saved, "id": None} == {
        **LIKES,
        "id": None,
        "required": False,
        "enabled": True,
        "builtIn": False,
        "position": len(BUILT_INS) + 1,
        "archivedAt": None,
    }
    draft = {**LIKES, "id": saved["id"], "label": "Drinks", "enabled": False, "options": ["Tea"]}
    changed = (await send(workspace, SAVE_PROPERTY, **draft))["property"]
    assert changed == {**saved, "label": "Drinks", "enabled": False, "options": ["Tea"]}
    (error,) = (await send(workspace, SAVE_PROPERTY, **LIKES))["errors"]
    assert (error["code"], error["conflictingId"]) == ("DUPLICATE", saved["id"])
