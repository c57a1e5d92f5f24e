"""Custom properties: their definitions, and the values that customers have of them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from models import PropertyDefinition, PropertyType, User, Workspace
from models.base import new_id
from services.customer_additions import add_customer
from services.customer_fields import CustomerChanges, NewCustomer
from services.customer_updates import update_customer
from services.errors import ErrorCode, Refusal
from services.ids import global_id
from services.properties import PropertyDraft, PropertyEntry, list_properties, save_property
from services.property_built_ins import BUILT_INS
from tests.services.writing import NOW, change, count, customer, refused, rows, stored, user

INVALID = ErrorCode.INVALID
TEXT = PropertyType.TEXT


async def defined(
    workspace: Workspace, key: str, type: PropertyType = TEXT, **options: Any
) -> PropertyDefinition:
    """A property of the workspace."""
    draft = PropertyDraft(key=key, label=key.title(), type=type, **options)
    return await change(workspace, save_property, draft)


async def index_of(workspace: Workspace) -> list[tuple[Any, Any, Any]]:
    """What the index holds: text, number and time of each entry."""
    found = await rows(
        workspace,
        "SELECT text_value, number_value, time_value FROM property_index_entries"
        " WHERE workspace_id = $1 ORDER BY text_value, number_value, time_value",
    )
    return [(row["text_value"], row["number_value"], row["time_value"]) for row in found]


async def test_properties_stand_in_the_order_of_their_making(workspace: Workspace) -> None:
    for key in ("birthday", "size", "a1_B"):
        await defined(workspace, key)
    found = await change(workspace, list_properties)
    assert [one.key for one in found] == ["birthday", "size", "a1_B"]
    first = len(BUILT_INS) + 1
    assert [one.position for one in found] == [first, first + 1, first + 2]
    assert all(one.enabled and not one.required and not one.built_in for one in found)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"key": ""}, "key"),
        ({"key": "Size"}, "key"),
        ({"key": "1size"}, "key"),
        ({"key": "shoe-size"}, "key"),
        ({"key": "x" * 65}, "key"),
        ({"key": "fullName"}, "key"),
        ({"key": "fullname"}, "key"),
        ({"key": "phone"}, "key"),
        ({"label": " "}, "label"),
        ({"position": -1}, "position"),
        ({"type": PropertyType.SINGLE_SELECT}, "options"),
        ({"type": PropertyType.MULTI_SELECT, "options": ["Red", "RED"]}, "options"),
        ({"type": PropertyType.MULTI_SELECT, "options": ["Red", ""]}, "options"),
        ({"options": ["Red"]}, "options"),
    ],
)
async def test_bad_definition_is_refused_at_its_field(
    workspace: Workspace, fields: dict[str, Any], field: str
) -> None:
    draft = PropertyDraft(**{"key": "size", "label": "Size", "type": TEXT, **fields})
    with pytest.raises(Refusal) as caught:
        await change(workspace, save_property, draft)
    assert (caught.value.code, caught.value.field[0]) == (INVALID, field)
    assert await count(workspace, "property_definitions") == len(BUILT_INS)


async def test_key_is_of_one_property(workspace: Workspace, other_workspace: Workspace) -> None:
    first = await defined(workspace, "size")
    draft = PropertyDraft(key="size", label="Size", type=TEXT)
    attempt = change(workspace, save_property, draft)
    refusal = await refused(ErrorCode.DUPLICATE, ("key",), attempt)
    assert refusal.conflicting == (PropertyDefinition, first.id)
    assert (await defined(other_workspace, "size")).id != first.id


async def test_change_keeps_what_is_left_out(workspace: Workspace) -> None:
    first = await defined(
        workspace, "size", PropertyType.SINGLE_SELECT, options=["S", "L"], required=True, position=7
    )
    draft = PropertyDraft(id=first.id, key="size", label="Shirt", type=PropertyType.SINGLE_SELECT)
    changed = await change(workspace, save_property, draft)
    assert (changed.id, changed.label, changed.options) == (first.id, "Shirt", ["S", "L"])
    assert (changed.required, changed.enabled, changed.position) == (True, True, 7)
    (kept,) = await change(workspace, list_properties)
    assert kept.label == "Shirt"


async def test_key_never_changes(workspace: Workspace) -> None:
    first = await defined(workspace, "size")
    draft = PropertyDraft(id=first.id, key="width", label="Width", type=TEXT)
    await refused(INVALID, ("key",), change(workspace, save_property, draft))


async def test_definition_of_another_workspace_is_unknown(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    theirs = await defined(other_workspace, "size")
    for id in (theirs.id, new_id()):
        draft = PropertyDraft(id=id, key="size", label="Size", type=TEXT)
        attempt = change(workspace, save_property, draft)
        refusal = await refused(ErrorCode.NOT_FOUND, ("id",), attempt)
        assert refusal.message == "No property has this id."


async def test_type_in_use_stays(workspace: Workspace) -> None:
    first = await defined(workspace, "size")
    for name in ("A", "B"):
        await customer(workspace, name, properties=[PropertyEntry("size", "XL")])
    draft = PropertyDraft(id=first.id, key="size", label="Size", type=PropertyType.NUMBER)
    attempt = change(workspace, save_property, draft)
    refusal = await refused(ErrorCode.CONFLICT, ("type",), attempt)
    assert "2 customers" in refusal.message
    unused = await defined(workspace, "other")
    draft = PropertyDraft(id=unused.id, key="other", label="O", type=PropertyType.NUMBER)
    assert (await change(workspace, save_property, draft)).type is PropertyType.NUMBER


async def test_option_in_use_stays(workspace: Workspace) -> None:
    type = PropertyType.MULTI_SELECT
    first = await defined(workspace, "likes", type, options=["Tea", "Coffee", "Milk"])
    await customer(workspace, properties=[PropertyEntry("likes", ["Coffee", "Tea"])])
    draft = PropertyDraft(id=first.id, key="likes", label="L", type=type, options=["Tea", "Milk"])
    attempt = change(workspace, save_property, draft)
    refusal = await refused(ErrorCode.CONFLICT, ("options",), attempt)
    assert "1 customer has the option Coffee" in refusal.message
    draft = PropertyDraft(
        id=first.id, key="likes", label="L", type=type, options=["Coffee", "Tea", "Water"]
    )
    assert (await change(workspace, save_property, draft)).options == ["Coffee", "Tea", "Water"]


async def test_values_are_kept_and_indexed(workspace: Workspace) -> None:
    agent = await user(workspace)
    reference = global_id(User, agent.id)
    for key, type, options in (
        ("nick", TEXT, ()),
        ("size", PropertyType.NUMBER, ()),
        ("born", PropertyType.DATE, ()),
        ("likes", PropertyType.MULTI_SELECT, ("Tea", "Coffee")),
        ("carer", PropertyType.USER, ()),
    ):
        await defined(workspace, key, type, options=options)
    one = await customer(
        workspace,
        properties=[
            PropertyEntry("nick", "Élise " + "x" * 300),
            PropertyEntry("size", 42.5),
            PropertyEntry("born", "1990-05-01"),
            PropertyEntry("likes", ["Coffee", "Tea"]),
            PropertyEntry("carer", reference),
        ],
    )
    kept = (await stored(workspace, one.id)).properties
    assert kept["likes"] == ["Tea", "Coffee"]
    assert kept["carer"] == reference
    assert await index_of(workspace) == [
        ("coffee", None, None),
        ("elise " + "x" * 194, None, None),
        ("tea", None, None),
        (reference, None, None),
        (None, Decimal("42.5"), None),
        (None, None, datetime(1990, 5, 1, tzinfo=UTC)),
    ]


async def test_update_changes_the_named_properties_only(workspace: Workspace) -> None:
    await defined(workspace, "nick")
    await defined(workspace, "likes", PropertyType.MULTI_SELECT, options=["Tea", "Coffee"])
    one = await customer(
        workspace,
        properties=[PropertyEntry("nick", "Sisi"), PropertyEntry("likes", ["Tea", "Coffee"])],
    )
    tea = CustomerChanges(properties=[PropertyEntry("likes", ["Tea"])])
    await change(workspace, update_customer, one.id, tea)
    assert (await stored(workspace, one.id)).properties == {"nick": "Sisi", "likes": ["Tea"]}
    assert await index_of(workspace) == [("sisi", None, None), ("tea", None, None)]
    assert (await change(workspace, update_customer, one.id, tea)).version == 2
    cleared = CustomerChanges(properties=[PropertyEntry("nick", None)])
    await change(workspace, update_customer, one.id, cleared)
    assert (await stored(workspace, one.id)).properties == {"likes": ["Tea"]}
    assert await index_of(workspace) == [("tea", None, None)]
    await change(workspace, update_customer, one.id, CustomerChanges(properties=None))
    assert (await stored(workspace, one.id)).properties == {}
    assert await index_of(workspace) == []


async def test_property_that_is_not_defined_is_refused(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    await defined(other_workspace, "size")
    archived = await defined(workspace, "old")
    await rows(
        workspace,
        "UPDATE property_definitions SET archived_at = $3"
        " WHERE workspace_id = $1 AND id = $2 RETURNING id",
        archived.id,
        NOW,
    )
    for key in ("size", "old", "never"):
        new = NewCustomer(full_name="A", properties=[PropertyEntry(key, "x")])
        refusal = await refused(
            INVALID, ("properties", "0", "key"), change(workspace, add_customer, new)
        )
        assert "not defined" in refusal.message
    assert await count(workspace, "customers") == 0


async def test_property_named_twice_is_refused(workspace: Workspace) -> None:
    await defined(workspace, "nick")
    new = NewCustomer(
        full_name="A", properties=[PropertyEntry("nick", "a"), PropertyEntry("nick", "b")]
    )
    await refused(INVALID, ("properties", "1", "key"), change(workspace, add_customer, new))


async def test_required_property_is_asked_for(workspace: Workspace) -> None:
    await defined(workspace, "nick", required=True)
    attempt = change(workspace, add_customer, NewCustomer(full_name="A"))
    await refused(INVALID, ("properties",), attempt)
    one = await customer(workspace, properties=[PropertyEntry("nick", "Sisi")])
    clearing = CustomerChanges(properties=[PropertyEntry("nick", " ")])
    await refused(INVALID, ("properties",), change(workspace, update_customer, one.id, clearing))
    other = CustomerChanges(full_name="Siti")
    assert (await change(workspace, update_customer, one.id, other)).version == 2


async def test_user_of_another_workspace_is_no_value(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    theirs = await user(other_workspace)
    await defined(workspace, "carer", PropertyType.USER)
    entry = PropertyEntry("carer", global_id(User, theirs.id))
    attempt = change(workspace, add_customer, NewCustomer(full_name="A", properties=[entry]))
    await refused(ErrorCode.NOT_FOUND, ("properties", "0", "value"), attempt)
