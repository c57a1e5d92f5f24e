"""Segments through the API: previewed, saved, read again; and all that is wrong with criteria."""

from typing import Any

import pytest

import models
from models import PropertyType, Workspace
from services.ids import global_id
from tests.asking import answer, ask, refusal
from tests.records import Records

SAVE = """mutation($i: SegmentInput!) { saveSegment(input: $i) {
    segment { id name criteria customerCount refreshedAt customers { nodes { fullName } } }
    errors { code field message conflictingId } } }"""
DELETE = """mutation($id: ID!) { deleteSegment(input: { id: $id }) {
    deletedId errors { code field } } }"""
PREVIEW = """query($c: SegmentCriteria!) { segmentPreview(criteria: $c) {
    customerCount sample { fullName } } }"""
LIST = "query($s: String) { segments(search: $s) { totalCount nodes { name customerCount } } }"
NODE = "query($id: ID!) { node(id: $id) { id ... on Segment { name } } }"
OF_CUSTOMERS = """query($f: CustomerFilter) { customers(filter: $f) {
    totalCount nodes { fullName segments { name } } } }"""
PRODUCTIVE = {"productive": True}
UNKNOWN = "0" * 32


async def save(workspace: Workspace, **input: Any) -> dict[str, Any]:
    """Save a segment; the payload."""
    values = {"name": "Segmen", "criteria": PRODUCTIVE, **input}
    found = await answer(workspace, SAVE, i=values)
    assert not found.errors, found.errors
    payload: dict[str, Any] = found.data["saveSegment"]
    return payload


async def a_shop(workspace: Workspace) -> Records:
    """Three customers: Siti has paid 40, Budi 10, Dewi nothing."""
    records = Records(workspace)
    records.property("score", PropertyType.NUMBER)
    records.property("size", PropertyType.SINGLE_SELECT, ("S", "M"))
    records.property("gone", archived_at=records.now)
    for name, paid in (("Siti", 40), ("Budi", 10), ("Dewi", 0)):
        one = records.customer(name, paid_order_count=int(paid > 0), lifetime_value=paid)
        if paid:
            records.order(one, [("Kopi", 1, str(paid))])
    await records.save()
    return records


async def test_what_is_previewed_is_what_is_saved_and_listed(workspace: Workspace) -> None:
    await a_shop(workspace)
    criteria = {
        "all": [
            {"orders": {"measure": "SUM", "op": "GTE", "value": "20.5"}},
            {"not": {"field": {"key": "fullName", "op": "IN", "value": ["budi", "DEWI"]}}},
            {"any": [{"bought": {"product": "Kopi", "op": "GT", "times": 0, "withinDays": 7}}]},
        ]
    }
    preview = (await ask(workspace, PREVIEW, c=criteria))["segmentPreview"]
    assert preview == {"customerCount": 1, "sample": [{"fullName": "Siti"}]}
    payload = await save(workspace, criteria=criteria)
    segment = payload["segment"]
    assert payload["errors"] == []
    assert segment["criteria"] == criteria
    assert segment["customerCount"] == 1
    assert segment["customers"] == {"nodes": [{"fullName": "Siti"}]}
    assert segment["refreshedAt"] is not None
    again = await save(workspace, id=segment["id"], criteria=segment["criteria"])
    assert again["segment"] == segment

    listed = await ask(workspace, LIST, s="seg")
    found = {"name": "Segmen", "customerCount": 1}
    assert listed["segments"] == {"totalCount": 1, "nodes": [found]}
    filtered = await ask(workspace, OF_CUSTOMERS, f={"segmentIds": [segment["id"]]})
    siti = {"fullName": "Siti", "segments": [{"name": "Segmen"}]}
    assert filtered["customers"] == {"totalCount": 1, "nodes": [siti]}
    node = {"id": segment["id"], "name": "Segmen"}
    assert await ask(workspace, NODE, id=segment["id"]) == {"node": node}

    gone = (await answer(workspace, DELETE, id=segment["id"])).data["deleteSegment"]
    assert gone == {"deletedId": segment["id"], "errors": []}
    assert await ask(workspace, NODE, id=segment["id"]) == {"node": None}


async def test_a_name_is_one_segments(workspace: Workspace) -> None:
    first = (await save(workspace, name="Setia"))["segment"]
    [error] = (await save(workspace, name="SETIA"))["errors"]
    assert (error["code"], error["field"]) == ("DUPLICATE", ["name"])
    assert error["conflictingId"] == first["id"]


def of(field: str, **condition: Any) -> dict[str, Any]:
    """Criteria of one condition."""
    return {field: condition}


def nested(levels: int) -> dict[str, Any]:
    """Criteria in one another, the condition being the last level."""
    criteria: dict[str, Any] = PRODUCTIVE
    for _ in range(levels - 1):
        criteria = {"not": criteria}
    return criteria


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "too deep": (nested(6), "criteria.not.not.not.not.not"),
    "too many": ({"all": [PRODUCTIVE] * 26}, "criteria.all"),
    "too many in all": (
        {"all": [{"any": [PRODUCTIVE] * 13}, {"any": [PRODUCTIVE] * 13}]},
        "criteria.all.1.any.12.productive",
    ),
    "empty all": ({"any": [PRODUCTIVE, {"all": []}]}, "criteria.any.1.all"),
    "empty any": ({"any": []}, "criteria.any"),
    "an operator of texts": (
        of("field", key="score", op="CONTAINS", value="1"),
        "criteria.field.op",
    ),
    "an operator of times": (
        of("field", key="fullName", op="WITHIN_LAST_DAYS", value=3),
        "criteria.field.op",
    ),
    "an operator of many": (
        {"all": [PRODUCTIVE, of("orders", measure="SUM", op="IN", value="3")]},
        "criteria.all.1.orders.op",
    ),
    "bought within": (of("bought", product="Kopi", op="BETWEEN", times=1), "criteria.bought.op"),
    "messages set": (
        of("messages", direction="INBOUND", op="IS_SET", count=1),
        "criteria.messages.op",
    ),
    "a text for a number": (of("field", key="score", op="GT", value="x"), "criteria.field.value"),
    "a number for a text": (of("field", key="jobTitle", op="EQ", value=3), "criteria.field.value"),
    "no value": (of("field", key="score", op="EQ"), "criteria.field.value"),
    "no option": (of("field", key="size", op="EQ", value="XL"), "criteria.field.value"),
    "no phone": (of("field", key="phone", op="EQ", value="12"), "criteria.field.value"),
    "no list": (of("field", key="size", op="IN", value="S"), "criteria.field.value"),
    "an empty list": (of("field", key="size", op="IN", value=[]), "criteria.field.value"),
    "one of two": (of("field", key="score", op="BETWEEN", value=[1]), "criteria.field.value"),
    "the wrong way round": (
        of("field", key="score", op="BETWEEN", value=[2, 1]),
        "criteria.field.value",
    ),
    "a day too many": (
        of("field", key="createdAt", op="WITHIN_LAST_DAYS", value=-1),
        "criteria.field.value",
    ),
    "an archived property": (of("field", key="gone", op="IS_SET"), "criteria.field.key"),
    "an unknown property": (of("field", key="size2", op="IS_SET"), "criteria.field.key"),
    "no product": (of("bought", product=" ", op="EQ", times=1), "criteria.bought.product"),
    "less than no times": (
        of("bought", product="Kopi", op="EQ", times=-1),
        "criteria.bought.times",
    ),
    "days that are none": (
        of("messages", direction="INBOUND", op="EQ", count=1, withinDays=0),
        "criteria.messages.withinDays",
    ),
    "days before": (
        {"not": of("orders", measure="COUNT", op="GT", value="1", withinDays=-30)},
        "criteria.not.orders.withinDays",
    ),
    "a value too large": (
        of("orders", measure="SUM", op="GT", value="1" * 19),
        "criteria.orders.value",
    ),
    "no id": ({"tagId": "x"}, "criteria.tagId"),
    "an id of something else": ({"tagId": f"grp_{UNKNOWN}"}, "criteria.tagId"),
}
UNFOUND: dict[str, tuple[dict[str, Any], str]] = {
    "a tag": ({"tagId": f"tag_{UNKNOWN}"}, "criteria.tagId"),
    "a group": ({"any": [PRODUCTIVE, {"groupId": f"grp_{UNKNOWN}"}]}, "criteria.any.1.groupId"),
    "a campaign": (
        of("campaign", campaignId=f"cmp_{UNKNOWN}", status="READ"),
        "criteria.campaign.campaignId",
    ),
    "an owner": (
        of("field", key="owner", op="EQ", value=f"usr_{UNKNOWN}"),
        "criteria.field.value",
    ),
    "owners": (
        of("field", key="owner", op="IN", value=[f"usr_{UNKNOWN}"]),
        "criteria.field.value.0",
    ),
}


@pytest.mark.parametrize(
    ("code", "criteria", "path"),
    [
        *(("INVALID", *one) for one in WRONG.values()),
        *(("NOT_FOUND", *one) for one in UNFOUND.values()),
    ],
    ids=[*WRONG, *UNFOUND],
)
async def test_bad_criteria_are_refused_where_they_are_bad(
    workspace: Workspace, code: str, criteria: dict[str, Any], path: str
) -> None:
    await a_shop(workspace)
    [error] = (await save(workspace, criteria=criteria))["errors"]
    assert (error["code"], ".".join(error["field"])) == (code, path)
    spelled = "".join(
        f"[{part}]" if part.isdigit() else f".{part}" for part in error["field"]
    ).removeprefix(".")
    assert spelled in error["message"]
    refused = await refusal(workspace, PREVIEW, c=criteria)
    assert (refused.code.value, ".".join(refused.field)) == (code, path)
    assert (await ask(workspace, LIST))["segments"]["totalCount"] == 0


async def test_the_largest_criteria_are_taken(workspace: Workspace) -> None:
    for criteria in (nested(5), {"all": [PRODUCTIVE] * 25}):
        assert (await save(workspace, name=str(criteria)[:200], criteria=criteria))["errors"] == []


async def test_another_workspaces_things_answer_like_unknown_ones(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    others = Records(other_workspace)
    ids = {
        "tagId": global_id(models.Tag, others.tag().id),
        "groupId": global_id(models.Group, others.group().id),
    }
    campaign = global_id(models.Campaign, others.campaign().id)
    segment = others.segment()
    others.property("theirs")
    await others.save()
    await a_shop(workspace)
    for name, id in ids.items():
        [error] = (await save(workspace, criteria={name: id}))["errors"]
        assert (error["code"], error["field"]) == ("NOT_FOUND", ["criteria", name])
    told = {"campaignId": campaign, "status": "SENT"}
    [error] = (await save(workspace, criteria={"campaign": told}))["errors"]
    assert error["code"] == "NOT_FOUND"
    theirs = of("field", key="theirs", op="IS_SET")
    [error] = (await save(workspace, criteria=theirs))["errors"]
    assert (error["code"], error["field"]) == ("INVALID", ["criteria", "field", "key"])
    id = global_id(models.Segment, segment.id)
    for payload in (
        (await save(workspace, id=id)),
        (await answer(workspace, DELETE, id=id)).data["deleteSegment"],
    ):
        [error] = payload["errors"]
        assert (error["code"], error["field"]) == ("NOT_FOUND", ["id"])
    assert await ask(workspace, NODE, id=id) == {"node": None}
    everybody = {"not": {"productive": True}}
    preview = (await ask(workspace, PREVIEW, c=everybody))["segmentPreview"]
    assert preview == {"customerCount": 1, "sample": [{"fullName": "Dewi"}]}


async def test_an_update_moves_a_customer_at_once(workspace: Workspace) -> None:
    records = await a_shop(workspace)
    dewi = records.rows[models.Customer][2]
    condition = of("field", key="score", op="GT", value=3)
    assert (await save(workspace, criteria=condition))["segment"]["customerCount"] == 0
    update = """mutation($i: UpdateCustomerInput!) { updateCustomer(input: $i) {
        customer { segments { name } } errors { message } } }"""
    for value, expected in ((5, [{"name": "Segmen"}]), (None, [])):
        properties = [{"key": "score", "value": value}]
        input = {"customerId": global_id(models.Customer, dewi.id), "properties": properties}
        found = await answer(workspace, update, i=input)
        assert found.data["updateCustomer"]["errors"] == []
        assert found.data["updateCustomer"]["customer"]["segments"] == expected
