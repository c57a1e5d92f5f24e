"""The history of a customer: each change in their timeline, with who, what, and where from."""

from typing import Any

import models
from models import CustomerStatus, Workspace
from services.customer_fields import CustomerChanges
from services.customer_updates import update_customer
from services.ids import global_id
from services.properties import PropertyDraft, PropertyEntry, save_property
from tests.asking import ask
from tests.services.writing import as_key, as_user, change, customer, user

HISTORY = """query($id: ID!) { customer(id: $id) { timeline(kinds: [PROFILE]) { totalCount nodes {
    title subject { id ... on ProfileChange {
        source user { name } apiKeyName changes { field old new } } } } } } }"""


async def history(workspace: Workspace, one: models.Customer) -> list[Any]:
    """The changes of a customer, the newest first."""
    data = await ask(workspace, HISTORY, id=global_id(models.Customer, one.id))
    return [node["subject"] for node in data["customer"]["timeline"]["nodes"]]


async def test_each_change_is_told_with_old_and_new_and_who_made_it(workspace: Workspace) -> None:
    await change(
        workspace,
        save_property,
        PropertyDraft(key="size", label="S", type=models.PropertyType.TEXT),
    )
    one = await customer(workspace, "Siti Rahma", phone="0812345678")
    agent, key = await user(workspace, "Sari"), await as_key(workspace)
    changes = CustomerChanges(full_name="Siti Aminah", owner_id=agent.id, phone=None)
    await change(workspace, update_customer, one.id, changes, actor=as_user(agent))
    changes = CustomerChanges(status=CustomerStatus.LEAD, properties=[PropertyEntry("size", "XL")])
    await change(workspace, update_customer, one.id, changes, actor=key)
    by_key, by_user = await history(workspace, one)
    assert (by_user["source"], by_user["user"], by_user["apiKeyName"]) == (
        "USER",
        {"name": "Sari"},
        None,
    )
    assert by_user["changes"] == [
        {"field": "fullName", "old": "Siti Rahma", "new": "Siti Aminah"},
        {"field": "ownerId", "old": None, "new": global_id(models.User, agent.id)},
        {"field": "phone", "old": "+62812345678", "new": None},
    ]
    assert (by_key["source"], by_key["user"], by_key["apiKeyName"]) == ("API", None, "Partner")
    assert by_key["changes"] == [
        {"field": "status", "old": None, "new": "LEAD"},
        {"field": "properties.size", "old": None, "new": "XL"},
    ]


async def test_what_changes_nothing_leaves_no_trace(workspace: Workspace) -> None:
    one = await customer(workspace, "Siti Rahma")
    await change(workspace, update_customer, one.id, CustomerChanges(full_name="Siti Rahma"))
    assert await history(workspace, one) == []


async def test_a_change_is_a_node_of_its_workspace_only(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    one = await customer(workspace, "Siti Rahma")
    await change(workspace, update_customer, one.id, CustomerChanges(full_name="Siti"))
    [made] = await history(workspace, one)
    query = "query($id: ID!) { node(id: $id) { id ... on ProfileChange { changes { field } } } }"
    assert (await ask(workspace, query, id=made["id"]))["node"] == {
        "id": made["id"],
        "changes": [{"field": "fullName"}],
    }
    assert (await ask(other_workspace, query, id=made["id"]))["node"] is None
