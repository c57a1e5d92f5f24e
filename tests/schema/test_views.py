"""Views of the table of customers: whose they are, what they run, and what they leave out."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import models
from models import Role, Workspace
from schema.customer_filters import CustomerFilter
from schema.stored_inputs import restored, stored
from services.ids import global_id
from tests.asking import an_actor, answer, ask, refusal
from tests.records import Records
from tests.rows import NOW

SAVE = """mutation($i: CustomerViewInput!) { saveCustomerView(input: $i) {
    customerView { id name columns shared owner { name } filter orderBy
        leftOut { part key message } }
    errors { code field message } } }"""
DELETE = """mutation($id: ID!) { deleteCustomerView(input: { id: $id }) {
    deletedId errors { code field } } }"""
LIST = "{ customerViews { id name columns leftOut { part key } } }"
RUN = """query($v: ID, $f: CustomerFilter, $o: CustomerOrder) {
    customers(view: $v, filter: $f, orderBy: $o) { totalCount nodes { fullName } } }"""
ARCHIVE = "mutation($id: ID!) { archiveProperty(input: { id: $id }) { errors { code } } }"
RESTORE = "mutation($id: ID!) { restoreProperty(input: { id: $id }) { errors { code } } }"


async def save(workspace: Workspace, actor: Any = None, **input: Any) -> dict[str, Any]:
    """Save a view; the payload."""
    values = {"name": "Pelanggan", "columns": ["phone"], **input}
    found = await answer(workspace, SAVE, actor=actor, i=values)
    assert not found.errors, found.errors
    payload: dict[str, Any] = found.data["saveCustomerView"]
    return payload


async def saved(workspace: Workspace, actor: Any = None, **input: Any) -> dict[str, Any]:
    """A view that was saved."""
    payload = await save(workspace, actor, **input)
    assert payload["errors"] == []
    view: dict[str, Any] = payload["customerView"]
    return view


async def names(workspace: Workspace, view: str, **arguments: Any) -> list[str]:
    """Whom a view shows, in its order."""
    data = await ask(workspace, RUN, v=view, **arguments)
    return [node["fullName"] for node in data["customers"]["nodes"]]


async def users(workspace: Workspace, *roles: Role) -> list[Any]:
    """An actor for a user of each role."""
    records = Records(workspace)
    made = [records.user(role.value, role=role) for role in roles]
    await records.save()
    return [an_actor(workspace, one.role, user_id=one.id) for one in made]


async def a_shop(workspace: Workspace) -> Records:
    """Four customers and two properties."""
    records = Records(workspace)
    records.property("size", models.PropertyType.SINGLE_SELECT, ["S", "M", "L"])
    records.property("score", models.PropertyType.NUMBER)
    for name, size, source in (
        ("Ayu", "S", models.ChannelKind.WHATSAPP),
        ("Budi", "M", models.ChannelKind.LINE),
        ("Citra", "M", models.ChannelKind.WHATSAPP),
        ("Dewi", None, models.ChannelKind.LINE),
    ):
        records.customer(name, source=source, properties={"size": size} if size else {})
    await records.save()
    return records


async def test_a_view_runs_its_filter_in_its_order(workspace: Workspace) -> None:
    await a_shop(workspace)
    filter = {"properties": [{"key": "size", "op": "EQ", "value": "M"}]}
    order = {"by": "FULL_NAME", "direction": "DESC"}
    view = await saved(workspace, columns=["size", "phone"], filter=filter, orderBy=order)
    assert view["columns"] == ["fullName", "size", "phone"]
    assert (view["filter"], view["orderBy"], view["leftOut"]) == (filter, order, [])
    assert await names(workspace, view["id"]) == ["Citra", "Budi"]


async def test_arguments_beside_a_view_narrow_it_and_sort_it_anew(workspace: Workspace) -> None:
    await a_shop(workspace)
    order = {"by": "FULL_NAME", "direction": "DESC"}
    view = await saved(workspace, filter={"sources": ["WHATSAPP"]}, orderBy=order)
    upward = {"by": "FULL_NAME", "direction": "ASC"}
    assert await names(workspace, view["id"], o=upward) == ["Ayu", "Citra"]
    size = {"properties": [{"key": "size", "op": "EQ", "value": "M"}]}
    assert await names(workspace, view["id"], f=size) == ["Citra"]
    assert await names(workspace, view["id"], f={"sources": ["LINE"]}) == []


async def test_a_view_in_the_order_of_a_property(workspace: Workspace) -> None:
    records = await a_shop(workspace)
    order = {"by": "PROPERTY", "property": "size", "direction": "ASC"}
    view = await saved(workspace, orderBy=order)
    assert view["orderBy"] == order
    assert await names(workspace, view["id"]) == ["Budi", "Citra", "Ayu", "Dewi"]
    upward = {"by": "FULL_NAME", "direction": "ASC"}
    assert await names(workspace, view["id"], o=upward) == ["Ayu", "Budi", "Citra", "Dewi"]

    size = global_id(models.PropertyDefinition, records.definitions["size"].id)
    await answer(workspace, ARCHIVE, id=size)
    [listed] = (await ask(workspace, LIST))["customerViews"]
    assert listed["leftOut"] == [{"part": "ORDER", "key": "size"}]
    assert sorted(await names(workspace, view["id"])) == ["Ayu", "Budi", "Citra", "Dewi"]
    again = await save(workspace, orderBy=order)
    assert again["errors"][0]["message"] == "property: size is archived."
    await answer(workspace, RESTORE, id=size)
    assert (await names(workspace, view["id"]))[0] == "Budi"


@pytest.mark.parametrize(
    "order",
    [
        {"by": "PROPERTY"},
        {"by": "PROPERTY", "property": "nothing"},
        {"by": "PROPERTY", "property": "jobTitle"},
        {"by": "FULL_NAME", "property": "size"},
    ],
)
async def test_an_order_that_no_view_can_have(workspace: Workspace, order: dict[str, Any]) -> None:
    await a_shop(workspace)
    payload = await save(workspace, orderBy={**order, "direction": "ASC"})
    assert [one["field"] for one in payload["errors"]] == [["orderBy", "property"]]


SAVE_PROPERTY = """mutation($i: PropertyInput!) { saveProperty(input: $i) {
    property { type options } errors { code message } } }"""


async def conditions_after(
    workspace: Workspace, condition: dict[str, Any], change: dict[str, Any]
) -> tuple[Any, list[Any]]:
    """A view's condition, and what it leaves out, after its property has been changed."""
    records = await a_shop(workspace)
    definition = records.definitions[condition["key"]]
    await saved(workspace, filter={"properties": [condition]})
    input = {
        "id": global_id(models.PropertyDefinition, definition.id),
        "key": definition.key,
        "label": definition.label,
        "convert": True,
        **change,
    }
    done = (await answer(workspace, SAVE_PROPERTY, i=input)).data["saveProperty"]
    assert done["errors"] == []
    query = "{ customerViews { filter leftOut { part } } }"
    [view] = (await ask(workspace, query))["customerViews"]
    return view["filter"]["properties"][0], view["leftOut"]


SELECT = "SINGLE_SELECT"


@pytest.mark.parametrize(
    ("condition", "change", "after"),
    [
        (
            {"key": "size", "op": "IN", "value": ["S", "M"]},
            {"type": SELECT, "options": ["S", "L"]},
            {"key": "size", "op": "IN", "value": ["S"]},
        ),
        (
            {"key": "size", "op": "EQ", "value": "S"},
            {"type": "MULTI_SELECT", "options": ["S", "M", "L"]},
            {"key": "size", "op": "EQ", "value": "S"},
        ),
        (
            {"key": "score", "op": "EQ", "value": 12},
            {"type": "TEXT"},
            {"key": "score", "op": "EQ", "value": "12"},
        ),
        (
            {"key": "score", "op": "BETWEEN", "value": [1, 2.5]},
            {"type": "DECIMAL"},
            {"key": "score", "op": "BETWEEN", "value": ["1", "2.5"]},
        ),
    ],
)
async def test_conditions_of_views_follow_a_conversion(
    workspace: Workspace, condition: Any, change: Any, after: Any
) -> None:
    assert await conditions_after(workspace, condition, change) == (after, [])


async def test_a_condition_on_an_option_that_is_gone_is_left_out(workspace: Workspace) -> None:
    condition = {"key": "size", "op": "EQ", "value": "M"}
    change = {"type": SELECT, "options": ["S", "L"]}
    assert await conditions_after(workspace, condition, change) == (condition, [{"part": "FILTER"}])


async def test_the_name_comes_first_wherever_it_is_given(workspace: Workspace) -> None:
    columns = ["tags", "phone", "fullName", "updatedAt"]
    view = await saved(workspace, columns=columns)
    assert view["columns"] == ["fullName", "tags", "phone", "updatedAt"]
    assert (await saved(workspace, columns=[]))["columns"] == ["fullName"]


@pytest.mark.parametrize(
    ("input", "field"),
    [
        ({"columns": ["phone", "nothing"]}, ["columns", "1"]),
        ({"columns": ["phone", "phone"]}, ["columns", "1"]),
        ({"name": " "}, ["name"]),
        ({"filter": {"tagIds": ["tag_1"]}}, ["filter", "tagIds", "0"]),
        ({"filter": {"created": {"month": "2026-13"}}}, ["month"]),
        (
            {"filter": {"properties": [{"key": "nothing", "op": "IS_SET"}]}},
            ["filter", "properties", "0", "key"],
        ),
        (
            {"filter": {"properties": [{"key": "size", "op": "GT", "value": "S"}]}},
            ["filter", "properties", "0", "op"],
        ),
        ({"id": "viw_" + "0" * 32}, ["id"]),
    ],
)
async def test_a_view_that_makes_no_sense_is_refused(
    workspace: Workspace, input: dict[str, Any], field: list[str]
) -> None:
    await a_shop(workspace)
    payload = await save(workspace, **input)
    assert payload["customerView"] is None
    assert [one["field"] for one in payload["errors"]] == [field]


async def test_a_view_is_changed_by_its_id_and_keeps_what_is_left_out(
    workspace: Workspace,
) -> None:
    first = await saved(workspace, filter={"productive": True}, shared=True)
    second = await saved(workspace, id=first["id"], name="Lain", columns=["email"])
    assert (second["id"], second["name"]) == (first["id"], "Lain")
    assert second["columns"] == ["fullName", "email"]
    assert (second["filter"], second["shared"]) == ({"productive": True}, True)
    third = await saved(workspace, id=first["id"], filter=None)
    assert third["filter"] is None


async def test_a_personal_view_is_there_for_nobody_else(workspace: Workspace) -> None:
    sari, rina, owner = await users(workspace, Role.AGENT, Role.AGENT, Role.OWNER)
    view = await saved(workspace, sari)
    assert view["owner"] == {"name": "AGENT"}
    assert [one["id"] for one in (await ask(workspace, LIST, actor=sari))["customerViews"]] == [
        view["id"]
    ]
    for other in (rina, owner, an_actor(workspace)):
        assert (await ask(workspace, LIST, actor=other))["customerViews"] == []
        refused = await refusal(workspace, RUN, v=view["id"], actor=other)
        assert (refused.code, refused.field) == ("NOT_FOUND", ("view",))
        node = "query($id: ID!) { node(id: $id) { id } }"
        assert await ask(workspace, node, actor=other, id=view["id"]) == {"node": None}
        payload = await save(workspace, other, id=view["id"])
        assert [one["code"] for one in payload["errors"]] == ["NOT_FOUND"]
        gone = (await answer(workspace, DELETE, actor=other, id=view["id"])).data
        assert gone["deleteCustomerView"]["errors"][0]["code"] == "NOT_FOUND"
    node = "query($id: ID!) { node(id: $id) { ... on CustomerView { id name filter } } }"
    assert (await ask(workspace, node, actor=sari, id=view["id"]))["node"]["id"] == view["id"]


async def test_a_shared_view_is_changed_by_its_owner_and_administrators(
    workspace: Workspace,
) -> None:
    sari, rina, admin = await users(workspace, Role.AGENT, Role.AGENT, Role.ADMIN)
    view = await saved(workspace, sari, shared=True)
    assert await names(workspace, view["id"], actor=rina) == []
    payload = await save(workspace, rina, id=view["id"])
    assert [one["code"] for one in payload["errors"]] == ["FORBIDDEN"]
    refused = (await answer(workspace, DELETE, actor=rina, id=view["id"])).data
    assert refused["deleteCustomerView"]["errors"][0]["code"] == "FORBIDDEN"
    assert (await saved(workspace, admin, id=view["id"], name="Umum"))["name"] == "Umum"
    done = (await answer(workspace, DELETE, actor=sari, id=view["id"])).data
    assert done["deleteCustomerView"] == {"deletedId": view["id"], "errors": []}
    assert (await ask(workspace, LIST, actor=rina))["customerViews"] == []


async def test_a_keys_view_is_the_keys(workspace: Workspace) -> None:
    records = Records(workspace)
    keys = [
        records.add(
            models.ApiKey,
            name="Mitra",
            role=Role.PARTNER,
            scopes=[],
            secret_hash=f"{number:064}",
            hint="sk_…",
            created_at=NOW,
        )
        for number in range(2)
    ]
    await records.save()
    own, other = (an_actor(workspace, api_key_id=key.id) for key in keys)
    view = await saved(workspace, own)
    assert view["owner"] is None
    assert len((await ask(workspace, LIST, actor=own))["customerViews"]) == 1
    assert (await ask(workspace, LIST, actor=other))["customerViews"] == []


async def test_a_view_whose_property_is_archived_works_and_says_what_it_leaves_out(
    workspace: Workspace,
) -> None:
    records = await a_shop(workspace)
    size = global_id(models.PropertyDefinition, records.definitions["size"].id)
    filter = {
        "sources": ["WHATSAPP"],
        "properties": [{"key": "size", "op": "EQ", "value": "M"}],
    }
    view = await saved(workspace, columns=["size", "score"], filter=filter, shared=True)
    assert await names(workspace, view["id"]) == ["Citra"]
    await answer(workspace, ARCHIVE, id=size)
    [shown] = (await ask(workspace, LIST))["customerViews"]
    assert shown["columns"] == ["fullName", "score"]
    assert shown["leftOut"] == [
        {"part": "COLUMN", "key": "size"},
        {"part": "FILTER", "key": "size"},
    ]
    assert sorted(await names(workspace, view["id"])) == ["Ayu", "Citra"]
    await answer(workspace, RESTORE, id=size)
    [shown] = (await ask(workspace, LIST))["customerViews"]
    assert (shown["columns"], shown["leftOut"]) == (["fullName", "size", "score"], [])
    assert await names(workspace, view["id"]) == ["Citra"]


PERIODS = st.sampled_from(
    [
        {"preset": "TODAY"},
        {"day": "2026-11-22"},
        {"month": "2026-11"},
        {"between": {"from": "2026-11-01T00:00:00+00:00", "to": "2026-11-22T09:00:00+07:00"}},
    ]
)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "sources": st.lists(st.sampled_from(["WHATSAPP", "LINE"]), max_size=2),
        "updated": PERIODS,
        "created": PERIODS,
        "ownerIds": st.just(["usr_" + "1" * 32]),
        "window": st.sampled_from(["ACTIVE", "PASSIVE"]),
        "productive": st.booleans(),
        "statuses": st.lists(st.sampled_from(["LEAD", "CHURNED"]), max_size=2),
        "properties": st.lists(
            st.sampled_from(
                [
                    {"key": "size", "op": "IN", "value": ["S", "M"]},
                    {"key": "score", "op": "BETWEEN", "value": [1, 5]},
                    {"key": "size", "op": "IS_SET"},
                ]
            ),
            max_size=2,
        ),
    },
)


@settings(max_examples=200, deadline=None)
@given(kept=FILTERS)
def test_a_filter_is_kept_as_callers_write_it(kept: dict[str, Any]) -> None:
    assert stored(restored(CustomerFilter, kept)) == kept


@settings(max_examples=60, deadline=None)
@given(kept=FILTERS, unknown=st.sampled_from(["rating", "sourcesOld"]))
def test_what_is_not_known_any_more_is_left_out(kept: dict[str, Any], unknown: str) -> None:
    assert stored(restored(CustomerFilter, {**kept, unknown: 1, "window": "GONE"})) == {
        name: value for name, value in kept.items() if name != "window"
    }


async def test_a_view_finds_what_its_filter_finds(workspace: Workspace) -> None:
    await a_shop(workspace)
    for filter in (
        {"updated": {"preset": "TODAY"}, "sources": ["LINE"]},
        {"properties": [{"key": "size", "op": "NE", "value": "S"}], "productive": False},
        {"created": {"month": "2026-11"}, "window": "PASSIVE"},
    ):
        view = await saved(workspace, filter=filter)
        plain = (await ask(workspace, RUN, f=filter))["customers"]
        assert (await ask(workspace, RUN, v=view["id"]))["customers"] == plain


async def test_another_workspaces_view_is_unknown(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    theirs = await saved(other_workspace, shared=True)
    refused = await refusal(workspace, RUN, v=theirs["id"])
    assert (refused.code, refused.field) == ("NOT_FOUND", ("view",))
    assert (await ask(workspace, LIST))["customerViews"] == []
    payload = await save(workspace, id=theirs["id"])
    assert [one["code"] for one in payload["errors"]] == ["NOT_FOUND"]
    gone = (await answer(workspace, DELETE, id=theirs["id"])).data["deleteCustomerView"]
    assert [one["code"] for one in gone["errors"]] == ["NOT_FOUND"]
    assert len((await ask(other_workspace, LIST))["customerViews"]) == 1
