"""Custom properties: their definitions, their values by type, their index, and filters on it."""

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
from services.property_filters import OPERATORS, Comparison, Operator, comparable
from services.property_values import parse_property_value
from tests.services.writing import NOW, change, count, customer, refused, rows, stored, user

INVALID = ErrorCode.INVALID
TEXT = PropertyType.TEXT
KEPT_WORKSPACE = Workspace(name="Toko", timezone="Asia/Jakarta", default_country="ID")


def of_type(type: PropertyType, *options: str) -> PropertyDefinition:
    """A definition that is not in a database."""
    return PropertyDefinition(key="thing", label="Thing", type=type, options=list(options))


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
    assert [(one.key, one.position) for one in found] == [("birthday", 1), ("size", 2), ("a1_B", 3)]
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
    assert await count(workspace, "property_definitions") == 0


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


SELECT = ("Tea", "Coffee")


@pytest.mark.parametrize(
    ("definition", "value", "kept"),
    [
        (of_type(TEXT), " Two\nlines ", " Two\nlines "),
        (of_type(TEXT), "  ", None),
        (of_type(TEXT), None, None),
        (of_type(PropertyType.NUMBER), 3, 3),
        (of_type(PropertyType.NUMBER), -2.5, -2.5),
        (of_type(PropertyType.DECIMAL), "012.50", "12.50"),
        (of_type(PropertyType.DECIMAL), "-0", "0"),
        (of_type(PropertyType.DECIMAL), 7, "7"),
        (of_type(PropertyType.BOOLEAN), False, False),
        (of_type(PropertyType.DATE), "2024-02-29", "2024-02-29"),
        (
            of_type(PropertyType.DATETIME),
            "2026-11-22T09:00:00+07:00",
            "2026-11-22T02:00:00.000000Z",
        ),
        (of_type(PropertyType.DATETIME), "2026-11-22t02:00:00.5z", "2026-11-22T02:00:00.500000Z"),
        (of_type(PropertyType.SINGLE_SELECT, *SELECT), "Tea", "Tea"),
        (of_type(PropertyType.MULTI_SELECT, *SELECT), ["Coffee", "Tea"], ["Tea", "Coffee"]),
        (of_type(PropertyType.MULTI_SELECT, *SELECT), [], None),
        (of_type(PropertyType.URL), "https://toko.example/a?b=1", "https://toko.example/a?b=1"),
        (of_type(PropertyType.EMAIL), "Siti@Example.COM", "Siti@example.com"),
        (of_type(PropertyType.PHONE), "0812-3456-7890", "+6281234567890"),
    ],
)
def test_value_is_kept_in_the_form_of_its_type(
    definition: PropertyDefinition, value: Any, kept: Any
) -> None:
    found = parse_property_value(definition, value, "ID", "value")
    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(
    ("definition", "value"),
    [
        (of_type(TEXT), 3),
        (of_type(TEXT), "x" * 5_001),
        (of_type(TEXT), "a\x00b"),
        (of_type(PropertyType.NUMBER), "3"),
        (of_type(PropertyType.NUMBER), True),
        (of_type(PropertyType.NUMBER), float("nan")),
        (of_type(PropertyType.NUMBER), float("inf")),
        (of_type(PropertyType.NUMBER), 2**53),
        (of_type(PropertyType.NUMBER), 10**400),
        (of_type(PropertyType.DECIMAL), "NaN"),
        (of_type(PropertyType.DECIMAL), "1e5"),
        (of_type(PropertyType.DECIMAL), 1.5),
        (of_type(PropertyType.DECIMAL), "1" * 29),
        (of_type(PropertyType.DECIMAL), "0.12345678901"),
        (of_type(PropertyType.BOOLEAN), "true"),
        (of_type(PropertyType.BOOLEAN), 1),
        (of_type(PropertyType.DATE), "2026-02-29"),
        (of_type(PropertyType.DATE), "2026-2-9"),
        (of_type(PropertyType.DATE), "20260209"),
        (of_type(PropertyType.DATE), "٢٠٢٦-٠٢-٠٩"),
        (of_type(PropertyType.DATETIME), "2026-11-22T09:00:00"),
        (of_type(PropertyType.DATETIME), "2026-11-22"),
        (of_type(PropertyType.DATETIME), "0001-01-01T00:00:00+07:00"),
        (of_type(PropertyType.SINGLE_SELECT, *SELECT), "tea"),
        (of_type(PropertyType.SINGLE_SELECT, *SELECT), ["Tea"]),
        (of_type(PropertyType.MULTI_SELECT, *SELECT), "Tea"),
        (of_type(PropertyType.MULTI_SELECT, *SELECT), ["Tea", "Milk"]),
        (of_type(PropertyType.MULTI_SELECT, *SELECT), ["Tea", "Tea"]),
        (of_type(PropertyType.MULTI_SELECT, *SELECT), [{"a": 1}]),
        (of_type(PropertyType.URL), "javascript:alert(1)"),
        (of_type(PropertyType.URL), "https://"),
        (of_type(PropertyType.URL), "https://a b.example"),
        (of_type(PropertyType.URL), "http://[::1"),
        (of_type(PropertyType.EMAIL), "nobody"),
        (of_type(PropertyType.PHONE), "12"),
        (of_type(PropertyType.USER), "Rina"),
        (of_type(PropertyType.USER), "cus_" + "0" * 32),
    ],
)
def test_value_that_does_not_fit_is_refused(definition: PropertyDefinition, value: Any) -> None:
    with pytest.raises(Refusal) as caught:
        parse_property_value(definition, value, "ID", "properties", "0", "value")
    assert (caught.value.code, caught.value.field) == (INVALID, ("properties", "0", "value"))


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


def compared(definition: PropertyDefinition, op: Operator, value: Any = None) -> Comparison:
    """What an operator compares, in a workspace of Jakarta's time zone, on 22 November 2026."""
    return comparable(definition, op, value, KEPT_WORKSPACE, NOW, "filter", "properties", "0")


@pytest.mark.parametrize(
    ("definition", "op", "value", "expected"),
    [
        (of_type(TEXT), Operator.EQ, "Élise", Comparison("text_value", Operator.EQ, ("elise",))),
        (
            of_type(TEXT),
            Operator.CONTAINS,
            "50%",
            Comparison("text_value", Operator.CONTAINS, ("%50\\%%",)),
        ),
        (
            of_type(TEXT),
            Operator.STARTS_WITH,
            "%É",
            Comparison("text_value", Operator.STARTS_WITH, ("\\%e%",)),
        ),
        (
            of_type(PropertyType.PHONE),
            Operator.EQ,
            "0812-3456-7890",
            Comparison("text_value", Operator.EQ, ("+6281234567890",)),
        ),
        (
            of_type(PropertyType.NUMBER),
            Operator.BETWEEN,
            [1, 2.5],
            Comparison("number_value", Operator.BETWEEN, (Decimal("1"), Decimal("2.5"))),
        ),
        (
            of_type(PropertyType.DECIMAL),
            Operator.GT,
            "1.5",
            Comparison("number_value", Operator.GT, (Decimal("1.5"),)),
        ),
        (
            of_type(PropertyType.BOOLEAN),
            Operator.EQ,
            True,
            Comparison("text_value", Operator.EQ, ("true",)),
        ),
        (
            of_type(PropertyType.SINGLE_SELECT, *SELECT),
            Operator.IN,
            ["Tea", "Coffee", "Tea"],
            Comparison("text_value", Operator.IN, ("tea", "coffee")),
        ),
        (
            of_type(PropertyType.MULTI_SELECT, *SELECT),
            Operator.CONTAINS,
            "Tea",
            Comparison("text_value", Operator.EQ, ("tea",)),
        ),
        (
            of_type(PropertyType.DATE),
            Operator.WITHIN_LAST_DAYS,
            7,
            Comparison(
                "time_value",
                Operator.WITHIN_LAST_DAYS,
                (datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)),
            ),
        ),
        (
            of_type(PropertyType.DATETIME),
            Operator.WITHIN_LAST_DAYS,
            1,
            Comparison(
                "time_value",
                Operator.WITHIN_LAST_DAYS,
                (
                    datetime(2026, 11, 21, 17, tzinfo=UTC),
                    datetime(2026, 11, 22, 17, tzinfo=UTC),
                ),
            ),
        ),
        (
            of_type(PropertyType.NUMBER),
            Operator.IS_NOT_SET,
            None,
            Comparison("number_value", Operator.IS_NOT_SET),
        ),
    ],
)
def test_filter_compares_with_what_stands_in_the_index(
    definition: PropertyDefinition, op: Operator, value: Any, expected: Comparison
) -> None:
    assert compared(definition, op, value) == expected


def test_operator_that_does_not_fit_the_type_is_refused() -> None:
    for type, fitting in OPERATORS.items():
        for op in Operator:
            if op in fitting:
                continue
            with pytest.raises(Refusal) as caught:
                compared(of_type(type, *SELECT), op, "x")
            assert caught.value.field == ("filter", "properties", "0", "op")


@pytest.mark.parametrize(
    ("definition", "op", "value"),
    [
        (of_type(TEXT), Operator.EQ, None),
        (of_type(TEXT), Operator.EQ, " "),
        (of_type(TEXT), Operator.CONTAINS, ""),
        (of_type(TEXT), Operator.CONTAINS, 3),
        (of_type(TEXT), Operator.IN, "a"),
        (of_type(TEXT), Operator.IN, []),
        (of_type(TEXT), Operator.IN, ["a"] * 201),
        (of_type(PropertyType.NUMBER), Operator.GT, "3"),
        (of_type(PropertyType.NUMBER), Operator.BETWEEN, [2, 1]),
        (of_type(PropertyType.NUMBER), Operator.BETWEEN, [1]),
        (of_type(PropertyType.DATE), Operator.WITHIN_LAST_DAYS, 0),
        (of_type(PropertyType.DATE), Operator.WITHIN_LAST_DAYS, True),
        (of_type(PropertyType.DATE), Operator.WITHIN_LAST_DAYS, 10**9),
        (of_type(PropertyType.DATE), Operator.EQ, "2026-02-30"),
        (of_type(PropertyType.SINGLE_SELECT, *SELECT), Operator.EQ, "Milk"),
    ],
)
def test_value_that_does_not_fit_the_operator_is_refused(
    definition: PropertyDefinition, op: Operator, value: Any
) -> None:
    with pytest.raises(Refusal) as caught:
        compared(definition, op, value)
    assert caught.value.field == ("filter", "properties", "0", "value")
